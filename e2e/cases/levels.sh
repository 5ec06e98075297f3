# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ServiceAccount and Namespace have their say: annotations at each level, and the label injection.
set -euo pipefail

# A pod's manifest; more metadata in $3 and the ServiceAccount in $4.
levels_pod() { # NAMESPACE NAME [METADATA] [ACCOUNT]
	cat <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $2, namespace: $1${3:+, $3}}
spec:
  serviceAccountName: ${4:-default}
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: claude-wif.test/client:plain
    imagePullPolicy: Never
    command: [/app/app.sh]
    securityContext: {runAsUser: 10001}
YAML
}
asks='annotations: {wif.anthropic.com/inject: "true"}'
# How many containers of ours the pod on stdin has, as the API server would store it.
levels_dry() { k create --dry-run=server -o json -f - | jq '[(.spec.initContainers // [])[] | select(.name | startswith("claude-wif-"))] | length'; }
# What kubectl says to a refusal.
levels_refusal() { k create --dry-run=server -f - 2>&1 && echo "admitted"; }

for ns in levels levels-enabled levels-disabled; do
	label=${ns#levels}
	k create namespace "$ns"
	[ -z "$label" ] || k label namespace "$ns" "wif.anthropic.com/injection=${label#-}"
	await 30 k -n "$ns" get serviceaccount default
done

is "levels: no label, a pod that asks" "$(levels_pod levels a "$asks" | levels_dry)" 1
is "levels: no label, a pod that does not" "$(levels_pod levels a | levels_dry)" 0
is "levels: enabled, a pod that says nothing" "$(levels_pod levels-enabled a | levels_dry)" 1
is "levels: enabled, a pod that says no" \
	"$(levels_pod levels-enabled a 'annotations: {wif.anthropic.com/inject: "false"}' | levels_dry)" 0
check "levels: disabled refuses a pod that asks" grep -q 'Namespace levels-disabled: label .*disabled' \
	<(levels_pod levels-disabled a "$asks" | levels_refusal)
is "levels: disabled lets others pass" "$(levels_pod levels-disabled a | levels_dry)" 0

# Annotations: the nearer one counts, and a change is seen.
mode() { k create --dry-run=server -o json -f - | jq -r '.metadata.annotations["wif.anthropic.com/status"] | fromjson | .mode'; }
now_is() { [ "$(levels_pod levels a "$asks" web | mode)" = "$1" ]; }
k -n levels create serviceaccount web
k annotate namespace levels wif.anthropic.com/mode=init
check "levels: the Namespace's mode" await 10 now_is init
k -n levels annotate serviceaccount web wif.anthropic.com/mode=sidecar
check "levels: the ServiceAccount's mode is nearer" await 10 now_is sidecar
is "levels: the pod's mode is nearest" \
	"$(levels_pod levels a 'annotations: {wif.anthropic.com/inject: "true", wif.anthropic.com/mode: init}' web | mode)" init

k delete namespace levels levels-enabled levels-disabled --wait=false
