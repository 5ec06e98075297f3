# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Where pods stand, and what stands between them and the endpoint: under the chart's release, each
# is injected and calls the sandbox. A namespace that enforces Pod Security "restricted"; the user
# that OpenShift draws, with group 0; the host's network; no mount of the ServiceAccount's own
# token; a private CA, and the same endpoint without it; an HTTP proxy. In place of the static
# install; leaves the cluster without one.
set -euo pipefail

. "$root/e2e/helm/lib.sh"
proxy_port=8461

# The federations: as a newcomer has it; through the proxy; and one that does not trust the CA.
{
	echo "config:"
	echo "  federations:"
	{
		federation default 8451 180
		federation proxied 8451 180
		printf '    proxy: {https: "http://%s:%s"}\n' "$bridge" $proxy_port
		federation untrusting 8451 180 | sed '/caBundle:/,$d'
	} | sed 's/^/  /'
} >"$work/placements.yaml"
: >"$work/placements.connects"
setpriv --pdeathsig TERM /usr/bin/python3 "$root/e2e/proxy.py" "$bridge" $proxy_port "$bridge" \
	"$work/placements.connects" >"$work/proxy.log" 2>&1 </dev/null &
echo $! >"$work/proxy.pid"
await 10 curl -s "http://$bridge:$proxy_port/"

k delete -k "$work/install" --ignore-not-found --wait >/dev/null 2>&1
check "placements: helm install" quietly h install claude-wif "$chart" --create-namespace -f "$work/placements.yaml" \
	--wait --timeout 3m
own_namespace case-placements pod-security.kubernetes.io/enforce=restricted
own_namespace case-placements-host
placed() { # NAMESPACE NAME [FILTER]
	a_pod "$1" "$2" | jq "${3:-.}" | k create -f -
}
federated() { printf '.metadata.annotations["wif.anthropic.com/federation"] = "%s"' "$1"; }
placed case-placements restricted
placed case-placements openshift '.spec.securityContext += {runAsUser: 1000660000, runAsGroup: 0, fsGroup: 1000660000}'
placed case-placements no-automount '.spec.automountServiceAccountToken = false'
placed case-placements proxied "$(federated proxied)"
placed case-placements untrusting "$(federated untrusting)"
placed case-placements-host host-network '.spec.hostNetwork = true | .spec.dnsPolicy = "ClusterFirstWithHostNet"'

of() { k -n "$1" get pod "$2" -o jsonpath="{$3}"; }
for p in case-placements/{restricted,openshift,no-automount,proxied} case-placements-host/host-network; do
	ns=${p%/*} name=${p#*/}
	check "placements: $name: a call is answered" await 120 called "$ns" "$name" -c app
	is "placements: $name: restarts of the writer" "$(restarts "$ns" "$name" claude-wif-writer)" 0
	is "placements: $name: a writer of its own image" "$(of "$ns" "$name" '.spec.initContainers[*].name')" claude-wif-writer
done
uid_gid() { awk '/^[UG]id:/ { print $3 }' "/proc/$(container_pid "$1" "$2" claude-wif-writer)/status" | xargs; }
is "placements: openshift: uid and gid of the writer" "$(uid_gid case-placements openshift)" "1000660000 0"
is "placements: host-network: address" "$(of case-placements-host host-network .status.podIP)" \
	"$(of case-placements-host host-network .status.hostIP)"
tokens_mounted() {
	k -n case-placements get pod no-automount -o json | jq '[(.spec.initContainers[], .spec.containers[]) |
		.volumeMounts[]? | select(.mountPath == "/var/run/secrets/kubernetes.io/serviceaccount")] | length'
}
is "placements: no-automount: mounts of the ServiceAccount's own token" "$(tokens_mounted)" 0
at_least "placements: proxied: tunnels to the endpoint" \
	"$(grep -c '^CONNECT sandbox.claude-wif.test:8451$' "$work/placements.connects")" 1

# The CA is what lets the others in: without it nothing is sent, and the pod says why it waits.
unreached() {
	k -n case-placements describe pod untrusting | grep -F 'WriterUnreached'
}
check "placements: without the private CA: describe says so" await 60 unreached
k -n case-placements describe pod untrusting | grep -F WriterUnreached | tail -n 1
is "placements: without the private CA: the application has not started" \
	"$(k -n case-placements get pod untrusting -o json | jq -r '.status.containerStatuses[0].state | keys[0]')" waiting

check "placements: uninstall" quietly h uninstall claude-wif --wait --timeout 2m
k delete namespace $system --wait >/dev/null
is "placements: left behind" "$(left_behind | wc -l)" 0
sandbox_stop proxy
k delete namespace case-placements case-placements-host --wait=false >/dev/null
