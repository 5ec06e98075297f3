# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# (e) A pod created while the endpoint is down for two minutes: it starts within the
# backoff (60 s) after recovery, and its writer never restarts.
set -euo pipefail

k apply -f "$root/e2e/apps/endpoint-down.yaml"
ready() { [ "$(k -n restricted get pod endpoint-down -o json | jq -r '[.status.containerStatuses[]?.ready] | all and length > 0')" = true ]; }
started() { k -n restricted get pod endpoint-down -o json | jq -e '.status.initContainerStatuses[]? | select(.name == "claude-wif-writer") | .state.running' ; }
check "endpoint-down: the writer runs" await 60 started
settled endpoint-down
down_until=$((SECONDS + 120))
early=0
while [ $SECONDS -lt $down_until ]; do
	if ready; then early=1; fi
	sleep 2
done
is "endpoint-down: consumers started without a credential" "$early" 0
say "what kubectl describe shows: $(k -n restricted get events --field-selector involvedObject.name=endpoint-down,reason=Unhealthy -o json | jq -r '.items[-1].message')"
sandbox_start flaky 8445 180
up=$SECONDS
check "endpoint-down: ready after recovery" await 75 ready
at_most "endpoint-down: seconds from recovery to ready" $((SECONDS - up)) 70
is "endpoint-down: writer restarts" "$(restarts restricted endpoint-down claude-wif-writer)" 0
is "endpoint-down: replays" "$(figure 8545 .replays)" 0
check "endpoint-down: calls are answered" await 180 eval '[ $(figure 8545 .messages.ok) -ge 4 ]'
k -n restricted delete pod endpoint-down --wait=false
