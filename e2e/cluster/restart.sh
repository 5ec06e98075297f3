#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Stop one daemon of the running cluster, start it again and wait until it is ready.
#
#   e2e/cluster/restart.sh kubelet|apiserver
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -e "$WIF_RUN/env" ] || die "restart: no cluster in $WIF_RUN; run e2e/cluster/up.sh"
K8S=$(cat "$WIF_RUN/version") # as it was brought up, not as the environment says now
. "$HERE/cgroup.sh"
. "$HERE/daemon.sh"
. "$HERE/components.sh"

lock_cluster
case ${1:-} in
kubelet | apiserver)
    stop_daemon "$1"
    "start_$1"
    until_true 120 "$1" "$1_ready"
    until_true 120 "node $NODE" node_ready
    ;;
*) die "restart: '${1:-}': use kubelet or apiserver" ;;
esac
say "cluster: $1 restarted"
