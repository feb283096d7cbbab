{{/* The name of everything: the release's, and the chart's in it. */}}
{{- define "alveole.name" -}}
{{- if contains "alveole" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-alveole" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods are selected by; never changes. */}}
{{- define "alveole.selector" -}}
app.kubernetes.io/name: alveole
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "alveole.labels" -}}
{{ include "alveole.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "alveole.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* The environment of the server and of the migration. Helm reads whole numbers as fractions, which would
print 1048576 as 1.048576e+06. */}}
{{- define "alveole.env" -}}
- name: DATABASE_URL_FILE
  value: /run/secrets/alveole/database_url
- name: JWT_SECRET_FILE
  value: /run/secrets/alveole/jwt_secret
{{- if .Values.redis }}
- name: REDIS_URL_FILE
  value: /run/secrets/alveole/redis_url
{{- end }}
{{- with .Values.encryptionKeyKey }}
- name: ALVEOLE__AUTH__ENCRYPTION_KEY_FILE
  value: /run/secrets/alveole/{{ . }}
{{- end }}
{{- with .Values.s3SecretKey }}
- name: ALVEOLE__STORAGE__S3_SECRET_ACCESS_KEY_FILE
  value: /run/secrets/alveole/{{ . }}
{{- end }}
{{- range $section, $settings := .Values.settings }}
{{- range $name, $value := $settings }}
- name: {{ printf "ALVEOLE__%s__%s" (upper $section) (upper $name) }}
{{- if kindIs "slice" $value }}
  value: {{ join "," $value | quote }}
{{- else if and (kindIs "float64" $value) (eq (floor $value) $value) }}
  value: {{ int64 $value | quote }}
{{- else }}
  value: {{ toString $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "alveole.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "alveole.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "alveole.mounts" -}}
- name: secrets
  mountPath: /run/secrets/alveole
  readOnly: true
- name: data
  mountPath: /var/lib/alveole
- name: tmp
  mountPath: /tmp
{{- end -}}

{{/* The data is in PostgreSQL and in a bucket; what is written here is gone with the pod. */}}
{{- define "alveole.volumes" -}}
- name: secrets
  secret:
    secretName: {{ .Values.existingSecret }}
    defaultMode: 0440
- name: data
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- end -}}
