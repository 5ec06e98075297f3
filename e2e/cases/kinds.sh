# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every kind of workload, in a namespace that enforces Pod Security "restricted": its pod is
# injected and calls the API once. And a pod of mode env, whose SDK exchanges by itself.
set -euo pipefail

own_namespace case-kinds pod-security.kubernetes.io/enforce=restricted

# workload KIND API-VERSION SPEC: a JQ filter of the pod template; the pod alone for kind Pod.
workload() {
	case_pod case-kinds "${1,,}" "$calls_once" | jq --arg kind "$1" --arg api "$2" "
		.metadata as \$m | if \$kind == \"Pod\" then . else
		{metadata: {labels: \$m.labels, annotations: \$m.annotations}, spec} | . as \$t |
		{apiVersion: \$api, kind: \$kind, metadata: {name: \$m.name, namespace: \$m.namespace}, spec: ($3)} end"
}
same='selector: {matchLabels: .metadata.labels}, template: .'
ends='(.spec.restartPolicy = "Never" | .spec.containers[0].command = ["/usr/bin/python3", "call.py", "once"])'
{
	workload CronJob batch/v1 "{schedule: \"* * * * *\", jobTemplate: {spec: {backoffLimit: 0, template: $ends}}}"
	workload Job batch/v1 "{backoffLimit: 0, template: $ends}"
	workload Deployment apps/v1 "{$same}"
	workload StatefulSet apps/v1 "{serviceName: \"none\", $same}"
	workload DaemonSet apps/v1 "{$same}"
	workload ReplicaSet apps/v1 "{$same}"
	workload ReplicationController v1 '{selector: .metadata.labels, template: .}'
	workload Pod v1 .
	case_pod case-kinds env "$calls_once | .metadata.annotations[\"wif.anthropic.com/mode\"] = \"env\""
} | k create -f -

pod_of() { k -n case-kinds get pods -l "app=$1" -o json | jq '.items[0]'; }
for kind in Pod ReplicationController ReplicaSet DaemonSet StatefulSet Deployment Job CronJob; do
	check "kinds: $kind: a call is answered" await 240 called case-kinds -l "app=${kind,,}" -c app
	p=$(pod_of "${kind,,}")
	is "kinds: $kind: ours in it" "$(our_names <<<"$p")" claude-wif-writer
	is "kinds: $kind: made by" "$(jq -r '.metadata.ownerReferences[0].kind // "nobody"' <<<"$p")" \
		"$(case $kind in Pod) echo nobody ;; Deployment) echo ReplicaSet ;; CronJob) echo Job ;; *) echo "$kind" ;; esac)"
done

# Mode env, as the API server stored it and as the pod has it.
env_variables() {
	jq -r '[.spec.containers[0].env[] | select(.name | startswith("ANTHROPIC_")) | "\(.name)=\(.value)"] | sort | join(" ")'
}
env_token() {
	jq -r '.spec.volumes as $volumes | .spec.containers[0].volumeMounts[] |
		select(.mountPath == "/var/run/secrets/anthropic.com") | . as $mount | $volumes[] |
		select(.name == $mount.name).projected.sources[].serviceAccountToken |
		"\(.path) for \(.audience), read-only: \($mount.readOnly)"'
}
check "kinds: mode env: a call is answered" await 240 called case-kinds env -c app
p=$(k -n case-kinds get pod env -o json)
is "kinds: mode env: containers" \
	"$(jq -r '[(.spec.initContainers // [])[], .spec.containers[] | .name] | join(" ")' <<<"$p")" app
is "kinds: mode env: variables" "$(env_variables <<<"$p")" "ANTHROPIC_BASE_URL=https://sandbox.claude-wif.test:8451 \
ANTHROPIC_FEDERATION_RULE_ID=$rule ANTHROPIC_IDENTITY_TOKEN_FILE=/var/run/secrets/anthropic.com/token \
ANTHROPIC_ORGANIZATION_ID=$organization ANTHROPIC_SERVICE_ACCOUNT_ID=$account"
is "kinds: mode env: projected token" "$(env_token <<<"$p")" "token for $audience, read-only: true"
is "kinds: mode env: dots in the token that the pod reads" \
	"$(k -n case-kinds exec env -c app -- cat /var/run/secrets/anthropic.com/token | tr -cd . | wc -c)" 2

complete() {
	k -n case-kinds get jobs -o json | jq -e '[.items[] | select(.status.succeeded == 1) |
		.metadata.name | sub("-.*"; "")] | unique == ["cronjob", "job"]'
}
check "kinds: Jobs complete, with the writer in their pods" await 120 complete
k delete namespace case-kinds --wait=false
