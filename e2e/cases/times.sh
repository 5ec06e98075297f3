# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# How long a pod takes to start and to go, injected and not, in turns. Runs when only those cases
# go on that wait.
set -euo pipefail

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

# Start: from `kubectl create` until a watch tells that the pod is ready. A figure, no check.
own_namespace case-times
k -n case-times get pods --watch --request-timeout=180s --no-headers -o \
	'custom-columns=NAME:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status' |
	while read -r name ready; do echo "$name $ready $(now_ms)"; done >"$work/times.watch" &
start_ms() { # NAME FILTER
	local began
	case_pod case-times "$1" "$2" >"$work/times.json"
	began=$(now_ms)
	k create -f "$work/times.json" >/dev/null
	await 60 grep -q "^$1 True " "$work/times.watch"
	echo $(($(sed -n "s/^$1 True //p" "$work/times.watch" | head -n 1) - began))
	k -n case-times delete pod "$1" >/dev/null
}
injected=() bare=()
for i in 1 2 3 4 5; do
	injected+=("$(start_ms "injected-$i" .)")
	bare+=("$(start_ms "bare-$i" 'del(.metadata.annotations)')")
done
m=$(median "${injected[@]}") n=$(median "${bare[@]}")
say "times: milliseconds from create to ready: injected ${injected[*]}, not injected ${bare[*]}"
say "times: medians: injected $m ms, not injected $n ms: $((m - n)) ms more"
is "times: pods of each that started" "$((${#injected[@]} + ${#bare[@]}))" 10
k delete namespace case-times --wait=false >/dev/null

# Deletion: pods as the case `sdk` has them, that call; the median of three.
like() { # APP NAME
	sed -e "s/name: $1,/name: $2,/" -e "s/app: $1}/app: $2}/g" \
		-e 's|\(wif.anthropic.com\)/inject: "true"|&, \1/federation: cases|' "$root/e2e/apps/$1.yaml"
}
delete_ms() { # NAMESPACE APP
	local p t
	p=$(pod "$1" "$2")
	t=$(now_ms)
	k -n "$1" delete pod "$p" --wait=true >/dev/null
	echo $(($(now_ms) - t))
	k -n "$1" rollout status "deploy/$2" --timeout=120s >/dev/null
}
# What of it is the writer's own: from its SIGTERM to its end, as the container runtime sends it.
writer_ends_ms() { # NAMESPACE APP
	local pid t
	pid=$(container_pid "$1" "$(pod "$1" "$2")" claude-wif-writer)
	[ -n "$pid" ] || return 1
	t=$(now_ms)
	kill -TERM "$pid" || return 1
	timeout 10 tail -s 0.01 --pid="$pid" -f /dev/null || return 1
	echo $(($(now_ms) - t))
}
for d in restricted/known-uid baseline/image-uid; do
	ns=${d%/*} app=${d#*/}
	like "$app" "$app-timed" | k apply -f - >/dev/null
	like "$app" "$app-bare" | sed '/wif.anthropic.com/d' | k apply -f - >/dev/null
	for name in "$app-timed" "$app-bare"; do k -n "$ns" rollout status "deploy/$name" --timeout=120s >/dev/null; done
	injected=() bare=()
	for _ in 1 2 3; do
		injected+=("$(delete_ms "$ns" "$app-timed")")
		bare+=("$(delete_ms "$ns" "$app-bare")")
	done
	say "times: deleting $app: injected ${injected[*]} ms, not injected ${bare[*]} ms"
	# The kubelet works in steps of about a second; injection may cost one, and the rest of its work.
	at_most "times: deleting $app injected, ms" "$(median "${injected[@]}")" $(($(median "${bare[@]}") + 1500))
	own=$(writer_ends_ms "$ns" "$app-timed") || own=
	at_most "times: the writer of $app, from SIGTERM to its end, ms" "${own:-10000}" 300
	k -n "$ns" delete deploy "$app-timed" "$app-bare" --wait=false >/dev/null
done
