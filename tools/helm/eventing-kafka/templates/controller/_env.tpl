{{/*
Half of the memory limit is for the heap, as Node would have it in a container by itself; the young part of it is kept small: it would grow to
some 100 MiB for nothing but the garbage of thousands of objects that are read at a start.
*/}}
{{- define "eventing-kafka.controllerNodeOptions" -}}
{{- $limit := dig "limits" "memory" "" .Values.controller.resources | toString -}}
{{- $heapMi := 0 -}}
{{- if regexMatch "^[0-9]+Mi$" $limit }}{{ $heapMi = div (trimSuffix "Mi" $limit | int) 2 }}{{ end -}}
{{- if regexMatch "^[0-9]+Gi$" $limit }}{{ $heapMi = mul (trimSuffix "Gi" $limit | int) 512 }}{{ end -}}
--max-semi-space-size=4{{ if $heapMi }} --max-old-space-size={{ $heapMi }}{{ end }}
{{- end }}

{{- define "eventing-kafka.controllerEnv" -}}
- name: SYSTEM_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- { name: NODE_OPTIONS, value: {{ include "eventing-kafka.controllerNodeOptions" . | quote }} }
- { name: CLUSTER_DOMAIN, value: {{ .Values.clusterDomain | quote }} }
- { name: CONTRACT_HOST, value: 0.0.0.0 }
- { name: CONTRACT_PORT, value: "8090" }
- { name: CONTRACT_TRUST_DOMAIN, value: {{ .Values.trustDomain.name | quote }} }
- { name: NAMESPACED_BROKERS, value: {{ .Values.namespacedBrokers.enabled | quote }} }
- { name: RECONCILE_EVENT_POLICIES, value: {{ include "eventing-kafka.reconcilesEventPolicies" . | default "false" | quote }} }
{{- if .Values.certManager.enabled }}
- { name: CONTRACT_TLS_DIR, value: /etc/eventing-kafka/contract-tls }
{{- end }}
{{- with .Values.kafka }}
{{- if .bootstrapServers }}
- { name: KAFKA_BOOTSTRAP_SERVERS, value: {{ .bootstrapServers | quote }} }
{{- end }}
- { name: DEFAULT_PARTITIONS, value: {{ .partitions | quote }} }
- { name: DEFAULT_REPLICATION_FACTOR, value: {{ .replicationFactor | quote }} }
{{- end }}
{{- end }}

{{/* Its own certificate of the contract stream, where it does not issue that itself. */}}
{{- define "eventing-kafka.controllerVolumes" -}}
{{ include "eventing-kafka.apiAccessVolume" . }}
{{- if .Values.certManager.enabled }}
{{ include "eventing-kafka.contractTlsVolume" "eventing-kafka-contract-controller" }}
{{- end }}
{{- end }}

{{- define "eventing-kafka.controllerMounts" -}}
{{ include "eventing-kafka.apiAccessMount" . }}
{{- if .Values.certManager.enabled }}
{{ include "eventing-kafka.contractTlsMount" . }}
{{- end }}
{{- end }}
