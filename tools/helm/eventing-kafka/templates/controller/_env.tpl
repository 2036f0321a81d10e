{{- define "eventing-kafka.controllerEnv" -}}
- name: SYSTEM_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- { name: CLUSTER_DOMAIN, value: {{ .Values.clusterDomain | quote }} }
- { name: CONTRACT_HOST, value: 0.0.0.0 }
- { name: CONTRACT_PORT, value: "8090" }
- { name: CONTRACT_TRUST_DOMAIN, value: {{ .Values.trustDomain.name | quote }} }
- { name: NAMESPACED_BROKERS, value: {{ .Values.namespacedBrokers.enabled | quote }} }
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
