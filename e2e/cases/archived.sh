# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A rule is archived while three pods run: `kubectl get pods` shows the writers' restarts,
# `kubectl describe` of a pod the reason, and so does that of their ReplicaSet, as an Event. The
# rule is restored: so is the credential, without a hand.
set -euo pipefail

k apply -f "$root/e2e/apps/archived.yaml"
check "archived: three pods become ready" k -n restricted rollout status deploy/archived --timeout=120s
pods=$(k -n restricted get pods -l app=archived -o name)
is "archived: pods" "$(wc -l <<<"$pods")" 3
rule() { curl -sf http://127.0.0.1:8549/rule -d "$1" >/dev/null; }
# What each replica of the controller has counted so far, the least first.
counted() { controller_metrics | sed -n 's/^claude_wif_writer_terminations_total{reason="WriterDenied"} //p' | sort -n; }
before=$(counted | tail -n 1)

rule '{"archived":true}'
archived=$SECONDS
# The columns that people see: NAME READY STATUS RESTARTS AGE
restarted() { [ "$(k -n restricted get pods -l app=archived --no-headers | awk '$4 > 0' | wc -l)" = 3 ]; }
check "archived: kubectl get pods shows restarts of all three" await 600 restarted
say "archived: restarts after $((SECONDS - archived)) s"
k -n restricted get pods -l app=archived
described() { k -n restricted describe "$1" | grep -q '^ *Message: *WriterDenied: .*HTTP 401'; }
for p in $pods; do
	check "archived: kubectl describe $p shows the reason" await 30 described "$p"
done
k -n restricted describe "${pods%%$'\n'*}" |
	sed -n '/^  claude-wif-writer:/,/^Containers:/p' | grep -E '^ +(State|Last State|Reason|Message|Exit Code|Restart Count):'

# Both replicas of the controller saw each end: one tells them, as one Event for ten minutes.
rs=$(k -n restricted get rs -l app=archived -o jsonpath='{.items[0].metadata.name}')
ours_told() {
	k -n restricted get events -o json | jq -c --arg rs "$rs" '.items[] | select(.source.component == "claude-wif" and
		.involvedObject.kind == "ReplicaSet" and .involvedObject.name == $rs and .reason == "WriterDenied") |
		{type, count, message}'
}
last_words='^pod archived-[a-z0-9-]+: container claude-wif-writer ended with exit code 111: WriterDenied: .*HTTP 401'
told() { ours_told | jq -es --arg words "$last_words" 'any(.type == "Warning" and (.message | test($words)))'; }
check "archived: an Event on the ReplicaSet has the reason and the last words" await 30 told
all_told() { [ "$(ours_told | jq -s 'map(.count) | add // 0')" -ge 3 ]; }
check "archived: it counts all three" await 60 all_told
ours_told
at_most "archived: Events, of the ten minutes that the ends fall into" "$(ours_told | wc -l)" 2
described_owner() { k -n restricted describe rs "$rs" | grep 'WriterDenied.*claude-wif.*ended with exit code 111'; }
check "archived: kubectl describe replicaset shows it" described_owner
both_counted() { [ "$(counted | awk -v least=$((before + 3)) '$1 >= least' | wc -l)" = 2 ]; }
check "archived: both replicas count all three" await 30 both_counted
settled archived
is "archived: restarts of the applications" "$(k -n restricted get pods -l app=archived -o json |
	jq '[.items[].status.containerStatuses[].restartCount] | add')" 0

rule '{"archived":false}'
restored=$SECONDS
# A pod is ready when its writer's startup probe, `wif-writer check`, says yes.
check "archived: the credential is back in all three" await 330 \
	k -n restricted wait pod -l app=archived --for=condition=Ready --timeout=1s
# After one or two restarts the kubelet waits 10, 20 or 40 s before the next.
at_most "archived: seconds from restored to ready" $((SECONDS - restored)) 90
for p in $pods; do
	check "archived: a call is answered in $p" eval \
		"k -n restricted exec $p -c app -- /usr/bin/python3 /app/call.py once | jq -e .ok"
done
is "archived: replays" "$(figure 8549 .replays)" 0
k -n restricted get pods -l app=archived
k -n restricted delete deploy archived --wait=false
