# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# (a) known uid, (b) uid of the image, and a pod with tokens of 3600 s: both SDKs call for
# at least three rotations and one kubelet rotation, the writer killed once in between.
set -euo pipefail

k apply -f "$root/e2e/apps/known-uid.yaml" -f "$root/e2e/apps/image-uid.yaml" \
	-f "$root/e2e/apps/long-lifetime.yaml"
for d in restricted/known-uid baseline/image-uid; do
	check "sdk: ${d#*/} becomes ready" k -n "${d%/*}" rollout status "deploy/${d#*/}" --timeout=120s
done
check "sdk: long-lifetime becomes ready" k -n restricted wait pod/long-lifetime --for=condition=Ready --timeout=120s
a=$(pod restricted known-uid)
b=$(pod baseline image-uid)
say "pods: $a, $b, long-lifetime"
settled sdk

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

# Confined under RuntimeDefault, and every step of it took: supervisor and child say so otherwise.
confined() { awk '/^(CapEff|NoNewPrivs|Seccomp):/ { print $2 }' "/proc/$1/status" | xargs; }
unconfined() { grep -E 'confinement incomplete|not confined' "$1" || true; }
is "sdk: writer (a): CapEff, NoNewPrivs, Seccomp" "$(confined "$pid_a")" "0000000000000000 1 2"
is "sdk: writer (b): CapEff, NoNewPrivs, Seccomp" "$(confined "$pid_b")" "0000000000000000 1 2"
# Not dumpable: what /proc shows of it is root's, so that not even its own uid, which is the
# application's, reads its memory or takes its descriptors. Source: proc(5), ptrace(2).
proc_owner() { stat -c %u "/proc/$1/fd"; }
is "sdk: writer (a): whose /proc/PID/fd it is" "$(proc_owner "$pid_a")" 0
is "sdk: writer (b): whose /proc/PID/fd it is" "$(proc_owner "$pid_b")" 0
is "sdk: application (a), for comparison" "$(proc_owner "$(container_pid restricted "$a" app)")" 10001
for d in restricted/$a baseline/$b; do
	k -n "${d%/*}" logs "${d#*/}" -c claude-wif-writer >"$work/writer.log"
	check "sdk: the log of ${d#*/} tells of an exchange" grep -q '"credential in place"' "$work/writer.log"
	is "sdk: the log of ${d#*/}: steps of confinement that are missing" "$(unconfined "$work/writer.log")" ""
done

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

# Stop the clients in good order and compare what they counted with what the sandbox did. In each
# pod both SDKs must have called, with one process and with new ones: the kubelet's rotation alone
# took some 450 s of it. A busy machine makes fewer: these numbers tell that it was done, not how fast.
for p in "restricted $a known-uid" "baseline $b image-uid" "restricted long-lifetime long-lifetime"; do
	read -r namespace name app <<<"$p"
	stop_clients "sdk-$app" "$namespace" "$name"
	both_sdks "sdk-$app" 150 3
	is "sdk-$app: failed calls" "$(failed_calls "sdk-$app")" 0
done
cat "$work"/sdk-{known-uid,image-uid,long-lifetime}.calls >"$work/calls"
jq -rs 'group_by(.sdk + .kind) | map("\(.[0].sdk) \(.[0].kind): \(map(select(.ok)) | length) ok, \(map(select(.ok | not)) | length) failed") | .[]' "$work/calls"
total=$(wc -l <"$work/calls")
at_least "sdk: calls in all" "$total" 600
is "sdk: the sandboxes counted what the clients did" \
	$(($(figure 8543 .messages.requests) + $(figure 8544 .messages.requests))) "$total"
is "sdk: replays" $(($(figure 8543 .replays) + $(figure 8544 .replays))) 0
is "sdk: denied exchanges" $(($(figure 8543 .exchanges.denied) + $(figure 8544 .exchanges.denied))) 0
