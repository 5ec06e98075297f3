# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The token endpoint is down for five minutes while both SDKs call. The writer reaches it
# through a Service; without its endpoint the connections to it are refused. The SDKs are told
# the sandbox's own address: for them the API stays up, as in a real outage of one endpoint.
#
# Tokens live 600 s: a refresh is due after 270 to 300 s; clients refuse the token from 570 s
# on. The outage lasts from second 200 to 500: with the backoff's cap of 60 s no gap.
set -euo pipefail

k apply -f "$root/e2e/apps/outage-endpoint.yaml" -f "$root/e2e/apps/outage.yaml"
check "outage: becomes ready" k -n restricted wait pod/outage --for=condition=Ready --timeout=120s
settled outage
granted_at=$(jq -s 'map(select(.result == "granted"))[0].t' "$work/outage.events")
status() { k -n restricted exec outage -c claude-wif-writer -- /wif-writer status; }
# The next two are moments, not events: nothing happens then but what this case does.
sleep_until() { sleep $(($1 > $(date +%s) ? $1 - $(date +%s) : 0)); }

sleep_until $((granted_at + 200))
k -n restricted delete endpointslice outage
say "outage: begins"
sleep_until $((granted_at + 500))
last=$(status)
say "outage: ends; $last"
is "outage: requests that arrived meanwhile" "$(figure 8548 .exchanges.requests)" 1
at_least "outage: failures in a row" "$(jq .failures <<<"$last")" 4
is "outage: last result" "$(jq -r .last_result <<<"$last")" not-sent
is "outage: assertions spent on it" "$(jq '.assertions - .assertions_unspent' <<<"$last")" 1
k apply -f "$root/e2e/apps/outage-endpoint.yaml"
up=$SECONDS
check "outage: a token is granted afterwards" await 90 eval '[ "$(figure 8548 .exchanges.granted)" = 2 ]'
# The cap, and kube-proxy's way to the new endpoint.
at_most "outage: seconds until then" $((SECONDS - up)) 65

stop_clients outage restricted outage
at_least "outage: calls" "$(wc -l <"$work/outage.calls")" 500
both_sdks outage 150 3
is "outage: failed calls" "$(failed_calls outage)" 0
is "outage: calls that the sandbox refused" "$(figure 8548 .messages.refused)" 0
is "outage: replays" "$(figure 8548 .replays)" 0
is "outage: writer restarts" "$(restarts restricted outage claude-wif-writer)" 0
k -n restricted delete pod outage --wait=false
