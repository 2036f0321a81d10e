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

{{/* Names, the API server, and Kafka: in the cluster on any port, outside on those that are named. */}}
{{- define "eventing-kafka.commonEgress" -}}
- ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
- ports: {{ include "eventing-kafka.ports" .Values.networkPolicies.apiServerPorts }}
- ports: {{ include "eventing-kafka.ports" .Values.networkPolicies.kafkaPorts }}
{{- end }}

{{- define "eventing-kafka.controllerEgress" -}}
- ports: [{ protocol: TCP, port: 8090 }]
  to: [{ podSelector: { matchLabels: { app: kafka-controller } } }]
{{- end }}
