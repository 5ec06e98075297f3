# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A stand-in for a mesh (e2e/webhook.py): its init container takes all egress away, its native
# sidecar gives it back after a while. Injected before ours and after ours, the pod starts: the
# writer stands directly after the sidecar.
set -euo pipefail

own_namespace case-mesh
for when in before after; do
	case_pod case-mesh "mesh-$when" ".metadata.labels[\"e2e-$when\"] = \"mesh\" | $calls_once" | k create -f -
done
# An init container that stands before the mesh's cannot have what the writer brings after it.
sooner='.spec.initContainers = [.spec.containers[0] | .name = "sooner" | .command = ["/bin/true"]]'
case_pod case-mesh mesh-init ".metadata.labels[\"e2e-before\"] = \"mesh\" | $sooner" |
	k create --dry-run=server -o json -f - 2>"$work/mesh-init.warnings" >"$work/mesh-init.json"
is "mesh: an init container before the mesh: gets credentials" "$(consumer_names <"$work/mesh-init.json")" app
check "mesh: an init container before the mesh: kubectl warns" \
	grep 'init container sooner runs before the mesh' "$work/mesh-init.warnings"

for when in before after; do
	p=mesh-$when
	check "mesh: $when: the pod starts" k -n case-mesh wait "pod/$p" --for=condition=Ready --timeout=240s
	k -n case-mesh get pod "$p" -o json >"$work/$p.json"
	is "mesh: $when: order" "$(init_names <"$work/$p.json")" "istio-init istio-proxy claude-wif-writer"
	is "mesh: $when: gets credentials" "$(consumer_names <"$work/$p.json")" app
	say "mesh: $when: reviews: $(reviews case-mesh "$p")"
	check "mesh: $when: egress was blocked" grep -q -- '-P OUTPUT DROP' <(k -n case-mesh logs "$p" -c istio-init)
	is "mesh: $when: until the mesh was ready" "$(k -n case-mesh logs "$p" -c istio-proxy | tail -n 1)" open
	is "mesh: $when: restarts of the mesh and the writer" \
		"$(restarts case-mesh "$p" istio-proxy) $(restarts case-mesh "$p" claude-wif-writer)" "0 0"
	check "mesh: $when: a call is answered" await 180 called case-mesh "$p" -c app
done
k delete namespace case-mesh --wait=false
