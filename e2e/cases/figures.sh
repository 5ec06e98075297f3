# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# claude_wif_pods, as every replica counts: an injected pod, one with a key, and two that are older
# than their namespace's label.
set -euo pipefail

ns=case-figures
# The figures of this namespace by each replica, less what all of their lines begin with, and how many replicas answer.
figures() {
	local ip
	for ip in $(k -n claude-wif-system get pods -l app.kubernetes.io/name=claude-wif -o jsonpath='{.items[*].status.podIP}'); do
		curl -sf "http://$ip:8080/metrics" | sed -n "s/^claude_wif_pods{namespace=\"$ns\",state=\(.*\)/\1/p; s/^claude_wif_build_info.*/replica/p"
	done | sort | uniq -c | awk '{ $1 = $1; print }' | paste -sd ' '
}
figures_are() { [ "$(figures)" = "$1" ]; }
bare='del(.metadata.annotations)'

own_namespace $ns
case_pod $ns new | k create -f -
case_pod $ns old "$bare" | k create -f -
case_pod $ns key "$bare | .spec.containers[0].env += [{name: \"ANTHROPIC_API_KEY\", value: \"k\"}]" | k create -f -
check "figures: both replicas, before the label" await 60 figures_are '2 "injected"} 1 2 "static-key"} 1 2 replica'
k label namespace $ns wif.anthropic.com/injection=enabled
check "figures: and after it" await 30 figures_are '2 "injected"} 1 2 "missing"} 2 2 replica'
say "figures: $(figures)"
k -n $ns delete pod new old key --wait=false
check "figures: pods that are gone" await 90 figures_are '2 replica'
say "figures: $(figures)"
k delete namespace $ns --wait=false
