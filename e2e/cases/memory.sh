# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What an idle injected pod costs, per uid strategy: the pod cgroup's memory beside that of
# the same pod uninjected; the writer's own memory; and that it sleeps: over ten minutes in
# which nothing is due (tokens of 3600 s), not one context switch. And the peak of an exchange.
set -euo pipefail

twin() { sed -e 's/name: memory\([a-z-]*\)$/name: memory\1-bare/' -e '/wif.anthropic.com/d' "$root/e2e/apps/memory.yaml"; }
k apply -f "$root/e2e/apps/memory.yaml"
twin | k apply -f -
apps=(restricted/memory-known-uid baseline/memory-image-uid)
for p in "${apps[@]}"; do
	for q in "$p" "$p-bare"; do
		k -n "${q%/*}" wait "pod/${q#*/}" --for=condition=Ready --timeout=120s ||
			not_ok "memory: ${q#*/} becomes ready"
	done
done
settled memory

# What changes when a process runs: how often it gave up the CPU and lost it; the scheduler's
# times on a CPU and waiting for one (ns), and how often. One event is not the writer's: it
# hears of every setting of the machine's clock, which is no part of this cluster.
ran() { { awk '/ctxt_switches/ { print $2 }' "/proc/$1/status" && cat "/proc/$1/schedstat"; } | xargs; }
clock_set() { k -n "${1%/*}" logs "${1#*/}" -c claude-wif-writer | grep -c '"msg":"the wall clock was set"' || true; }
declare -A pid before heard
for p in "${apps[@]}"; do
	pid[$p]=$(container_pid "${p%/*}" "${p#*/}" claude-wif-writer)
	heard[$p]=$(clock_set "$p")
	before[$p]=$(ran "${pid[$p]}")
done
sleep 600
for p in "${apps[@]}"; do
	after=$(ran "${pid[$p]}")
	n=$(($(clock_set "$p") - heard[$p]))
	if [ "$n" = 0 ]; then
		is "memory: ${p#*/}: switches and schedstat after 600 s" "$after" "${before[$p]}"
	else
		read -r yielded0 lost0 on_cpu0 _ runs0 <<<"${before[$p]}"
		read -r yielded lost on_cpu _ runs <<<"$after"
		say "memory: ${p#*/}: the machine's clock was set $n times; before ${before[$p]}, after $after"
		is "memory: ${p#*/}: wake-ups in 600 s, those settings apart" $((yielded - yielded0 - n)) 0
		is "memory: ${p#*/}: turns on a CPU, those settings and lost turns apart" \
			$((runs - runs0 - n - (lost - lost0))) 0
		at_most "memory: ${p#*/}: ns on a CPU for each setting" $(((on_cpu - on_cpu0) / n)) 1000000
	fi
	at_most "memory: ${p#*/}: VmRSS of the idle writer, KiB" \
		"$(awk '/^VmRSS/ { print $2 }' "/proc/${pid[$p]}/status")" 256
done

# pod_memory NAMESPACE POD: KiB used, of these: anonymous, file cache with tmpfs, kernel.
pod_memory() {
	local uid dir
	uid=$(k -n "$1" get pod "$2" -o jsonpath='{.metadata.uid}')
	dir=$(find /sys/fs/cgroup -type d -name "pod$uid" -exec sh -c \
		'[ -e "$1/memory.usage_in_bytes" ] || [ -e "$1/memory.current" ]' - {} \; -print -quit)
	if [ -e "$dir/memory.current" ]; then
		awk '{ v[$1] = $2 } END { print v["anon"], v["file"], v["kernel"] }' "$dir/memory.stat"
		cat "$dir/memory.current"
	else
		awk '{ v[$1] = $2 } END { printf "%d %d ", v["total_rss"], v["total_cache"] }' "$dir/memory.stat"
		cat "$dir/memory.kmem.usage_in_bytes" "$dir/memory.usage_in_bytes"
	fi | tr '\n' ' ' | awk '{ printf "%d %d %d %d\n", $4 / 1024, $1 / 1024, $2 / 1024, $3 / 1024 }'
}
for p in "${apps[@]}"; do
	read -r used anon file kernel < <(pod_memory "${p%/*}" "${p#*/}")
	read -r used0 anon0 file0 kernel0 < <(pod_memory "${p%/*}" "${p#*/}-bare")
	say "memory: ${p#*/}: injected $used KiB (anonymous $anon, files $file, kernel $kernel)," \
		"uninjected $used0 KiB (anonymous $anon0, files $file0, kernel $kernel0)"
	say "memory: ${p#*/}: more by injection: $((used - used0)) KiB, of these files that the kernel may drop $((file - file0)) KiB"
	# The kernel charges a program's pages to the pod that first reads them: at most all of
	# writer and exchange, 6 MiB. The rest is the process and what the kernel keeps for it.
	at_most "memory: ${p#*/}: more by injection, KiB" $((used - used0)) 8192
	at_most "memory: ${p#*/}: more by injection, files apart, KiB" $((used - used0 - file + file0)) 1024
done

# The peak: an exchange on this machine with a token of the cluster. The writer's own peak is
# that of the idle one's process, which has been through an exchange.
cc -static -Os -s -Wall -Wextra -Werror -o "$work/peak" "$root/e2e/peak.c"
(umask 077 && k -n restricted create token default --audience "$audience" --duration 3600s >"$work/token")
mkdir -m 700 "$work/peak-out"
if peak=$(ANTHROPIC_FEDERATION_RULE_ID=$rule ANTHROPIC_ORGANIZATION_ID=$organization \
	ANTHROPIC_SERVICE_ACCOUNT_ID=$account "$work/peak" "$build/wif-writer" once --source file \
	--assertions "$work/token" --output "$work/peak-out" --base-url "https://$bridge:8444" \
	--ca-bundle "$work/keys/ca.crt"); then
	hwm=$(awk '/^VmHWM/ { print $2 }' "/proc/${pid[${apps[0]}]}/status")
	say "memory: peak of an exchange: $peak KiB; VmHWM of the writer: $hwm KiB"
	at_most "memory: peak of writer and exchange together, KiB" $((peak + hwm)) 8192
else
	not_ok "memory: an exchange on this machine"
fi
rm -rf "$work/token" "$work/peak-out"
for p in "${apps[@]}"; do k -n "${p%/*}" delete pod "${p#*/}" "${p#*/}-bare" --wait=false; done
