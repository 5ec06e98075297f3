# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The token endpoint answers 429, hangs, resets connections, or answers 500, for five minutes
# each, while both SDKs call: four pods with an endpoint each, at the same time.
#
# Tokens live 600 s: a refresh is due after 270 to 300 s, clients refuse the token from 570 s
# on. The fault lasts from second 180 to 480, so that the refresh falls into it. In 60 courses
# of chance, with 12 assertions, the writer had its next token by second 543 at the latest: a
# token is valid all the time, and no call may fail. The fourth pod has the 6 assertions that
# it is given unless it asks for more. They may all be spent in the fault, and the next come
# when the kubelet rotates: of it, no call may fail for which there was a good token.
set -euo pipefail

fault() { curl -sf "http://127.0.0.1:$1/fault" -d "$2" >/dev/null; }
granted() { [ "$(figure "$1" .exchanges.granted)" -ge 2 ]; }
# These two are moments, not events: nothing happens then but what this case does.
sleep_until() { sleep $(($1 > $(date +%s) ? $1 - $(date +%s) : 0)); }

# five_minutes NAME ADMIN-PORT RESULT FIGURE FAULT: FIGURE counts how often it was met.
five_minutes() {
	local name=$1 port=$2 granted_at cleared last
	granted_at=$(jq -s 'map(select(.result == "granted"))[0].t' "$work/$name.events")
	sleep_until $((granted_at + 180))
	fault "$port" "$5"
	sleep_until $((granted_at + 480))
	last=$(k -n restricted exec "$name" -c claude-wif-writer -- /wif-writer status)
	say "faults: $name: $last"
	fault "$port" '{"target":"token","kind":"none"}'
	cleared=$SECONDS
	at_least "faults: $name: requests that met it" "$(figure "$port" "$4")" 3
	is "faults: $name: granted before and meanwhile" "$(figure "$port" .exchanges.granted)" 1
	is "faults: $name: last result" "$(jq -r .last_result <<<"$last")" "$3"
	check "faults: $name: a token is granted afterwards" await 120 granted "$port"
	at_most "faults: $name: seconds until then" $((SECONDS - cleared)) 80

	stop_clients "$name" restricted "$name"
	at_least "faults: $name: calls" "$(wc -l <"$work/$name.calls")" 400
	both_sdks "$name" 150
	is "faults: $name: failed calls" "$(failed_calls "$name")" 0
	is "faults: $name: calls that the sandbox refused" "$(figure "$port" .messages.refused)" 0
	is "faults: $name: replays" "$(figure "$port" .replays)" 0
	is "faults: $name: writer restarts" "$(restarts restricted "$name" claude-wif-writer)" 0
	k -n restricted delete pod "$name" --wait=false
}
# default_supply NAME ADMIN-PORT FAULT: until its first token has expired for the SDKs.
default_supply() {
	local name=$1 port=$2 first
	first=$(jq -s 'map(select(.result == "granted"))[0].t' "$work/$name.events")
	sleep_until $((first + 180))
	fault "$port" "$3"
	sleep_until $((first + 480))
	say "faults: $name: $(k -n restricted exec "$name" -c claude-wif-writer -- /wif-writer status)"
	fault "$port" '{"target":"token","kind":"none"}'
	is "faults: $name: granted before and meanwhile" "$(figure "$port" .exchanges.granted)" 1
	at_least "faults: $name: requests that met it" "$(figure "$port" .exchanges.faulted)" 3
	sleep_until $((first + 585))
	stop_clients "$name" restricted "$name"
	at_least "faults: $name: calls" "$(wc -l <"$work/$name.calls")" 400
	both_sdks "$name" 150
	say "faults: $name: failed calls in all: $(failed_calls "$name")"
	is "faults: $name: clients that ended by an error" "$(wc -l <"$work/$name.ended")" 0
	# A call lasts up to 10 s; the SDKs take a token until 30 s before its end, which the writer
	# counts from before it asked.
	is "faults: $name: failed calls while a token was good" "$(jq -s --slurpfile events "$work/$name.events" '
		[$events[] | select(.result == "granted")] as $tokens | map(select(.ok | not) | .t as $t |
		select(any($tokens[]; .t < $t - 10 and $t < .t + .expires_in - 35))) | length' "$work/$name.calls")" 0
	is "faults: $name: replays" "$(figure "$port" .replays)" 0
	is "faults: $name: writer restarts" "$(restarts restricted "$name" claude-wif-writer)" 0
	k -n restricted delete pod "$name" --wait=false
}
for name in throttled hanging resetting failing; do
	sed "s/FAULT/$name/g" "$root/e2e/apps/faults.yaml" |
		if [ $name = failing ]; then sed '/wif.anthropic.com\/assertions/d'; else cat; fi | k apply -f -
done
for name in throttled hanging resetting failing; do
	check "faults: $name: becomes ready" k -n restricted wait "pod/$name" --for=condition=Ready --timeout=120s
done
settled faults
five_minutes throttled 8547 throttled .exchanges.throttled '{"target":"token","kind":"429","retry_after":5}' & pids=($!)
five_minutes hanging 8552 transient .exchanges.faulted '{"target":"token","kind":"hang"}' & pids+=($!)
five_minutes resetting 8553 transient .exchanges.faulted '{"target":"token","kind":"reset"}' & pids+=($!)
default_supply failing 8554 '{"target":"token","kind":"500"}' & pids+=($!)
for pid in "${pids[@]}"; do wait "$pid"; done
