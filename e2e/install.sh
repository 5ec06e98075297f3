# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Install claude-wif into the test cluster from manifests/, with the test's own config, and
# the namespaces of the cases. Sourced by e2e/run.sh.

k apply -f "$root/e2e/apps/namespaces.yaml"
for ns in restricted baseline; do
	k -n "$ns" create configmap sandbox-ca --from-file=ca.crt="$work/keys/ca.crt"
	await 30 k -n "$ns" get serviceaccount default
done

# The object of (d) as the API server stores it, less what it draws anew each time.
plain_object() {
	k -n restricted wait pod/plain --for=condition=Ready --timeout=60s >/dev/null
	k -n restricted get pod plain -o json | undrawn
}
k apply -f "$root/e2e/apps/plain.yaml"
plain_object >"$work/plain-before.json"
k -n restricted delete pod plain

mkdir -p "$work/install"
cp "$root"/manifests/*.yaml "$work/install/"
{
	echo "federations:"
	federation default 8443 180
	federation long 8444 3600
	federation flaky 8445 180
	federation jobs 8446 600
	federation throttled 8447 600
	federation hanging 8452 600
	federation resetting 8453 600
	federation failing 8454 600
	federation outage 8448 600 outage.restricted.svc.cluster.local
	federation archived 8449 180
	federation restarts 8450 180
	federation cases 8451 180
	echo "writer: {image: claude-wif/writer:${VERSION:-0.1.0}, imagePullPolicy: IfNotPresent}"
} >"$work/install/config.yaml"
# Ready pods are not yet a Service that answers: kube-proxy follows a little later.
webhook_answers() {
	case_pod restricted probe | k create --dry-run=server -f - -o json | our_names | grep claude-wif-writer
}
# Where it is already, this does nothing: the case `helm` leaves the cluster without it.
install_it() {
	k apply -k "$work/install"
	k -n claude-wif-system rollout status deployment/claude-wif --timeout=120s
	await 30 webhook_answers || { echo "e2e: the webhook does not answer" >&2; webhook_answers || true; return 1; }
}
install_it

other_webhooks_install
