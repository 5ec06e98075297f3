#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bring up a real single-node Kubernetes cluster on this machine, without a container engine.
#
#   e2e/cluster/up.sh             then: . /run/claude-wif-e2e/env; kubectl get pods -A
#   e2e/cluster/up.sh nodeless    etcd, API server and controller-manager: no pod runs
#
# WIF_K8S_VERSION (v1.34.4), WIF_CACHE (~/.cache/claude-wif) and WIF_RUN (/run/claude-wif-e2e)
# choose the version, where programs are kept, and where the cluster lives. down.sh removes it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
K8S=$WIF_K8S_VERSION
case ${1:-} in
'') SET=("$K8S") ;;
nodeless) SET=(nodeless "$K8S") ;;
*) die "up: '$1': say nodeless, or nothing for the whole cluster" ;;
esac
. "$HERE/cgroup.sh"
. "$HERE/daemon.sh"
. "$HERE/host.sh"
. "$HERE/certs.sh"
. "$HERE/images.sh"
. "$HERE/components.sh"

already_up() {
    [ -e "$WIF_RUN/env" ] && [ "$(cat "$WIF_RUN/version")" = "$K8S" ] && [ "${SET[0]}" != nodeless ] &&
        apiserver_ready >/dev/null && node_ready
}

prepare_run_dir() {
    mkdir -p "$WIF_RUN"/{pid,log/pods,pki,conf,etcd,kubelet}
    chmod 700 "$WIF_RUN"
    echo "$K8S" >"$WIF_RUN/version"
    host_save
    host_inotify
}

# The bridge carries the address of API server and DNS, so it comes before the first pod.
prepare_network() {
    echo 1 >/proc/sys/net/ipv4/ip_forward
    # An address of its own: else it takes the lowest of its ports', and with each pod that comes or
    # goes the others may be left with an old one. (The CNI plugin sets it only where it sets the IP.)
    ip link add "$BRIDGE" address 0a:58:0a:58:00:01 type bridge
    ip address add "$HOST_IP/16" dev "$BRIDGE"
    ip link set "$BRIDGE" up
}

write_env() {
    cat >"$WIF_RUN/env.tmp" <<SH
export KUBECONFIG=$WIF_RUN/kubeconfig
export PATH=$(bin_dirs "${SET[@]}" | paste -sd :):\$PATH
SH
    mv "$WIF_RUN/env.tmp" "$WIF_RUN/env"
}

lock_cluster
if already_up; then
    say "cluster: already up, $K8S; . $WIF_RUN/env"
    exit 0
fi
[ ! -e "$WIF_RUN" ] || WIF_LOCKED=1 "$HERE/down.sh" || exit 1 # what an earlier run left
need_packages
"$HERE/build.sh" "${SET[@]}"
need_host

prepare_run_dir
cgroup_make
say "cluster: starting $K8S in $WIF_RUN"
make_certs "$PKI"
prepare_network
start_etcd
start_apiserver
if [ "${SET[0]}" = nodeless ]; then
    until_true 120 "API server" apiserver_ready
    start_controller_manager
    until_true 60 "ServiceAccount default" account_exists
    write_env
    say "cluster: up, without a node; . $WIF_RUN/env"
    exit 0
fi
start_containerd
make_images "$WIF_RUN/images"
until_true 60 containerd containerd_ready
"$HERE/import.sh" "$WIF_RUN/images/pause.tar" "$WIF_RUN/images/busybox.tar"
until_true 120 "API server" apiserver_ready
say "cluster: API server ready"
coredns_rbac | kube apply -f - >/dev/null
start_controller_manager
start_scheduler
start_kubelet
start_kube_proxy
start_coredns
until_true 120 "node $NODE" node_ready
until_true 60 "ServiceAccount default" account_exists
until_true 60 "Service network" service_reachable
until_true 60 DNS dns_answers
write_env
say "cluster: up; . $WIF_RUN/env"
