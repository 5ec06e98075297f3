# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Who in a pod gets credentials, and what several writers and the user's own tokens have in
# common: one ServiceAccount, one audience, and never one assertion.
set -euo pipefail

own_namespace case-identities
user() { printf '.securityContext.runAsUser = %s' "$1"; }
copy='.spec.containers[0] | .command = ["/bin/sleep", "36000"]'
runs_once='.command = ["/usr/bin/python3", "call.py", "once"]'

# A mesh's proxy, a log shipper, and a migration that calls before the application does.
case_pod case-identities mixed "$calls_once | .spec.containers += [
	($copy | .name = \"istio-proxy\" | $(user 1337)), ($copy | .name = \"log-shipper\" | $(user 2000))] |
	.spec.initContainers = [.spec.containers[0] | .name = \"migrate\" | $runs_once]" |
	k create -f - 2>&1 | tee "$work/mixed.warnings"

# Two users asked for, beside the user's own tokens of the same audience and of the times that
# a plan for tokens of 180 s would take first.
case_pod case-identities two ".metadata.annotations[\"wif.anthropic.com/containers\"] = \"app,second\" |
	.spec.containers += [$copy | .name = \"second\" | $(user 10021)] |
	.spec.volumes += [{name: \"own\", projected: {sources: [600, 603 | {serviceAccountToken:
		{path: \"own-\\(.)\", audience: \"$audience\", expirationSeconds: .}}]}}] |
	.spec.containers[1].volumeMounts += [{name: \"own\", mountPath: \"/own\"}]" | k create -f -
for p in mixed two; do
	check "identities: $p becomes ready" k -n case-identities wait "pod/$p" --for=condition=Ready --timeout=240s
	k -n case-identities get pod $p -o json >"$work/$p.json"
done
since=$SECONDS

is "identities: mixed: ours" "$(our_names <"$work/mixed.json")" claude-wif-writer
is "identities: mixed: gets credentials" "$(consumer_names <"$work/mixed.json")" "migrate app"
is "identities: mixed: the proxy and the log shipper mention us nowhere" "$(jq '[.spec.containers[] |
	select(.name != "app") | tojson | select(test("ANTHROPIC|anthropic.com|claude-wif-"))] | length' "$work/mixed.json")" 0
check "identities: mixed: kubectl warns of the log shipper" \
	grep 'container log-shipper gets no Claude credentials' "$work/mixed.warnings"
for c in migrate app; do check "identities: mixed: $c: a call is answered" await 180 called case-identities mixed -c $c; done
k -n case-identities delete pod mixed --wait=false

is "identities: two: ours" "$(our_names <"$work/two.json")" "claude-wif-writer claude-wif-writer-2"
is "identities: two: gets credentials" "$(consumer_names <"$work/two.json")" "app second"
reads() { k -n case-identities exec two -c "$1" -- cat /var/run/secrets/anthropic.com/access-token; }
check "identities: two: each reads a token of its own" [ "$(reads app | sha256sum)" != "$(reads second | sha256sum)" ]
settled identities

# The ids of the tokens in these directories, each from the middle part of its JWT.
jtis() {
	local dir f
	for dir in "$@"; do
		for f in "$dir"/*; do
			jq -rR 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | .jti' "$f"
		done
	done
}
dirs=()
for v in claude-wif-assertions claude-wif-assertions-2 own; do dirs+=("$(assertions_dir case-identities two $v)"); done
watched=0
# Tokens of one audience and lifetime become one at a later sync of the pod: 60 to 90 s.
while [ $((SECONDS - since)) -lt 190 ]; do
	sleep 30
	all=$(jtis "${dirs[@]}")
	[ "$(sort -u <<<"$all" | wc -l)" = "$(wc -l <<<"$all")" ] ||
		not_ok "identities: two: tokens that are one after $((SECONDS - since)) s"
	watched=$((SECONDS - since))
done
at_least "identities: two: seconds watched" $watched 180
is "identities: two: tokens of both writers and the user" "$(wc -l <<<"$all")" 22
is "identities: two: of these different" "$(sort -u <<<"$all" | wc -l)" 22
for w in claude-wif-writer claude-wif-writer-2; do
	status=$(k -n case-identities exec two -c $w -- /wif-writer status)
	at_least "identities: two: $w: tokens granted" "$(jq .grants <<<"$status")" 2
	is "identities: two: $w: its credential and its state" "$(jq -r '"\(.files) \(.state)"' <<<"$status")" "fresh granted"
	is "identities: two: $w: restarts" "$(restarts case-identities two $w)" 0
done
is "identities: replays" "$(jq -s '[.[] | select(.replay and (.sub |
	startswith("system:serviceaccount:case-identities:")))] | length' "$work/cases.events")" 0
k delete namespace case-identities --wait=false
