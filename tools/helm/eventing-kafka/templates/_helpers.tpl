{{/* Labels of every object; of Pods too, beside `app`. */}}
{{- define "eventing-kafka.labels" -}}
app.kubernetes.io/name: eventing-kafka
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "eventing-kafka.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* "true" when an object of this name is there and no release of ours made it. `list . apiVersion kind namespace name` */}}
{{- define "eventing-kafka.isForeign" -}}
{{- $root := index . 0 }}
{{- with lookup (index . 1) (index . 2) (index . 3) (index . 4) }}
{{- $annotations := .metadata.annotations | default dict }}
{{- if not (and (eq (get $annotations "meta.helm.sh/release-name") $root.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") $root.Release.Namespace)) }}true{{ end }}
{{- end }}
{{- end }}

{{/* What an app is told of the time it has to end: 5 s less than its Pod has. */}}
{{- define "eventing-kafka.drainTimeout" -}}
{{ sub (int .terminationGracePeriodSeconds) 5 }}s
{{- end }}

{{/* "true" when nobody but our controller judges EventPolicies. */}}
{{- define "eventing-kafka.reconcilesEventPolicies" -}}
{{- $asked := .Values.eventPolicies.reconcile }}
{{- if or (eq $asked "always") (and (eq $asked "auto") (not (lookup "apps/v1" "Deployment" .Release.Namespace "eventing-controller"))) }}true{{ end }}
{{- end }}

{{/* The URI that proves who a Pod is on the contract stream. `list . namespace account` */}}
{{- define "eventing-kafka.identity" -}}
spiffe://{{ (index . 0).Values.trustDomain.name }}/ns/{{ index . 1 }}/sa/{{ index . 2 }}
{{- end }}
