# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The keys of the cluster's issuer, as both replicas read them by their ClusterRole: before the config
# says anything, with the real kids in it, and with a false one. The ConfigMap is changed under the
# running controllers; what they inject, and the config's hash, stay as they are.
set -euo pipefail

kids=$(k get --raw /openid/v1/jwks | jq -c '[.keys[].kid]')
n=$(jq length <<<"$kids")
before=$(k -n claude-wif-system get configmap claude-wif-config -o jsonpath='{.data.config\.yaml}')
configure() { # TEXT: the config from now on
	k -n claude-wif-system patch configmap claude-wif-config --type=merge \
		-p "$(jq -n --arg text "$1" '{data: {"config.yaml": $text}}')"
}
keys_are() { # STATE COUNT: both replicas say so
	[ "$(controller_metrics | grep -cxF "claude_wif_issuer_keys{state=\"$1\"} $2")" = 2 ]
}
told() { # MSG KID: a log line of that message has the kid among its keys
	controller_logs | jq -e -s --arg msg "$1" --arg kid "$2" \
		'any(.[]; .msg == $msg and (.keys | index($kid)))' >/dev/null
}

say "issuer: $kids"
at_least "issuer: keys that the API server serves" "$n" 1
check "issuer: they are read, and nothing is said of them" await 90 keys_are unknown "$n"
configure "$before"$'\n'"issuer: {registeredKeys: $kids}"
check "issuer: the real ones are registered" await 150 keys_are registered "$n"
check "issuer: and none is not" keys_are unregistered 0
configure "$before"$'\n''issuer: {registeredKeys: ["not-a-key-of-ours"]}'
check "issuer: with a false one, the real ones are not" await 150 keys_are unregistered "$n"
check "issuer: and it is not served" keys_are unserved 1
check "issuer: the log names the key to register" told "keys of the issuer are not registered" "$(jq -r '.[0]' <<<"$kids")"
check "issuer: and the one that is not served" told "registered keys are not served" not-a-key-of-ours
is "issuer: hashes of the configs" "$(controller_logs |
	jq -s '[.[] | select(.msg == "config in force").hash] | unique | length')" 1
configure "$before"
check "issuer: as before" await 150 keys_are unknown "$n"
