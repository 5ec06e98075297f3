# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every kind of workload, in a namespace that enforces Pod Security "restricted": its pod is
# injected and calls the API once.
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
} | k create -f -

pod_of() { k -n case-kinds get pods -l "app=$1" -o json | jq '.items[0]'; }
for kind in Pod ReplicationController ReplicaSet DaemonSet StatefulSet Deployment Job CronJob; do
	check "kinds: $kind: a call is answered" await 240 called case-kinds -l "app=${kind,,}" -c app
	p=$(pod_of "${kind,,}")
	is "kinds: $kind: ours in it" "$(our_names <<<"$p")" claude-wif-writer
	is "kinds: $kind: made by" "$(jq -r '.metadata.ownerReferences[0].kind // "nobody"' <<<"$p")" \
		"$(case $kind in Pod) echo nobody ;; Deployment) echo ReplicaSet ;; CronJob) echo Job ;; *) echo "$kind" ;; esac)"
done
complete() {
	k -n case-kinds get jobs -o json | jq -e '[.items[] | select(.status.succeeded == 1) |
		.metadata.name | sub("-.*"; "")] | unique == ["cronjob", "job"]'
}
check "kinds: Jobs complete, with the writer in their pods" await 120 complete
k delete namespace case-kinds --wait=false
