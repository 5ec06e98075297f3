# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What other people say about resources: a quota that wants limits.cpu of every container, a
# LimitRange with minimum, maximum and default, and a Guaranteed pod.
set -euo pipefail

resources() { # REQUESTS LIMITS: of the application
	printf '.spec.containers[0].resources = {requests: %s, limits: %s}' "$1" "$2"
}
writer='.spec.initContainers[] | select(.name == "claude-wif-writer")'
gated='.spec.schedulingGates = [{name: "e2e.test/never"}]'

own_namespace case-quota
k -n case-quota create quota cpu --hard=limits.cpu=1
counted() { k -n case-quota get quota cpu -o json | jq -e '.status.hard["limits.cpu"]'; }
await 30 counted
case_pod case-quota limited "$gated | $(resources '{cpu: "10m"}' '{cpu: "200m"}')" | k create -f -
is "quota: a pod with limits.cpu: the writer's limit" \
	"$(k -n case-quota get pod limited -o json | jq -r "$writer | .resources.limits.cpu")" 100m
used() { [ "$(k -n case-quota get quota cpu -o jsonpath='{.status.used.limits\.cpu}')" = 300m ]; }
check "quota: it is charged for the writer too" await 30 used
if out=$(case_pod case-quota unlimited "$gated" | k create -f - 2>&1); then
	not_ok "quota: a pod without limits.cpu was admitted"
else
	say "$out"
	# Also without us: the application has no limit, which the quota wants.
	check "quota: a pod without limits.cpu is the quota's to refuse" grep -q 'must specify limits.cpu for: app' <<<"$out"
fi

own_namespace case-range
k -n case-range create -f - <<'YAML'
apiVersion: v1
kind: LimitRange
metadata: {name: range}
spec:
  limits:
  - type: Container
    min: {cpu: 10m, memory: 4Mi}
    max: {cpu: "1", memory: 512Mi}
    default: {cpu: 150m, memory: 64Mi}
    defaultRequest: {cpu: 20m, memory: 16Mi}
YAML
ranged() {
	case_pod case-range web 'del(.metadata.annotations)' | k create --dry-run=server -f - -o json |
		jq -e '.spec.containers[0].resources.limits.cpu'
}
await 30 ranged
least='.metadata.annotations["wif.anthropic.com/writer-cpu-request"] = "10m"'
# Nobody but the API server sees a LimitRange: under its minimum the user must ask for more.
if out=$(case_pod case-range modest "$gated" | k create -f - 2>&1); then
	not_ok "quota: LimitRange: a writer under the minimum was admitted"
else
	say "$out"
	check "quota: LimitRange: a writer under the minimum is its to refuse" \
		grep -q 'minimum cpu usage per Container is 10m' <<<"$out"
fi
case_pod case-range enough "$gated | $least" | k create -f -
k -n case-range get pod enough -o json >"$work/enough.json"
is "quota: LimitRange: the application has its defaults" \
	"$(jq -c '.spec.containers[0].resources' "$work/enough.json")" \
	'{"limits":{"cpu":"150m","memory":"64Mi"},"requests":{"cpu":"20m","memory":"16Mi"}}'
is "quota: LimitRange: the writer what it was asked for" "$(jq -c "$writer | .resources" "$work/enough.json")" \
	'{"limits":{"cpu":"100m","memory":"32Mi"},"requests":{"cpu":"10m","memory":"8Mi"}}'
is "quota: LimitRange: reviews" "$(reviews case-range enough)" "Injected AlreadyInjected"

# A Guaranteed pod and its twin that is not injected: how long from its creation until ready.
own_namespace case-guaranteed
both=$(resources '{cpu: "100m", memory: "64Mi"}' '{cpu: "100m", memory: "64Mi"}')
start_ms() { # NAME FILTER
	local t
	t=$(now_ms)
	case_pod case-guaranteed "$1" "$both | $2" | k create -f - >/dev/null
	k -n case-guaranteed wait "pod/$1" --for=condition=Ready --timeout=120s >/dev/null
	echo $(($(now_ms) - t))
}
injected=() bare=()
for i in 1 2 3; do
	injected+=("$(start_ms "injected-$i" .)")
	bare+=("$(start_ms "bare-$i" 'del(.metadata.annotations)')")
done
for name in injected-1 bare-1; do
	is "quota: Guaranteed: $name" "$(k -n case-guaranteed get pod $name -o jsonpath='{.status.qosClass}')" Guaranteed
done
is "quota: Guaranteed: the writer" "$(k -n case-guaranteed get pod injected-1 -o json |
	jq -c "$writer | .resources | [.requests == .limits, .limits.cpu, .limits.memory]")" '[true,"50m","32Mi"]'
say "quota: Guaranteed: milliseconds from create to ready: injected ${injected[*]}, not injected ${bare[*]}"
k delete namespace case-quota case-range case-guaranteed --wait=false
