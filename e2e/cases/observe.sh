# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A namespace labelled injection=observe: its pods are stored as they were without the label,
# kubectl prints what would be, and the controller counts it.
set -euo pipefail

# What the API server would store, less what it draws anew each time.
stored() {
	k create --dry-run=server -f - -o json 2>"$work/observe.warnings" | undrawn
}
own_namespace case-observe
quiet='del(.metadata.annotations)'
bad='.metadata.annotations["wif.anthropic.com/mode"] = "sidcar"'
case_pod case-observe web "$quiet" | stored >"$work/observe-0.json"
k label namespace case-observe wif.anthropic.com/injection=observe
observed() { case_pod case-observe web "$quiet" | stored && grep -q 'observe: ' "$work/observe.warnings"; }
check "observe: the label is seen" await 10 observed

injects=$(reviews_counted ObservedInject) denies=$(reviews_counted ObservedDeny)
case_pod case-observe web "$quiet" | stored >"$work/observe-1.json"
say "$(cat "$work/observe.warnings")"
check "observe: a pod that says nothing is stored as it was" cmp "$work/observe-0.json" "$work/observe-1.json"
check "observe: kubectl says what would be" grep \
	'^Warning: observe: would be injected (mode sidecar, federation default); nothing was changed' "$work/observe.warnings"
at_least "observe: it is counted" $(($(reviews_counted ObservedInject) - injects)) 1

case_pod case-observe web . | stored >"$work/observe-2.json"
is "observe: a pod that asks is not changed" \
	"$(our_names <"$work/observe-2.json")$(consumer_names <"$work/observe-2.json")" ""
at_least "observe: it is counted" $(($(reviews_counted ObservedInject) - injects)) 2

case_pod case-observe web "$bad" | stored >"$work/observe-3.json"
say "$(cat "$work/observe.warnings")"
check "observe: a pod that would be refused is admitted" jq -e '.kind == "Pod"' "$work/observe-3.json"
check "observe: kubectl says why it would be" \
	grep '^Warning: observe: would be refused: .*mode="sidcar": not a mode' "$work/observe.warnings"
at_least "observe: it is counted too" $(($(reviews_counted ObservedDeny) - denies)) 1
k delete namespace case-observe --wait=false
