# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Other people's mutating webhooks (e2e/webhook.py), called before and after ours: what each of
# them adds or moves, and what ours makes of it when the API server asks again.
set -euo pipefail

own_namespace case-webhooks
migrate='.spec.initContainers = [.spec.containers[0] | .name = "migrate" | .command = ["/bin/true"]]'
by() { printf '.metadata.labels["e2e-%s"] = "%s"' "$1" "$2"; }
# sent NAME FILTER: the pod as the API server would store it; its warnings in NAME.warnings.
sent() { case_pod case-webhooks "$1" "$2" | k create --dry-run=server -o json -f - 2>"$work/$1.warnings"; }
# once NAME POD: one writer, one volume of each kind, nothing twice.
once() {
	is "webhooks: $1: ours" "$(our_names <<<"$2")" claude-wif-writer
	is "webhooks: $1: our volumes" \
		"$(jq -r '[.spec.volumes[].name | select(startswith("claude-wif-"))] | sort | join(" ")' <<<"$2")" \
		"claude-wif-assertions claude-wif-credentials"
	is "webhooks: $1: variables and mounts that are there twice" "$(jq '[(.spec.initContainers[], .spec.containers[]) |
		([.env[]?.name] | length - (unique | length)), ([.volumeMounts[]?.mountPath] | length - (unique | length))] | add' <<<"$2")" 0
}
others() { jq -rs --arg pod "$1" 'map(select(.pod == $pod) | "\(.when) \(.changed)") | join(", ")' "$work/others.events"; }

p=$(sent append-before "$(by before append) | $migrate")
once append-before "$p"
is "webhooks: append-before: order" "$(init_names <<<"$p")" "claude-wif-writer migrate"
is "webhooks: append-before: gets credentials" "$(consumer_names <<<"$p")" "migrate app added"
is "webhooks: append-before: the other was asked again, and had nothing to do" "$(others append-before)" "before true, before false"

p=$(sent append-after "$(by after append) | $migrate")
once append-after "$p"
is "webhooks: append-after: order" "$(init_names <<<"$p")" "claude-wif-writer migrate"
is "webhooks: append-after: gets credentials" "$(consumer_names <<<"$p")" "migrate app"
is "webhooks: append-after: ours was asked again" "$(reviews case-webhooks append-after)" "Injected AlreadyInjected"
check "webhooks: append-after: kubectl warns" grep 'container added came after the injection' "$work/append-after.warnings"

p=$(sent append-named "$(by after append) | .metadata.annotations[\"wif.anthropic.com/containers\"] = \"app,added\"")
once append-named "$p"
is "webhooks: append-named: gets credentials" "$(consumer_names <<<"$p")" "app added"
is "webhooks: append-named: ours was asked again, and went on" "$(reviews case-webhooks append-named)" "Injected Injected"
is "webhooks: append-named: status" \
	"$(jq -c '.metadata.annotations["wif.anthropic.com/status"] | fromjson | .containers' <<<"$p")" '["app","added"]'

p=$(sent append-both "$(by before append) | $(by after append)")
once append-both "$p"
is "webhooks: append-both: gets credentials" "$(consumer_names <<<"$p")" "app added"

p=$(sent shuffle-after "$(by after shuffle) | $migrate")
once shuffle-after "$p"
is "webhooks: shuffle-after: the writer is put back before what needs it" "$(init_names <<<"$p")" "claude-wif-writer migrate"
is "webhooks: shuffle-after: reviews" "$(reviews case-webhooks shuffle-after)" "Injected Injected"

if out=$(case_pod case-webhooks tamper-after "$(by after tamper)" | k create -f - 2>&1); then
	not_ok "webhooks: tamper-after: a writer with another image was admitted"
else
	say "$out"
	check "webhooks: tamper-after: a writer with another image is refused" \
		grep -q 'container claude-wif-writer is not the one that would be injected' <<<"$out"
fi
k delete namespace case-webhooks --wait=false
