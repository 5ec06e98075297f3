# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every refusal as the user sees it in kubectl's output: each reason of docs/reasons.md that the
# API server lets a pod reach. What needs another operator's config is refused by a controller
# on this machine, under a prefix of its own.
set -euo pipefail

own_namespace case-refusals
own_namespace case-refusals-disabled wif.anthropic.com/injection=disabled
own_namespace case-refusals-other

# other_operator NAME KUBECONFIG: a controller; its config on stdin; prefix and label are NAME.e2e.test.
other_operator() {
	controller_start "$1" "$2" "${on_bridge[@]}" --log-level error
	webhook_entry "$1.e2e.test" "https://$bridge:$(controller_port "$1" listen)/mutate" \
		"objectSelector: {matchLabels: {by: $1.e2e.test}}" | webhook_object "$1-e2e-test" | k create -f -
}
config() { # PREFIX FEDERATION...
	printf 'prefix: %s\nwriter: {image: claude-wif/writer:e2e}\nfederations:\n' "$1"
	shift
	printf "  %s: {organizationId: $organization, federationRuleId: $rule, serviceAccountId: $account}\n" "$@"
}
other_operator policy "$KUBECONFIG" < <(
	config policy.e2e.test given kept
	echo "policy: [{namespaces: [case-refusals], federations: [given]}]"
)
# A cluster in which it may read nothing.
kubeconfig_of case-refusals default >"$work/nobody.json"
other_operator unknown "$work/nobody.json" < <(config unknown.e2e.test default)

declare -A seen
# refused REASON WORDS FILTER [NAMESPACE]: all of WORDS stand in what kubectl prints.
refused() {
	local out
	if out=$(case_pod "${4:-case-refusals}" web "$3" | k create -f - 2>&1); then
		not_ok "refusals: $1: admitted: $3"
		k -n "${4:-case-refusals}" delete pod web --wait=false
		return
	fi
	seen[$1]=1
	say "$(sed 's/^Error from server[^:]*: error when creating "STDIN": //' <<<"$out")"
	if [[ $out == *"denied the request: "*"${4:-case-refusals}"*$2* ]]; then
		ok "refusals: $1"
	else
		not_ok "refusals: $1: no words \"$2\" in: $out"
	fi
}
with() { printf '.metadata.annotations["wif.anthropic.com/%s"] = "%s"' "$1" "$2"; }
by() { # NAME [KEY VALUE]: a pod for one of the controllers above, which asks there alone
	printf '.metadata.labels.by = "%s.e2e.test" | .metadata.annotations = {"%s.e2e.test/inject": "true"}' "$1" "$1"
	[ $# = 1 ] || printf ' | .metadata.annotations["%s.e2e.test/%s"] = "%s"' "$1" "$2" "$3"
}
copies() { # N: the container so many times, each with a uid of its own
	printf '.spec.containers = [.spec.containers[0] as $c | range(%d) | . as $i | $c |
		.name = "c\\($i)" | .securityContext.runAsUser = 1000 + $i]' "$1"
}

while read -r key value words; do
	refused BadValue "annotation wif.anthropic.com/$key=\"$value\": $words" "$(with "$key" "$value")"
done <<'ROWS'
inject yes not an answer; use true or false
mode sidcar not a mode; use sidecar, init or env
federation https://evil.invalid
federation-rule rule-1 
organization acme 
service-account me 
workspace prod 
run-as-user root 
static-key maybe 
token-expiration 60 
assertions 13 
containers app,,b 
writer-cpu-request lots 
writer-memory-limit 1Kib 
ROWS
refused InjectTwice '"true" as an annotation and "false" as a label' '.metadata.labels["wif.anthropic.com/inject"] = "false"'
refused InjectionDisabled \
	'label wif.anthropic.com/injection="disabled" refuses pods that ask (pod case-refusals-disabled/web); use enabled' . case-refusals-disabled
refused ListsTogether 'exclude each other' "$(with containers app) | $(with skip-containers b)"
refused UnknownFederation 'no such federation' "$(with federation flakey)"
refused PolicyValue 'does not give it to namespace' "$(with federation-rule fdrl_other)"
refused ResourcesInverted 'is above its limit 32Mi' "$(with writer-memory-request 64Mi) | $(with writer-memory-limit 32Mi)"
refused WindowsPod 'not supported' '.spec.os = {name: "windows"}'
refused NoContainers 'no containers' '.spec.containers = []'
refused StaticKeyDenied 'container app sets ANTHROPIC_API_KEY' \
	"$(with static-key deny) | .spec.containers[0].env += [{name: \"ANTHROPIC_API_KEY\", value: \"sk-ant-api03-x\"}]"
refused TooManyIdentities 'more than 4 users' "$(copies 5) | $(with containers c0,c1,c2,c3,c4)"
refused ContainerTaken 'container claude-wif-writer is not the one' \
	'.spec.initContainers = [.spec.containers[0] | .name = "claude-wif-writer"]'
refused VolumeTaken 'volume claude-wif-credentials is not the one' \
	'.spec.volumes += [{name: "claude-wif-credentials", hostPath: {path: "/tmp"}}]'
