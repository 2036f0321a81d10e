{{- define "eventing-kafka.networkPolicyHead" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "eventing-kafka.labels" .root | nindent 4 }}
spec:
  policyTypes: [Ingress, Egress]
  podSelector:
    matchLabels: { app: {{ .name }} }
{{- end }}

{{- define "eventing-kafka.ports" -}}
[{{ range $index, $port := . }}{{ if $index }}, {{ end }}{ protocol: TCP, port: {{ $port }} }{{ end }}]
{{- end }}

{{/* Metrics, for whoever may read them; probes come from the node, which policies let through. */}}
{{- define "eventing-kafka.metricsIngress" -}}
- ports: [{ protocol: TCP, port: 9090 }]
  {{- with .Values.networkPolicies.monitoringNamespaceLabels }}
  from: [{ namespaceSelector: { matchLabels: {{ toJson . }} } }]
  {{- end }}
{{- end }}

{{/* Names; the API server and Kafka, wherever they are, but for denied addresses. */}}
{{- define "eventing-kafka.commonEgress" -}}
- ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
- ports: {{ include "eventing-kafka.ports" (concat .Values.networkPolicies.apiServerPorts .Values.networkPolicies.kafkaPorts | uniq) }}
  to:
    - namespaceSelector: {}
    {{- include "eventing-kafka.outside" . | nindent 4 }}
{{- end }}

{{- define "eventing-kafka.controllerEgress" -}}
- ports: [{ protocol: TCP, port: 8090 }]
  to: [{ podSelector: { matchLabels: { app: kafka-controller } } }]
{{- end }}

{{/* Addresses outside the cluster but for those that are denied, of both families. */}}
{{- define "eventing-kafka.outside" -}}
{{- $ipv4 := list }}
{{- $ipv6 := list }}
{{- range .Values.networkPolicies.deniedCidrs }}
{{- if contains ":" . }}{{ $ipv6 = append $ipv6 . }}{{ else }}{{ $ipv4 = append $ipv4 . }}{{ end }}
{{- end -}}
- ipBlock: { cidr: 0.0.0.0/0, except: {{ toJson $ipv4 }} }
- ipBlock: { cidr: "::/0", except: {{ toJson $ipv6 }} }
{{- end }}
