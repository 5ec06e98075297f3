# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The token endpoint answers 429, hangs, or resets connections, for five minutes each, while
# both SDKs call: three pods with an endpoint each, at the same time. A token is valid all
# the time, so no call may fail.
#
# Tokens live 600 s: a refresh is due after 270 to 300 s, clients refuse the token from 570 s
# on. The fault lasts from second 180 to 480, so that the refresh falls into it. In 60 courses
# of chance, with 12 assertions, the writer had its next token by second 543 at the latest.
set -euo pipefail

fault() { curl -sf "http://127.0.0.1:$1/fault" -d "$2" >/dev/null; }
granted() { [ "$(figure "$1" .exchanges.granted)" -ge 2 ]; }
# These two are moments, not events: nothing happens then but what this case does.
sleep_until() { sleep $(($1 > $(date +%s) ? $1 - $(date +%s) : 0)); }

# five_minutes NAME ADMIN-PORT RESULT FIGURE FAULT: of FAULT; FIGURE counts how often it was met.
five_minutes() {
	local name=$1 port=$2 granted_at cleared last
	sed "s/FAULT/$name/g" "$root/e2e/apps/faults.yaml" | k apply -f -
	check "faults: $name: becomes ready" k -n restricted wait "pod/$name" --for=condition=Ready --timeout=120s
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
	is "faults: $name: failed calls" "$(failed_calls "$name")" 0
	is "faults: $name: calls that the sandbox refused" "$(figure "$port" .messages.refused)" 0
	is "faults: $name: replays" "$(figure "$port" .replays)" 0
	is "faults: $name: writer restarts" "$(restarts restricted "$name" claude-wif-writer)" 0
	k -n restricted delete pod "$name" --wait=false
}
five_minutes throttled 8547 throttled .exchanges.throttled '{"target":"token","kind":"429","retry_after":5}' & pids=($!)
five_minutes hanging 8552 transient .exchanges.faulted '{"target":"token","kind":"hang"}' & pids+=($!)
five_minutes resetting 8553 transient .exchanges.faulted '{"target":"token","kind":"reset"}' & pids+=($!)
for pid in "${pids[@]}"; do wait "$pid"; done
