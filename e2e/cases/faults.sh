# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The token endpoint answers 429, hangs and resets connections, one after the other, while
# both SDKs call: each fault is there when a refresh falls due, and lasts until the writer
# has met it twice. A token was valid all the time, so no call may fail.
#
# Tokens live 240 s: a refresh is due after 108 to 120 s, clients refuse the token from
# 210 s on, so 90 s remain for a fault and the writer's return from it.
set -euo pipefail

k apply -f "$root/e2e/apps/faults.yaml"
check "faults: becomes ready" k -n restricted wait pod/faults --for=condition=Ready --timeout=120s

fault() { curl -sf "http://127.0.0.1:8547/fault" -d "$1" >/dev/null; }
reached() { [ "$(figure 8547 "$1")" -ge "$2" ]; }
# met NAME FIGURE FAULT: set FAULT, wait until a refresh has met it twice, clear it, measure.
met() {
	local before granted cleared
	before=$(figure 8547 "$2")
	granted=$(figure 8547 .exchanges.granted)
	fault "$3"
	check "faults: $1: a refresh meets it twice" await 180 reached "$2" $((before + 2))
	is "faults: $1: granted meanwhile" "$(figure 8547 .exchanges.granted)" "$granted"
	say "faults: $1: $(k -n restricted exec faults -c claude-wif-writer -- /wif-writer status)"
	fault '{"target":"token","kind":"none"}'
	cleared=$SECONDS
	check "faults: $1: a token is granted afterwards" await 90 reached .exchanges.granted $((granted + 1))
	at_most "faults: $1: seconds until then" $((SECONDS - cleared)) 60
}
met 429 .exchanges.throttled '{"target":"token","kind":"429","retry_after":5}'
met hang .exchanges.faulted '{"target":"token","kind":"hang"}'
met reset .exchanges.faulted '{"target":"token","kind":"reset"}'

stop_clients faults restricted faults
at_least "faults: calls" "$(wc -l <"$work/faults.calls")" 400
is "faults: failed calls" "$(failed_calls faults)" 0
is "faults: calls that the sandbox refused" "$(figure 8547 .messages.refused)" 0
is "faults: replays" "$(figure 8547 .replays)" 0
is "faults: writer restarts" "$(restarts restricted faults claude-wif-writer)" 0
k -n restricted delete pod faults --wait=false
