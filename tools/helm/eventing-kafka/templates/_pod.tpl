{{/* A Deployment of one app. `dict root values name app account ports env volumes volumeMounts strategy` */}}
{{- define "eventing-kafka.deployment" -}}
{{- $root := .root }}
{{- $values := .values }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    app: {{ .name }}
    {{- include "eventing-kafka.labels" $root | nindent 4 }}
spec:
  replicas: {{ $values.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app: {{ .name }}
      app.kubernetes.io/instance: {{ $root.Release.Name }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  template:
    metadata:
      labels:
        {{- /* Services and the controller find Pods by ours, so these win. No version, or each release would restart what it does not change. */}}
        {{- $ours := dict "app" .name "app.kubernetes.io/name" "eventing-kafka" "app.kubernetes.io/instance" $root.Release.Name }}
        {{- merge $ours $values.podLabels | toYaml | nindent 8 }}
      {{- with $values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ .account }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      {{- with $root.Values.priorityClass.name }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- include "eventing-kafka.podSecurity" $root | nindent 6 }}
      topologySpreadConstraints:
        {{- $name := .name }}
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: {{ $name }}
              app.kubernetes.io/instance: {{ $root.Release.Name }}
        {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .app }}
          image: {{ include "eventing-kafka.image" $root | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ .app }}]
          {{- include "eventing-kafka.containerSecurity" $root | nindent 10 }}
          ports:
            {{- range $port, $number := .ports }}
            - { name: {{ $port }}, containerPort: {{ $number }}, protocol: TCP }
            {{- end }}
            - { name: http-metrics, containerPort: 9090, protocol: TCP }
          env:
            - name: NODE_ID
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            - { name: LOG_LEVEL, value: {{ $values.logLevel | quote }} }
            - { name: LOG_FORMAT, value: json }
            - { name: DRAIN_TIMEOUT, value: {{ include "eventing-kafka.drainTimeout" $values | quote }} }
            {{- .env | nindent 12 }}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          # A process that starts has its first contract within a second; a slow start is no reason to end it.
          startupProbe:
            httpGet: { path: /healthz, port: http-metrics }
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /healthz, port: http-metrics }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /readyz, port: http-metrics }
            periodSeconds: 1
            timeoutSeconds: 2
            failureThreshold: 2
          volumeMounts:
            - { name: scratch, mountPath: /tmp }
            {{- .volumeMounts | nindent 12 }}
      volumes:
        - name: scratch
          emptyDir: { medium: Memory, sizeLimit: 16Mi }
        {{- .volumes | nindent 8 }}
{{- end }}

{{/* What the "restricted" level of pod security asks for, and a fixed user. */}}
{{- define "eventing-kafka.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "eventing-kafka.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  capabilities: { drop: [ALL] }
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* The API's address, CA and a token of an hour, where clients look for them; in place of the one that is mounted everywhere. */}}
{{- define "eventing-kafka.apiAccessVolume" -}}
- name: api-access
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3600 }
      - configMap:
          name: kube-root-ca.crt
          items: [{ key: ca.crt, path: ca.crt }]
      - downwardAPI:
          items:
            - path: namespace
              fieldRef: { fieldPath: metadata.namespace }
{{- end }}

{{- define "eventing-kafka.apiAccessMount" -}}
- { name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end }}

{{/* The controller, or cert-manager, writes the Secret; the Pod waits for it. */}}
{{- define "eventing-kafka.contractTlsVolume" -}}
- name: contract-tls
  secret: { secretName: {{ . }}, defaultMode: 0440, optional: false }
{{- end }}

{{- define "eventing-kafka.contractTlsMount" -}}
- { name: contract-tls, mountPath: /etc/eventing-kafka/contract-tls, readOnly: true }
{{- end }}
