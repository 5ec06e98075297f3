# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Webhooks that run on this machine, not in a pod: controllers of ours and e2e/webhook.py, other
# people's. Sourced by e2e/lib.sh.

# federation NAME PORT LIFETIME [HOST]: an entry of the operator's federations.
federation() {
	cat <<YAML
  $1:
    organizationId: $organization
    federationRuleId: $rule
    serviceAccountId: $account
    audience: $audience
    baseUrl: https://${4:-sandbox.claude-wif.test}:$2
    tokenLifetimeSeconds: $3
    caBundle: |
$(sed 's/^/      /' "$work/keys/ca.crt")
YAML
}

# kubeconfig_of NAMESPACE SERVICEACCOUNT: what that one may do, as a kubeconfig.
kubeconfig_of() {
	k config view --raw -o json | jq --arg t "$(k -n "$1" create token "$2")" '.users[0].user = {token: $t}'
}

# controller_start NAME KUBECONFIG OPTION...: a controller with the config on stdin, until
# `sandbox_stop NAME`; what it says is in NAME.log. However this shell ends, it ends with it: so no
# pipe for the config, whose shell ends at once.
controller_start() {
	local name=$1 kubeconfig=$2
	shift 2
	rm -f "$work/$name.ports"
	cat >"$work/$name.yaml"
	setpriv --pdeathsig TERM "$build/wif-controller" --config "$work/$name.yaml" --kubeconfig "$kubeconfig" \
		--metrics-listen 127.0.0.1:0 --port-file "$work/$name.ports" "$@" >>"$work/$name.log" 2>&1 </dev/null &
	echo $! >"$work/$name.pid"
	await 30 test -s "$work/$name.ports" || { tail -n 1 "$work/$name.log" >&2; return 1; }
}
# controller_port NAME listen|metrics
controller_port() { awk -v which="$2" '$1 == which { print $2 }' "$work/$1.ports"; }
# With these options it listens on the bridge, by the test's own certificate, and ends at once.
on_bridge=(--tls-cert "$work/keys/tls.crt" --tls-key "$work/keys/tls.key" --listen "$bridge:0" --drain 0)

# webhook_entry NAME URL SELECTOR: an entry of a MutatingWebhookConfiguration.
webhook_entry() {
	cat <<YAML
- name: $1
  admissionReviewVersions: [v1]
  clientConfig: {url: "$2", caBundle: $(base64 -w 0 "$work/keys/ca.crt")}
  rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
  $3
  reinvocationPolicy: IfNeeded
  sideEffects: NoneOnDryRun
YAML
}
# webhook_object NAME: a MutatingWebhookConfiguration; its entries on stdin.
webhook_object() {
	printf 'apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n'
	printf 'metadata: {name: %s}\nwebhooks:\n' "$1"
	cat
}

# e2e/webhook.py, stopped as the sandboxes are.
others_port=8460
other_webhooks_start() {
	setpriv --pdeathsig TERM /usr/bin/python3 "$root/e2e/webhook.py" "$bridge" $others_port "$work/keys/tls.crt" \
		"$work/keys/tls.key" "$work/others.events" >>"$work/others.log" 2>&1 </dev/null &
	echo $! >"$work/others.pid"
	await 10 curl -sk "https://$bridge:$others_port/" || { tail -n 1 "$work/others.log" >&2 && return 1; }
}
# Others' webhooks are called before and after ours: the API server takes configurations by name.
# A pod says by a label, e2e-before or e2e-after, which of them it wants.
other_webhooks_install() {
	local when role
	for when in before:aaa after:zzz; do
		for role in append mesh shuffle tamper; do
			webhook_entry "$role.${when%:*}.e2e.test" "https://$bridge:$others_port/${when%:*}/$role" \
				"objectSelector: {matchLabels: {e2e-${when%:*}: $role}}"
		done | webhook_object "${when#*:}-others" | k apply -f -
	done
}
