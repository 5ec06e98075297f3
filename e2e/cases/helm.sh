# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The chart, by the real Helm, in place of the static install: what is left of that one (nothing),
# values that are refused, what a newcomer types and how long it takes, upgrade, rollback, a Secret
# that someone empties, a config that only the controller can judge, both replicas down, and
# uninstall. Other cases must not need the webhook meanwhile, nor the install afterwards.
set -euo pipefail

. "$root/e2e/helm/lib.sh"
here=$root/e2e/helm

nothing_left() { is "helm: left behind by $1" "$(left_behind | wc -l)" 0; }

say "the static install goes"
k delete -k "$work/install" --wait >/dev/null
nothing_left "kubectl delete -k"

# --- alerts -----------------------------------------------------------------------------------

"$root/e2e/cluster/build.sh" promtool
promtool() {
	"$cache/promtool/$(. "$root/e2e/cluster/lib.sh" && echo "$PROMETHEUS_VERSION")/bin/promtool" "$@"
}
cp "$chart/files/alerts.yaml" "$here/alerts-test.yaml" "$work/helm/"
check "helm: promtool reads the alerts" promtool check rules "$work/helm/alerts.yaml"
check "helm: each alert fires when it should" promtool test rules "$work/helm/alerts-test.yaml"
each_alert() { [ "$(sed -n 's/.*- alert: //p' "$chart/files/alerts.yaml" | sort)" = \
	"$(sed -n 's/^        alertname: //p' "$here/alerts-test.yaml" | sort)" ]; }
check "helm: each alert has a test" each_alert
jq '{groups: [{name: "dashboard", rules: [.panels[].targets[].expr | gsub("\\$__rate_interval"; "5m") |
	{record: "panel:expression", expr: ., labels: {is: .}}]}]}' \
	"$chart/files/dashboard.json" >"$work/helm/dashboard.yaml"
check "helm: promtool reads the dashboard's expressions" promtool check rules "$work/helm/dashboard.yaml"

# --- what renders, against the real schemas ---------------------------------------------------

