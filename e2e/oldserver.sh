#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The webhook path on the oldest API server that is supported: API server, controller-manager and
# etcd alone, so that no pod runs. The real Helm installs the chart, and wif-controller runs on this
# machine in the place of the Deployment's pods: with its arguments, as its ServiceAccount, at the
# address of its Service.
# usage: e2e/oldserver.sh [VERSION]   (default v1.30.14; KEEP=1 leaves it up)
#
# Ends with one line "N passed, N failed"; exit 1 when anything failed.
set -euo pipefail

# In braces, bash reads it whole: an edit in the meantime changes nothing.
{
here=$(cd "$(dirname "$0")" && pwd)
export WIF_K8S_VERSION=${1:-v1.30.14}
. "$here/lib.sh"
[ "$(id -u)" -eq 0 ] || { echo "oldserver: needs root (network, cgroups); run: sudo make e2e-oldserver" >&2; exit 100; }
k() { (. "$run/env" && exec kubectl "$@"); } # the one of this version
controller_logs() { cat "$work/installed.log"; }
controller_metrics() { curl -sf "http://127.0.0.1:$(controller_port installed metrics)/metrics"; }
helm=$("$root/tools/helm.sh")
h() { HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm "$helm" -n claude-wif-system "$@"; }

# install_chart: and a controller with its config, where its Service is.
install_chart() {
	local ip args
	{
		echo "config:"
		echo "  federations:"
		{ federation default 8443 180 && federation cases 8451 180; } | sed 's/^/  /'
	} >"$work/values.yaml"
	check "oldserver: helm install" h install claude-wif "$root/charts/claude-wif" --create-namespace -f "$work/values.yaml"
	await 30 k -n claude-wif-system get serviceaccount claude-wif
	ip=$(k -n claude-wif-system get service claude-wif -o jsonpath='{.spec.clusterIP}')
	ip address add "$ip/32" dev "$(. "$here/cluster/lib.sh" && echo "$BRIDGE")" # goes with the bridge
	kubeconfig_of claude-wif-system claude-wif >"$work/installed.kubeconfig"
	mapfile -t args < <(k -n claude-wif-system get deployment claude-wif -o json |
		jq -r '.spec.template.spec.containers[0].args[] | select(test("^--(config|listen|metrics-listen)=") | not)')
	controller_start installed "$work/installed.kubeconfig" --listen "$ip:443" "${args[@]}" \
		< <(k -n claude-wif-system get configmap claude-wif-config -o jsonpath='{.data.config\.yaml}')
	check "oldserver: ready: the caBundle in the API verifies its certificate" await 60 \
		curl -sf "http://127.0.0.1:$(controller_port installed metrics)/readyz"
}

# What the version decides: before 1.32 the writer is an ordinary container, and Jobs have none.
case $WIF_K8S_VERSION in
v1.30.* | v1.31.*) form=classic inits=claude-wif-once containers="app claude-wif-writer" of_job=claude-wif-once ;;
*) form=native inits=claude-wif-writer containers=app of_job=claude-wif-writer ;;
esac

# plain_object: a pod that does not ask, as it is stored.
plain_object() {
	k create -f "$root/e2e/apps/plain.yaml" >&2
	k -n restricted get pod plain -o json | undrawn
	k -n restricted delete pod plain >&2
}

# As the API server would store the pod on stdin; what kubectl warns of is in $work/warnings.
dry_run() { k create --dry-run=server -f - -o json 2>"$work/warnings" | undrawn; }

injected_pod() {
	own_namespace case-oldserver
	case_pod case-oldserver web >"$work/web.json"
	answers() { dry_run <"$work/web.json" | our_names | grep .; }
	check "oldserver: the webhook answers" await 30 answers
	is "oldserver: what the controller made of the version" \
		"$(controller_logs | jq -r 'select(.sidecar) | .sidecar' | tail -n 1)" $form
	dry_run <"$work/web.json" >"$work/dry.json"
	k create -f "$work/web.json"
	k -n case-oldserver get pod web -o json | undrawn >"$work/stored.json"
	check "oldserver: stored as the dry run said" cmp "$work/dry.json" "$work/stored.json"
	is "oldserver: init containers" "$(init_names <"$work/stored.json")" $inits
	is "oldserver: containers" "$(jq -r '[.spec.containers[].name] | join(" ")' "$work/stored.json")" "$containers"
	is "oldserver: who reads the credentials" "$(consumer_names <"$work/stored.json")" app
	k -n case-oldserver delete pod web
}

