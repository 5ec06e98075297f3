# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the cases that install the chart by the real Helm. Sourced, after e2e/lib.sh and
# e2e/install.sh.

chart=$root/charts/claude-wif
system=claude-wif-system
mkdir -p "$work/helm"
export HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm
helm=$("$root/tools/helm.sh")
h() { "$helm" --namespace $system "$@"; }
quietly() { "$@" >"$work/helm/quiet" 2>&1 || { tail -n 5 "$work/helm/quiet"; return 1; }; }

# What a newcomer writes: one federation.
values=$work/helm/values.yaml
{
	echo "config:"
	echo "  federations:"
	federation default 8451 180 | sed 's/^/  /'
} >"$values"
# a_pod NAMESPACE NAME: a pod that asks for it without its name, and calls once.
a_pod() { case_pod "$1" "$2" "$calls_once"' | del(.metadata.annotations["wif.anthropic.com/federation"])'; }

controllers() { k -n $system get pods -l app.kubernetes.io/name=claude-wif -o json; }
ready() { controllers | jq '[.items[].status.conditions[]? | select(.type == "Ready" and .status == "True")] | length'; }
tls_of() { # one replica, or the Secret: the digest of its certificate
	case $1 in
	secret) k -n $system get secret claude-wif-tls -o jsonpath='{.data.tls\.crt}' | base64 -d ;;
	*) openssl s_client -connect "$1:8443" </dev/null 2>/dev/null ;;
	esac | openssl x509 -noout -fingerprint
}
made_again() { # OLD: every replica serves the certificate of the Secret, and it is not OLD
	local ip new
	new=$(tls_of secret) && [ "$new" != "$1" ] || return 1
	for ip in $(controllers | jq -r '.items[].status.podIP'); do [ "$(tls_of "$ip")" = "$new" ] || return 1; done
}
