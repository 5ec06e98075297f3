# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A ServiceAccount with annotations and its pod in one apply, and a Namespace with them too: the
# caches cannot have heard of either, and none may slip through. No pod of these is scheduled.
set -euo pipefail

own_namespace case-apply
account() { # NAMESPACE NAME ANNOTATIONS
	printf 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s, ' "$2" "$1"
	printf 'annotations: {%s}}\n---\n' "$3"
}
gated='.spec.schedulingGates = [{name: "e2e.test/never"}]'
times=100
for i in $(seq $times); do
	{
		account case-apply "fresh-$i" 'wif.anthropic.com/federation: long'
		case_pod case-apply "fresh-$i" "$gated | .spec.serviceAccountName = \"fresh-$i\" |
			del(.metadata.annotations[\"wif.anthropic.com/federation\"])"
	} | k apply -f - >/dev/null || true
done
k -n case-apply get pods -o json >"$work/apply.json"
is "apply: pods, each made with its ServiceAccount" "$(jq '.items | length' "$work/apply.json")" $times
each() { jq '.items[]' "$work/apply.json" | "$1"; }
is "apply: of these uninjected" "$(each our_names | grep -vc '^claude-wif-writer$' || true)" 0
is "apply: of these injected as the ServiceAccount says" "$(each writer_url | grep -c ':8444$' || true)" $times

times=10 right=0
for i in $(seq $times); do
	{
		printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: case-apply-%s\n' "$i"
		printf '  labels: {wif.anthropic.com/injection: enabled}\n'
		printf '  annotations: {wif.anthropic.com/federation: long}\n---\n'
		account "case-apply-$i" fresh 'wif.anthropic.com/mode: init'
		case_pod "case-apply-$i" fresh "$gated | .spec.serviceAccountName = \"fresh\" | del(.metadata.annotations)"
	} | k apply -f - >/dev/null || true
	p=$(k -n "case-apply-$i" get pod fresh -o json || echo '{}')
	mode=$(jq -r '.metadata.annotations["wif.anthropic.com/status"] // "{}" | fromjson | .mode' <<<"$p")
	[[ "$(writer_url <<<"$p") $mode" != *":8444 init" ]] || right=$((right + 1))
done
is "apply: pods made with ServiceAccount and Namespace, injected as these two say" "$right" $times
k delete namespace case-apply $(seq -f 'case-apply-%g' $times) --wait=false
