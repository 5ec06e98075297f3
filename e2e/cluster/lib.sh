# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts of this folder share: names, versions, where things lie. Sourced, not run.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WIF_CACHE=${WIF_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/claude-wif}
WIF_K8S_VERSION=${WIF_K8S_VERSION:-v1.34.4}
ETCD_VERSION=v3.6.15 HELM_VERSION=v3.22.0 COREDNS_VERSION=v1.15.0
GO_VERSION=1.26.0 # the least that every version above builds with

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# Where program $1 of version $2 is kept.
bin_home() { printf '%s/%s/%s\n' "$WIF_CACHE" "$1" "$2"; }

# True when all programs of Kubernetes version $1 are in the cache.
have_binaries() {
    [ -d "$(bin_home k8s "$1")/bin" ] && [ -d "$(bin_home etcd $ETCD_VERSION)/bin" ] &&
        [ -d "$(bin_home helm $HELM_VERSION)/bin" ] && [ -d "$(bin_home coredns $COREDNS_VERSION)/bin" ]
}

need_go() { command -v go >/dev/null || die "no go"; }
