# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# (a) known uid, (b) uid of the image, and a pod with tokens of 3600 s: both SDKs call for
# at least three rotations and one kubelet rotation, the writer killed once in between.
set -euo pipefail

# The twins of (a) and (b) without injection: what deleting a pod costs anyway.
uninjected() {
	sed -e "s/name: $1,/name: $1-bare,/" -e "s/app: $1}/app: $1-bare}/g" \
		-e '/wif.anthropic.com.inject/d' "$root/e2e/apps/$1.yaml"
}
k apply -f "$root/e2e/apps/known-uid.yaml" -f "$root/e2e/apps/image-uid.yaml" \
	-f "$root/e2e/apps/long-lifetime.yaml"
for d in restricted/known-uid baseline/image-uid; do
	check "sdk: ${d#*/} becomes ready" k -n "${d%/*}" rollout status "deploy/${d#*/}" --timeout=120s
done
check "sdk: long-lifetime becomes ready" k -n restricted wait pod/long-lifetime --for=condition=Ready --timeout=120s
a=$(pod restricted known-uid)
b=$(pod baseline image-uid)
say "pods: $a, $b, long-lifetime"

dir_a=$(assertions_dir restricted "$a")
dir_b=$(assertions_dir baseline "$b")
first_a=$(readlink "$dir_a/..data")
first_b=$(readlink "$dir_b/..data")
is "sdk: known-uid assertions planned for L=180" "$(find "$dir_a/" -maxdepth 1 -name 'assertion-*' | wc -l)" 10

# The idle writer, seen from outside.
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
pid_a=$(container_pid restricted "$a" claude-wif-writer)
pid_b=$(container_pid baseline "$b" claude-wif-writer)
uid_of() { awk '/^Uid/ { print $2 }' "/proc/$1/status"; }
is "sdk: writer (a) runs as the consumer's uid" "$(uid_of "$pid_a")" 10001
is "sdk: writer (b) runs as the image's uid" "$(uid_of "$pid_b")" 12345
at_most "sdk: VmRSS of the idle writer (a), KiB" "$(rss "$pid_a")" 256
at_most "sdk: VmRSS of the idle writer (b), KiB" "$(rss "$pid_b")" 256

# Killed once, in the middle: no call may notice, no assertion may be spent twice.
sleep_until_rotation() { # ADMIN COUNT SECONDS
	local want=$2
	await "$3" eval "[ \$(figure $1 .exchanges.granted) -ge $want ]"
}
granted=$(figure 8543 .exchanges.granted)
check "sdk: rotations go on" sleep_until_rotation 8543 $((granted + 4)) 400
kill -9 "$pid_a"
kill -9 "$pid_b"
check "sdk: the killed writer (a) is restarted" await 60 eval "[ \$(restarts restricted $a claude-wif-writer) = 1 ]"
check "sdk: the killed writer (b) is restarted" await 60 eval "[ \$(restarts baseline $b claude-wif-writer) = 1 ]"

moved() { [ "$(readlink "$1/..data")" != "$2" ]; }
check "sdk: the kubelet rotated the assertions of (a)" await 700 moved "$dir_a" "$first_a"
check "sdk: the kubelet rotated the assertions of (b)" await 700 moved "$dir_b" "$first_b"
granted=$(figure 8543 .exchanges.granted)
check "sdk: rotations go on after the kubelet's" sleep_until_rotation 8543 $((granted + 2)) 300
rotations=$(($(jq -s '[.[] | select(.event == "exchange" and .result == "granted")] | group_by(.sub) | map(length) | min' "$work/default.events") - 1))
at_least "sdk: rotations seen by each pod" "$rotations" 3

# Stop the clients in good order and compare what they counted with what the sandbox did.
: >"$work/calls"
for p in restricted/$a baseline/$b restricted/long-lifetime; do
	k -n "${p%/*}" exec "${p#*/}" -c app -- /app/app.sh stop
	check "sdk: clients of ${p#*/} stop" await 120 eval "k -n ${p%/*} logs ${p#*/} -c app | grep -q stopped"
	k -n "${p%/*}" logs "${p#*/}" -c app | grep '"sdk"' >>"$work/calls"
done
jq -rs 'group_by(.sdk + .kind) | map("\(.[0].sdk) \(.[0].kind): \(map(select(.ok)) | length) ok, \(map(select(.ok | not)) | length) failed") | .[]' "$work/calls"
jq -c 'select(.ok | not)' "$work/calls" | head -n 5
total=$(wc -l <"$work/calls")
at_least "sdk: calls in all" "$total" 600
is "sdk: failed calls" "$(jq -s 'map(select(.ok | not)) | length' "$work/calls")" 0
is "sdk: the sandboxes counted what the clients did" \
	$(($(figure 8543 .messages.requests) + $(figure 8544 .messages.requests))) "$total"
is "sdk: replays" $(($(figure 8543 .replays) + $(figure 8544 .replays))) 0
is "sdk: denied exchanges" $(($(figure 8543 .exchanges.denied) + $(figure 8544 .exchanges.denied))) 0

# Deletion: injected against uninjected, side by side, the median of three.
delete_ms() { # NAMESPACE APP
	local p t
	p=$(pod "$1" "$2")
	t=$(now_ms)
	k -n "$1" delete pod "$p" --wait=true >/dev/null
	echo $(($(now_ms) - t))
	k -n "$1" rollout status "deploy/$2" --timeout=120s >/dev/null
}
uninjected known-uid | k apply -f -
uninjected image-uid | k apply -f -
for d in restricted/known-uid baseline/image-uid; do
	k -n "${d%/*}" rollout status "deploy/${d#*/}-bare" --timeout=60s >/dev/null
	with=() without=()
	for _ in 1 2 3; do
		with+=("$(delete_ms "${d%/*}" "${d#*/}")")
		without+=("$(delete_ms "${d%/*}" "${d#*/}-bare")")
	done
	m=$(printf '%s\n' "${with[@]}" | sort -n | sed -n 2p)
	n=$(printf '%s\n' "${without[@]}" | sort -n | sed -n 2p)
	say "deleting ${d#*/}: injected ${with[*]} ms, uninjected ${without[*]} ms"
	# The kubelet works in steps of about a second.
	at_most "sdk: deleting ${d#*/} injected, ms" "$m" $((n + 1000))
done