issuer_keys() { # by the rights of the chart's ClusterRole
	local n
	n=$(k get --raw /openid/v1/jwks | jq '.keys | length')
	read_them() { controller_metrics | grep -xF "claude_wif_issuer_keys{state=\"unknown\"} $n"; }
	check "oldserver: the issuer's keys are read" await 30 read_them
}

seen_again() {
	local again
	dry_run <"$work/stored.json" >"$work/again.json"
	check "oldserver: a pod that is injected stays as it is" cmp "$work/stored.json" "$work/again.json"
	again=$(case_pod case-oldserver again '.metadata.labels["e2e-after"] = "append"' | dry_run)
	is "oldserver: another webhook adds a container: reviews" "$(reviews case-oldserver again)" "Injected AlreadyInjected"
	is "oldserver: and ours are there once" "$(our_names <<<"$again")" "$(our_names <"$work/stored.json")"
	check "oldserver: and kubectl warns" grep '^Warning: container added came after the injection' "$work/warnings"
	case_pod case-oldserver slip '.metadata.annotations["wif.anthropic.com/mod"] = "init"' | dry_run >/dev/null
	check "oldserver: kubectl warns of a slip" grep '^Warning: .*wif.anthropic.com/mod' "$work/warnings"
}

injected_job() {
	case_pod case-oldserver job '.spec.restartPolicy = "Never"' |
		jq '{apiVersion: "batch/v1", kind: "Job", metadata: {name: "job", namespace: "case-oldserver"},
			spec: {template: {metadata: {annotations: .metadata.annotations}, spec}}}' | k create -f -
	of_job() { k -n case-oldserver get pods -l job-name=job -o json | jq -e '.items[0]'; }
	check "oldserver: the Job's pod is there" await 30 of_job
	is "oldserver: ours in it" "$(of_job | our_names)" $of_job
	k delete namespace case-oldserver --wait=false
}

others_unseen() {
	local before
	before=$(reviews_counted)
	plain_object >"$work/plain-after.json"
	check "oldserver: a pod that does not ask is byte-equal" cmp "$work/plain-before.json" "$work/plain-after.json"
	case_pod restricted no '.metadata.annotations["wif.anthropic.com/inject"] = "false"' |
		k create --dry-run=server -f -
	is "oldserver: reviews of it, and of one that says no" $(($(reviews_counted) - before)) 0
}

typo_refused() {
	typed() {
		grep -F 'use enabled, observe or disabled' \
			<<<"$(k label namespace restricted wif.anthropic.com/injection=enable "$@" 2>&1)"
	}
	await 30 typed --dry-run=server || true # a new policy counts a little later
	check "oldserver: a typo on a Namespace is refused" typed
}

trap take_down EXIT
trap 'exit 130' INT TERM
say "cluster: components"
"$here/cluster/build.sh" nodeless "$WIF_K8S_VERSION"
say "cluster: up"
"$here/cluster/up.sh" nodeless
rm -rf "$work"
mkdir -p "$work"
: >"$work/results"
"$build/wif-sandbox" keygen --out "$work/keys" --host "$bridge"
other_webhooks_start
k apply -f "$here/apps/namespaces.yaml"
await 30 k -n restricted get serviceaccount default
plain_object >"$work/plain-before.json"
is "oldserver: its version" "$(k version -o json | jq -r .serverVersion.gitVersion)" "$WIF_K8S_VERSION"
install_chart
other_webhooks_install
injected_pod
issuer_keys
seen_again
injected_job
others_unseen
typo_refused
# Of the cases, those that need no pod to run.
for c in levels observe refusals golden; do
	run_one $c
	cat "$work/case-$c.log"
done
check "oldserver: helm uninstall" h uninstall claude-wif
k delete namespace claude-wif-system --wait
is "oldserver: left behind by helm uninstall" "$(left_behind | wc -l)" 0

tally
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
exit
}
