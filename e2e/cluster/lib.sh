# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What the scripts of this folder share: names, versions, where things lie. Sourced, not run.

# shellcheck source-path=SCRIPTDIR
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/local/go/bin:/usr/local/sbin:/usr/sbin:/sbin # a CI shell may have less
export LC_ALL=C

WIF_CACHE=${WIF_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/claude-wif}
WIF_RUN=${WIF_RUN:-/run/claude-wif-e2e}
WIF_K8S_VERSION=${WIF_K8S_VERSION:-v1.34.4}
ETCD_VERSION=v3.6.15 HELM_VERSION=v3.22.0 COREDNS_VERSION=v1.15.0
PROMETHEUS_VERSION=v0.316.0 # 3.16, as a Go module

NET=claude-wif-e2e # the CNI network's name, which its iptables rules carry
BRIDGE=wif-e2e0
HOST_IP=10.88.0.1 # the node as pods see it: API server, kubelet and DNS listen here
POD_NET=10.88.0.0/16
SERVICE_NET=10.96.0.0/16
NODE=wif-e2e-node
CGROUP=claude-wif-e2e
API=https://$HOST_IP:6443
PAUSE_IMAGE=docker.io/claude-wif-e2e/pause:1
BUSYBOX_IMAGE=docker.io/claude-wif-e2e/busybox:1

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# A command that fails where nothing says what it means: name the place, never end in silence.
set -E
trap 'say "error: ${BASH_SOURCE[0]##*/}:$LINENO: \"$BASH_COMMAND\" failed"' ERR

# Where program $1 of version $2 is kept.
bin_home() { printf '%s/%s/%s\n' "$WIF_CACHE" "$1" "$2"; }

# The folder of Kubernetes version $1: of all of its programs or, where only those are built, of
# the ones that a cluster without a node has.
k8s_home() {
    local all
    all=$(bin_home k8s "$1")
    if [ -d "$all/bin" ]; then echo "$all"; else bin_home nodeless "$1"; fi
}

# The folders with the programs of Kubernetes version $1 (of `nodeless VERSION`: those that run
# without a node; of helm or promtool: that one alone), one a line.
bin_dirs() {
    local prog
    case $1 in
    helm) bin_home helm "$HELM_VERSION/bin" && return ;;
    promtool) bin_home promtool "$PROMETHEUS_VERSION/bin" && return ;;
    nodeless) echo "$(k8s_home "$2")/bin" && bin_home etcd "$ETCD_VERSION/bin" && return ;;
    esac
    for prog in "k8s $1" "etcd $ETCD_VERSION" "helm $HELM_VERSION" "coredns $COREDNS_VERSION"; do
        # shellcheck disable=SC2086 # two words on purpose
        printf '%s/bin\n' "$(bin_home $prog)"
    done
}

# True when all programs in the folders of bin_dirs $1... are in the cache.
have_binaries() {
    local dir
    while read -r dir; do [ -d "$dir" ] || return 1; done < <(bin_dirs "$@")
}

# Root, and one cluster at a time: hold the lock until this script ends. Daemons close fd 8 (see spawn).
lock_cluster() {
    [ "$(id -u)" = 0 ] || die "not root; a cluster needs namespaces, mounts and iptables"
    mkdir -p /run/lock
    exec 8>"/run/lock/$CGROUP.lock"
    flock -w 600 8 || die "another up, down or restart still holds /run/lock/$CGROUP.lock"
}

# until_true SECONDS WHAT COMMAND...: poll COMMAND until it succeeds. Dies at the deadline, or at
# once when a daemon has ended. For conditions that nothing announces.
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        check_daemons
        [ "$SECONDS" -lt "$deadline" ] || die "$what: not within the time allowed; see $WIF_RUN/log," \
            "then run e2e/cluster/down.sh"
        sleep 0.1
    done
}

# True while process $1 runs. One that has ended but that its parent has not asked about (an init
# may take its time) no longer does.
is_running() { grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"; }

# Wait until process $1, not a child of this shell, has ended; at most $2 seconds.
until_gone() {
    local deadline=$((SECONDS + $2))
    while is_running "$1"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}
