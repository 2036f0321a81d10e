{{/*
What receivers and dispatchers have beside what every Pod has: the way to the controller with the certificates and the token that
prove who they are, a place for the last contract, and access to the API for the Secrets they are granted.
*/}}
{{- define "eventing-kafka.dataPlaneEnv" -}}
{{- $root := .root -}}
- { name: CONTRACT_ADDRESS, value: "kafka-controller.{{ $root.Release.Namespace }}.svc:8090" }
- { name: CONTRACT_TLS_DIR, value: /etc/eventing-kafka/contract-tls }
- { name: CONTRACT_PEER_IDS, value: {{ include "eventing-kafka.identity" (list $root $root.Release.Namespace "kafka-controller") | quote }} }
- { name: CONTRACT_TOKEN_FILE, value: /var/run/secrets/eventing-kafka/contract-token/token }
- { name: CONTRACT_SNAPSHOT_FILE, value: /var/lib/eventing-kafka/contract.snapshot }
{{- end }}

{{- define "eventing-kafka.dataPlaneVolumes" -}}
{{ include "eventing-kafka.contractTlsVolume" (printf "eventing-kafka-contract-%s" .app) }}
- name: contract-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: { path: token, audience: eventing-kafka-contract, expirationSeconds: 3600 }
# In memory, as it tells where events go; it outlives a container, not the Pod.
- name: contract-snapshot
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
{{ include "eventing-kafka.apiAccessVolume" . }}
{{- end }}

{{- define "eventing-kafka.dataPlaneMounts" -}}
{{ include "eventing-kafka.contractTlsMount" . }}
- { name: contract-token, mountPath: /var/run/secrets/eventing-kafka/contract-token, readOnly: true }
- { name: contract-snapshot, mountPath: /var/lib/eventing-kafka }
{{ include "eventing-kafka.apiAccessMount" . }}
{{- end }}

{{/* A Deployment of receivers. `dict root values name kind tlsSecret` */}}
{{- define "eventing-kafka.receiverDeployment" -}}
{{- $env := printf "- { name: RESOURCE_KINDS, value: %s }\n- { name: DRAIN_DELAY, value: %s }\n%s" .kind (.values.drainDelay | quote) (include "eventing-kafka.dataPlaneEnv" .) }}
{{- $env = printf "%s\n- { name: INGRESS_TLS_DIR, value: /etc/eventing-kafka/ingress-tls }\n- { name: FEATURES_DIR, value: /etc/eventing-kafka/features }" $env }}
{{- $volumes := printf "%s\n# There once transport encryption is on; until then it is empty.\n- name: ingress-tls\n  secret: { secretName: %s, defaultMode: 0440, optional: true }" (include "eventing-kafka.dataPlaneVolumes" (dict "app" "receiver")) .tlsSecret }}
{{- $volumes = printf "%s\n# Flags that are followed without a restart; not there until somebody sets one.\n- name: features\n  configMap: { name: config-features, defaultMode: 0440, optional: true }" $volumes }}
{{- $mounts := printf "%s\n- { name: ingress-tls, mountPath: /etc/eventing-kafka/ingress-tls, readOnly: true }" (include "eventing-kafka.dataPlaneMounts" .) }}
{{- $mounts = printf "%s\n- { name: features, mountPath: /etc/eventing-kafka/features, readOnly: true }" $mounts }}
{{- include "eventing-kafka.deployment" (dict
  "root" .root "values" .values "name" .name "app" "receiver" "account" "kafka-receiver"
  "ports" (dict "http" 8080 "https" 8443) "env" $env "volumes" $volumes "volumeMounts" $mounts) }}
{{- end }}

{{/* The Service of receivers. `dict root name selector` */}}
{{- define "eventing-kafka.ingressService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    app: {{ .selector }}
    {{- include "eventing-kafka.labels" .root | nindent 4 }}
spec:
  selector:
    app: {{ .selector }}
  ports:
    - { name: http, port: 80, targetPort: 8080, protocol: TCP }
    - { name: https, port: 443, targetPort: 8443, protocol: TCP }
{{- end }}

{{/* A PodDisruptionBudget, where there is more than one Pod. `dict root name replicas` */}}
{{- define "eventing-kafka.disruptionBudget" -}}
{{- if gt (int .replicas) 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    app: {{ .name }}
    {{- include "eventing-kafka.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      app: {{ .name }}
      app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
{{- end }}

{{/* A ServiceAccount that nobody gets a token of but by asking. `list . name` */}}
{{- define "eventing-kafka.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ index . 1 }}
  namespace: {{ (index . 0).Release.Namespace }}
  labels:
    {{- include "eventing-kafka.labels" (index . 0) | nindent 4 }}
automountServiceAccountToken: false
{{- end }}
