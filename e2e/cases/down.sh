# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Our webhook is down (failurePolicy Fail): pods that opted in are refused with a message that
# names it, all others pass; when it is back, so are the pods that a controller wanted meanwhile.
# Alone, after the other cases: they need the webhook.
set -euo pipefail

for state in none enabled observe; do
	own_namespace "case-down-$state"
	[ $state = none ] || k label namespace "case-down-$state" "wif.anthropic.com/injection=$state"
done
quiet='del(.metadata.annotations)'
gated='.spec.schedulingGates = [{name: "e2e.test/never"}]'
k -n claude-wif-system scale deployment claude-wif --replicas=0
gone() { [ -z "$(k -n claude-wif-system get pods -l app.kubernetes.io/name=claude-wif -o name)" ]; }
check "down: the webhook is down" await 60 gone
unreachable() {
	[ -z "$(k -n claude-wif-system get endpointslices -l kubernetes.io/service-name=claude-wif \
		-o jsonpath='{.items[*].endpoints[*].addresses}')" ]
}
await 30 unreachable

# create NAMESPACE NAME FILTER: kubectl's words in $out.
create() { out=$(case_pod "$1" "$2" "$gated | $3" | k create -f - 2>&1); }
refused() { # NAME NAMESPACE FILTER ENTRY
	if create "$2" refused "$3"; then
		not_ok "down: $1 was admitted"
	else
		say "$out"
		check "down: $1 is refused, by name" \
			grep -q "failed calling webhook \"$4.wif.anthropic.com\".*https://claude-wif.claude-wif-system.svc" <<<"$out"
	fi
}
passes() { # NAME NAMESPACE FILTER
	if create "$2" passes "$3" && [ -z "$(k -n "$2" get pod passes -o json | our_names)" ]; then
		ok "down: $1 passes"
	else
		not_ok "down: $1: $out"
	fi
	k -n "$2" delete pod passes --wait=false >/dev/null || true
}
refused "a pod that asks" case-down-none . asking
refused "a pod that asks by a label" case-down-none \
	"$quiet | .metadata.labels[\"wif.anthropic.com/inject\"] = \"true\"" asking
refused "a pod of a namespace with injection=enabled" case-down-enabled "$quiet" enabled
passes "a pod that does not ask" case-down-none "$quiet"
passes "a pod that says no" case-down-none '.metadata.annotations["wif.anthropic.com/inject"] = "false"'
passes "a pod that asks, where injection=observe" case-down-observe .
passes "a pod of kube-system that asks" kube-system .
case_pod case-down-none web | deployment | k create -f -
described() {
	k -n case-down-none describe replicaset -l app=web | grep -o 'Error creating: .*failed calling webhook.*'
}
check "down: kubectl describe replicaset shows why" await 30 described
k -n case-down-none describe replicaset -l app=web | sed -n '/^Events:/,$p'

k -n claude-wif-system scale deployment claude-wif --replicas=2
k -n claude-wif-system rollout status deployment/claude-wif --timeout=120s
up=$SECONDS
check "down: the Deployment's pod comes by itself" await 120 \
	k -n case-down-none wait pod -l app=web --for=condition=Ready --timeout=1s
say "down: $((SECONDS - up)) s after the webhook was back"
is "down: it is injected" \
	"$(k -n case-down-none get pods -l app=web -o json | jq '.items[0]' | our_names)" claude-wif-writer
k delete namespace case-down-none case-down-enabled case-down-observe --wait=false
