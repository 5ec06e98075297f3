# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# claude_wif_pods, as every replica counts: an injected pod, one with a key, and two that are older
# than their namespace's label. And a writer that is killed: counted by both, told by one.
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

# The figure is of the whole cluster, and other cases may kill writers too.
ends() { controller_metrics | sed -n 's/^claude_wif_writer_terminations_total{reason="Error"} //p' | sort -n; }
before=$(ends | tail -n 1)
case_pod $ns killed | deployment | k create -f -
writer() { container_pid $ns "$(pod $ns killed)" claude-wif-writer; }
runs() { [ -n "$(writer)" ]; }
check "figures: a writer runs" await 60 runs
kill -9 "$(writer)"
both_end() { [ "$(ends | awk -v before="$before" '$1 > before' | wc -l)" = 2 ]; }
check "figures: both replicas count its end" await 30 both_end
told() {
	k -n $ns get events -o json | jq -r '.items[] | select(.source.component == "claude-wif") |
		"\(.involvedObject.kind) \(.reason) \(.count) \(.message)"'
}
is_told() { [[ "$(told)" = "ReplicaSet Error 1 pod killed-"*": container claude-wif-writer ended with exit code 137: Error" ]]; }
check "figures: one Event on the ReplicaSet says so" await 30 is_told
told
k delete namespace $ns --wait=false
