# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The kubelet and then the API server are restarted under pods that call with both SDKs, and a
# pod with a grace period of 60 s goes on calling for 40 s after its SIGTERM, then ends in good
# order. Runs after all other cases: it would disturb them.
#
# Tokens live 180 s: a refresh is due after 81 to 90 s. The pod is deleted when at most 35 s
# are left until its refresh, so that it falls into its last 40 s.
set -euo pipefail

install_it
k apply -f "$root/e2e/apps/restarts.yaml"
for p in restarts leaving; do
	check "restarts: $p becomes ready" k -n restricted wait "pod/$p" --for=condition=Ready --timeout=120s
done
# A client takes its time to start, and counts from its first call.
calling() { [ "$(k -n restricted logs "$1" -c app | jq -rs '[.[] | select(.kind == "loop") | .sdk] | unique | length')" = 2 ]; }
for p in restarts leaving; do check "restarts: $p: both SDKs call" await 180 calling $p; done
status() { k -n restricted exec "$1" -c claude-wif-writer -- /wif-writer status; }
say "restarts: $(status restarts)"
restart() {
	local t=$SECONDS
	check "restarts: $1" "$root/e2e/cluster/restart.sh" "$1"
	say "restarts: $1 took $((SECONDS - t)) s"
}
restart kubelet
restart apiserver
check "restarts: the kubelet and the API server are back" await 60 status leaving

due() { status leaving | jq -e --argjson now "$(date +%s)" '.next_at - $now <= 35 and .next_at > $now'; }
check "restarts: leaving: a refresh falls due soon" await 120 due
before=$(figure 8550 .exchanges.granted)
k -n restricted logs -f leaving -c app >"$work/leaving.log" & logs=$!
k -n restricted delete pod leaving --wait=false
t=$SECONDS
gone() { ! k -n restricted get pod leaving; }
check "restarts: leaving ends" await 90 gone
at_least "restarts: leaving: seconds from delete to gone" $((SECONDS - t)) 40
wait $logs || true
client_lines leaving <"$work/leaving.log"
both_sdks leaving 20
check "restarts: leaving: its clients ended in good order" grep -q '"stopped":true' "$work/leaving.log"
term=$(jq -r '.terminating // empty' "$work/leaving.log")
at_most "restarts: leaving: longest pause of a client, seconds" "$(longest_pause leaving)" 15
at_least "restarts: leaving: calls after SIGTERM" "$(jq -s "map(select(.t > $term)) | length" "$work/leaving.calls")" 40
at_least "restarts: leaving: seconds from SIGTERM to its last call" "$(jq -s "map(.t) | max - $term" "$work/leaving.calls")" 38
is "restarts: leaving: failed calls" "$(failed_calls leaving)" 0
at_least "restarts: leaving: tokens granted to a terminating pod" \
	"$(jq -s "map(select(.t > $term and .result == \"granted\" and (.sub | endswith(\":leaving\")))) | length" "$work/restarts.events")" 1

rotated() { status restarts | jq -e '.grants >= 2'; }
check "restarts: rotation goes on" await 100 rotated
say "restarts: $(status restarts)"
stop_clients restarts restricted restarts
at_least "restarts: calls" "$(wc -l <"$work/restarts.calls")" 60
both_sdks restarts 20 1
at_most "restarts: longest pause of a client, seconds" "$(longest_pause restarts)" 15
is "restarts: failed calls" "$(failed_calls restarts)" 0
is "restarts: calls that the sandbox refused" "$(figure 8550 .messages.refused)" 0
is "restarts: replays" "$(figure 8550 .replays)" 0
is "restarts: writer restarts" "$(restarts restricted restarts claude-wif-writer)" 0
