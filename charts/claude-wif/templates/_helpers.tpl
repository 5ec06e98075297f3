{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}

{{/* Of every object: the release's name, with claude-wif in it. */}}
{{- define "claude-wif.name" -}}
{{- if contains "claude-wif" .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-claude-wif" (.Release.Name | trunc 39 | trimSuffix "-") }}
{{- end -}}
{{- end }}

{{- define "claude-wif.selector" -}}
app.kubernetes.io/name: claude-wif
app.kubernetes.io/instance: {{ toYaml .Release.Name }}
{{- end }}

{{- define "claude-wif.labels" -}}
{{ include "claude-wif.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "claude-wif.prefix" -}}
{{ .Values.config.prefix | default "wif.anthropic.com" }}
{{- end }}

{{/*
The Secret of the certificate, and in mode self the Lease of who renews it. cert-manager's has another
name: it outlives the release, and would be in the way of one in mode self.
*/}}
{{- define "claude-wif.tls" -}}
{{- $suffix := ternary "tls" "cert" (eq .Values.tls.mode "self") -}}
{{ .Values.tls.secretName | default (printf "%s-%s" (include "claude-wif.name" .) $suffix) }}
{{- end }}

{{/* (dict "root" $ "image" .Values.images.writer): its reference; a digest wins over a tag. */}}
{{- define "claude-wif.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.images.registry -}}
{{- $repository = printf "%s/%s" . $repository -}}
{{- end -}}
{{- if .image.digest -}}
{{ $repository }}@{{ .image.digest }}
{{- else -}}
{{ $repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The operator's config as the controller reads it: as given, and with the writer's image. */}}
{{- define "claude-wif.config" -}}
{{- $image := include "claude-wif.image" (dict "root" . "image" .Values.images.writer) -}}
{{- $writer := dict "image" $image "imagePullPolicy" .Values.images.pullPolicy -}}
{{- $writer = mergeOverwrite $writer (deepCopy (.Values.config.writer | default dict)) -}}
{{ mergeOverwrite (deepCopy .Values.config) (dict "writer" $writer) | toYaml }}
{{- end }}
