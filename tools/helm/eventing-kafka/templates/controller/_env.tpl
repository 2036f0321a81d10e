{{- define "eventing-kafka.controllerEnv" -}}
{{- $namespace := .Release.Namespace -}}
- name: SYSTEM_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- { name: CLUSTER_DOMAIN, value: {{ .Values.clusterDomain | quote }} }
- { name: CONTRACT_HOST, value: 0.0.0.0 }
- { name: CONTRACT_PORT, value: "8090" }
- { name: CONTRACT_TLS_DIR, value: /etc/eventing-kafka/contract-tls }
- { name: CONTRACT_PEER_IDS, value: {{ printf "%s,%s" (include "eventing-kafka.identity" (list . $namespace "kafka-receiver")) (include "eventing-kafka.identity" (list . $namespace "kafka-dispatcher")) | quote }} }
{{- with .Values.kafka }}
{{- if .bootstrapServers }}
- { name: KAFKA_BOOTSTRAP_SERVERS, value: {{ .bootstrapServers | quote }} }
{{- end }}
- { name: DEFAULT_PARTITIONS, value: {{ .partitions | quote }} }
- { name: DEFAULT_REPLICATION_FACTOR, value: {{ .replicationFactor | quote }} }
{{- end }}
{{- end }}