k create namespace ns
crds=()
while read -r file; do crds+=(-f "$file"); done < <("$here/crds.sh")
k apply --server-side "${crds[@]}" >/dev/null
k wait --for=condition=Established "${crds[@]}" --timeout=30s >/dev/null
accepts() { # CASE: the API server takes all that it renders
	"$helm" template claude-wif "$chart" -n ns --kube-version "${WIF_K8S_VERSION:-v1.34.4}" -f "$root/tests/data/chart/$1/values.yaml" |
		k create --dry-run=server -f - >"$work/helm/$1.log" 2>&1 || { tail -n 3 "$work/helm/$1.log"; return 1; }
}
for dir in "$root"/tests/data/chart/*/; do
	name=$(basename "$dir")
	[ ! -e "$dir/want" ] || check "helm: the API server takes $name" accepts "$name"
done
k delete namespace ns --wait >/dev/null

# --- values -----------------------------------------------------------------------------------

refuses() { # NAME TEXT OPTION...
	local name=$1 text=$2
	shift 2
	if h install claude-wif "$chart" --create-namespace -f "$values" "$@" >"$work/helm/out" 2>&1; then
		not_ok "helm: $name was installed"
	else
		check "helm: $name is refused with the key's name" grep -F -e "$text" "$work/helm/out"
	fi
}
refuses "a wrong type" "/replicaCount': got string, want integer" --set-string replicaCount=2
refuses "an unknown key" "'replicas' not allowed" --set replicas=2
refuses "an unknown federation field" "'organisationId' not allowed" \
	--set config.federations.default.organisationId=x
refuses "no federation" "at '/config/federations'" --set config.federations=null
is "helm: releases after refusals" "$(h list -A -q | wc -l)" 0
nothing_left "refusals"

# --- tls.mode cert-manager: its real CRDs; the Secret made and swapped as cert-manager would --------

pair() { # NAME: a leaf of the CA in $work/helm
	local file=$work/helm/$1 host=claude-wif.$system.svc
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$file.key" -out "$file.csr"
	openssl x509 -req -in "$file.csr" -CA "$work/helm/ca.crt" -CAkey "$work/helm/ca.key" -days 2 \
		-CAcreateserial -extfile <(echo "subjectAltName=DNS:$host") -out "$file.crt"
}
secret() { # NAME: the pair NAME in the Secret that the Certificate names
	k -n $system create secret tls claude-wif-cert --cert="$work/helm/$1.crt" --key="$work/helm/$1.key" \
		--dry-run=client -o json | k apply --server-side -f - >/dev/null
}
served() { # NAME: by every replica
	local ip
	for ip in $(controllers | jq -r '.items[].status.podIP'); do
		openssl s_client -connect "$ip:8443" </dev/null 2>/dev/null | grep -q "^subject=CN = $1\$" || return 1
	done
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca \
	-keyout "$work/helm/ca.key" -out "$work/helm/ca.crt" 2>/dev/null
pair first 2>/dev/null
pair second 2>/dev/null
check "helm: install with cert-manager" quietly h install claude-wif "$chart" --create-namespace -f "$values" \
	--set tls.mode=cert-manager
secret first
check "helm: its pods wait for the Secret" k -n $system rollout status deployment/claude-wif --timeout=120s
check "helm: they serve it" await 30 served first
secret second
check "helm: they serve the renewed one" await 150 served second
is "helm: restarts by the renewal" "$(controllers | jq '[.items[].status.containerStatuses[].restartCount] | add')" 0
check "helm: uninstall with cert-manager" quietly h uninstall claude-wif --wait --timeout 2m
k delete namespace $system --wait >/dev/null
nothing_left "helm uninstall with cert-manager"
k delete "${crds[@]}" --wait >/dev/null

# --- what a newcomer types --------------------------------------------------------------------

own_namespace case-helm
a_pod case-helm first >"$work/helm/first.json"
typed=0
type_it() {
	typed=$((typed + 1))
	say "\$ $*"
	"$@"
}
began=$(now_ms)
type_it h install claude-wif "$chart" --create-namespace -f "$values" --wait --timeout 3m
installed=$(now_ms)
type_it k apply -f "$work/helm/first.json"
type_it k -n case-helm wait pod/first --for=condition=Ready --timeout=120s
check "helm: the first pod has called" await 60 called case-helm first
say "helm: helm install to ready $((installed - began)) ms, to the first call $(($(now_ms) - began)) ms"
at_most "helm: commands a newcomer types" $typed 4
notes() { h get notes claude-wif | grep -qF 'rollout status deployment/claude-wif'; }
check "helm: NOTES say the next command" notes

# --- upgrade, rollback and a lost certificate, while pods are made -----------------------------
#
# The upgrade changes what is injected, so replicas of two configs answer for the same pods.

# Each webhook's caBundle: how long it is, and its digest.
ca_bundle() {
	k get mutatingwebhookconfiguration claude-wif -o json |
		jq -r '.webhooks[].clientConfig.caBundle' | sed 's/^null$//' >"$work/helm/ca"
	echo "$(wc -c <"$work/helm/ca") bytes, $(sha256sum <"$work/helm/ca" | cut -c 1-12)"
}
field() { k get mutatingwebhookconfiguration claude-wif -o "jsonpath={.webhooks[0].$1}"; }
injected() { # a pod that asks is injected; nothing is stored
	jq '.metadata.name = "probe"' "$work/helm/first.json" | k create --dry-run=server -f - -o json |
		jq -e '.spec.initContainers[0].name == "claude-wif-writer"' >/dev/null
}
ask_on() { # one pod after another until the file goes; each answer is a line
	local why
	while [ -e "$work/helm/asking" ]; do
		if why=$(injected 2>&1); then echo ok; else echo "failed: $why"; fi >>"$work/helm/asked"
	done
}
before=$(ca_bundle)
at_least "helm: caBundle is there" "${before%% *}" 300
# Of each webhook the controller owns the caBundle, and the name as the list's key.
is "helm: fields that the controller owns" "$(k get mutatingwebhookconfiguration claude-wif -o json --show-managed-fields |
	jq -r '[.metadata.managedFields[] | select(.manager == "wif-controller") | .fieldsV1 | paths(. == {}) |
		map(select(startswith("k:") | not)) | join(" ")] | unique | join(", ")')" \
	"f:webhooks ., f:webhooks f:clientConfig f:caBundle, f:webhooks f:name"
: >"$work/helm/asking"
ask_on & asker=$!
k label namespace $system pod-security.kubernetes.io/enforce=restricted >/dev/null
check "helm: upgrade, in a restricted namespace" quietly h upgrade claude-wif "$chart" -f "$values" --wait --timeout 3m \
	--set webhook.timeoutSeconds=7 --set config.federations.default.tokenLifetimeSeconds=200
is "helm: timeoutSeconds after the upgrade" "$(field timeoutSeconds)" 7
is "helm: caBundle kept by the upgrade" "$(ca_bundle)" "$before"
check "helm: rollback" quietly h rollback claude-wif 1 --wait --timeout 3m
is "helm: timeoutSeconds after the rollback" "$(field timeoutSeconds)" 5
is "helm: caBundle kept by the rollback" "$(ca_bundle)" "$before"
old=$(tls_of secret)
k -n $system patch secret claude-wif-tls --type=json -p '[{"op": "remove", "path": "/data"}]' >/dev/null
check "helm: a Secret that was emptied is made again, and every replica serves it" await 150 made_again "$old"
rm "$work/helm/asking"
wait $asker
is "helm: failed admissions meanwhile" "$(grep -c '^failed' "$work/helm/asked" || true)" 0
grep -A 3 '^failed' "$work/helm/asked" | head -n 20 || true
at_least "helm: admissions meanwhile" "$(grep -c '^ok' "$work/helm/asked")" 5

# --- a config that only the controller can judge ----------------------------------------------

last_line() { # of the pod that does not start
	controllers | jq -r '[.items[].status.containerStatuses[0] | (.lastState.terminated, .state.terminated) |
		select(.) | .message // empty] | unique | .[]'
}
h upgrade claude-wif "$chart" -f "$values" \
	--set-json 'config.policy=[{"namespaces":["a"],"federations":["nobody"]}]' >/dev/null
await 60 eval '[ -n "$(last_line)" ]' || true
say "$(last_line)"
is "helm: lines that it says" "$(last_line | grep -c nobody)" 1
is "helm: pods that serve on" "$(ready)" 2
check "helm: they inject" injected
check "helm: rollback from it" quietly h rollback claude-wif 3 --wait --timeout 3m

# --- a uid that OpenShift draws ----------------------------------------------------------------

k -n $system patch deployment/claude-wif -p '{"spec":{"template":{"spec":{"securityContext":
	{"runAsUser":1000660000,"runAsGroup":0,"fsGroup":1000660000}}}}}'
check "helm: runs as any uid, in group 0" k -n $system rollout status deployment/claude-wif --timeout=120s
check "helm: and injects" await 30 injected

# --- both replicas down (e2e/cases/down.sh has the pods) --------------------------------------

k -n $system scale deployment/claude-wif --replicas=0
await 60 eval '[ "$(controllers | jq ".items | length")" = 0 ]'
out=$(k label namespace case-helm wif.anthropic.com/injection=enable 2>&1) && not_ok "helm: a typo was taken"
say "$out"
check "helm: a typo on a Namespace is refused with no replica up" grep -qF 'use enabled, observe or disabled' <<<"$out"
k -n $system scale deployment/claude-wif --replicas=2
check "helm: and pods are injected" await 60 injected

# --- uninstall --------------------------------------------------------------------------------

check "helm: uninstall" quietly h uninstall claude-wif --wait --timeout 2m
check "helm: the running pod still calls" k -n case-helm exec first -c app -- python3 call.py once
k delete namespace $system --wait >/dev/null
left_behind
nothing_left "helm uninstall"
k delete namespace case-helm --wait=false >/dev/null