refused MountTaken 'where the credentials go' '.spec.volumes += [{name: "mine", emptyDir: {}}] |
	.spec.containers[0].volumeMounts += [{name: "mine", mountPath: "/var/run/secrets/anthropic.com"}]'
for v in assertions credentials; do
	refused VolumeMounted "mounts volume claude-wif-$v" \
		".spec.containers[0].volumeMounts += [{name: \"claude-wif-$v\", mountPath: \"/mine\"}]"
done
refused NoExpirationLeft 'leave no expirationSeconds' \
	".spec.volumes += [{name: \"own\", projected: {sources: [range(600; 3601) | {serviceAccountToken:
		{path: \"t\(.)\", audience: \"$audience\", expirationSeconds: .}}]}}]"

refused NoDefaultFederation 'no federation "default"' "$(by policy)"
refused PolicyFederation 'federation "kept"' "$(by policy federation kept)"
refused PolicyNoRule 'no rule for namespace "case-refusals-other"' "$(by policy federation given)" case-refusals-other
k label namespace case-refusals-other policy.e2e.test/injection=on
labelled() {
	grep 'not a state' <<<"$(case_pod case-refusals-other web "$(by policy)" | k create --dry-run=server -f - 2>&1)"
}
await 10 labelled
refused InjectionUnknown 'injection="on": not a state; use enabled, observe or disabled' \
	"$(by policy federation given)" case-refusals-other
refused ObjectUnknown 'not known yet' "$(by unknown)"

# A Deployment's user sees no answer of the API server: the refusal is an Event on its ReplicaSet.
own_namespace case-refusals-owned
# Of our Events there: kind, reason and count of each.
ours_told() {
	k -n case-refusals-owned get events -o json | jq -r '.items[] | select(.source.component == "claude-wif") |
		"\(.involvedObject.kind) \(.reason) \(.count)"'
}
owner='.metadata.ownerReferences = [{apiVersion: "apps/v1", kind: "ReplicaSet", name: "none",
	uid: "0d5e1b0a-0000-4000-8000-000000000000", controller: true}]'
check "refusals: a dry run of a pod with an owner" grep -q 'not a mode' \
	<<<"$(case_pod case-refusals-owned dry "$(with mode sidcar) | $owner" | k create --dry-run=server -f - 2>&1)"
case_pod case-refusals-owned web "$(with mode sidcar)" | deployment | k create -f -
told() { ours_told | grep '^ReplicaSet BadValue'; }
check "refusals: an Event on the ReplicaSet" await 30 told
described() {
	k -n case-refusals-owned describe replicaset -l app=web |
		grep "BadValue.*claude-wif.*mode=\"sidcar\": not a mode; use sidecar, init or env"
}
check "refusals: kubectl describe replicaset shows it" described
# The ReplicaSet goes on trying: the count goes up, at most twice a minute for each replica of ours.
more() { ours_told | awk '{ n += $3 } END { exit !(n > 2) }'; }
check "refusals: it is counted when it comes again" await 60 more
ours_told
at_most "refusals: Events, from two replicas, for all of it" "$(ours_told | wc -l)" 2
is "refusals: Events of a dry run" \
	"$(k -n case-refusals-owned get events -o json | jq '[.items[] | select(.involvedObject.name == "none")] | length')" 0

# PodMalformed: the API server decodes every pod before it asks; only another client reaches it.
seen[PodMalformed]=1
missing=$(sed -n '/^## Refusals/,/^## Warnings/s/^### //p' "$root/docs/reasons.md" |
	while read -r r; do [ -n "${seen[$r]:-}" ] || echo "$r"; done)
is "refusals: reasons that no pod here was refused for" "$missing" ""
is "refusals: pods that came to be" "$(k -n case-refusals get pods -o name)$(k -n case-refusals-other get pods -o name)" ""

# A value outside the table on a Namespace or ServiceAccount is refused when someone types it.
typed() { # WORDS COMMAND...
	local out
	if out=$(k "${@:2}" 2>&1); then not_ok "refusals: $*: admitted"; return; fi
	say "$out"
	if grep -qF -- "$1" <<<"$out"; then ok "refusals: typed: ${*:2}"; else not_ok "refusals: ${*:2}: $out"; fi
}
typed 'use enabled, observe or disabled' label namespace case-refusals wif.anthropic.com/injection=on
typed 'use warn, remove, deny or ignore' annotate namespace case-refusals wif.anthropic.com/static-key=maybe
while read -r key value words; do
	typed "annotation wif.anthropic.com/$key: $words" -n case-refusals annotate serviceaccount default "wif.anthropic.com/$key=$value"
done <<'ROWS'
federation https://evil.invalid use the name of a federation
federation-rule rule-1 use fdrl_
organization acme use a UUID
service-account me use svac_
workspace prod use default, or wrkspc_
mode sidcar use sidecar, init or env
run-as-user root use 0..2147483647
token-expiration 60 use 600..3600 seconds
assertions 13 use 1..12
ROWS

k delete mutatingwebhookconfiguration policy-e2e-test unknown-e2e-test
for name in policy unknown; do sandbox_stop $name; done
k delete namespace case-refusals case-refusals-disabled case-refusals-other case-refusals-owned --wait=false
