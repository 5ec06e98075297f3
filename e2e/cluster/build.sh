#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Build the programs of a real cluster from the Go module proxy.
#
#   e2e/cluster/build.sh [VERSION]             VERSION: v1.34.4 (default), v1.37.2, ...
#   e2e/cluster/build.sh nodeless [VERSION]    what runs without a node: API server,
#                                              controller-manager, kubectl, etcd
#   e2e/cluster/build.sh helm|promtool         that program alone
#
# They land in $WIF_CACHE (default ~/.cache/claude-wif), one folder per program and version:
# k8s/VERSION/bin, nodeless/..., etcd/..., helm/..., coredns/..., promtool/... . A folder appears by one
# rename when all of it is built, so what exists is whole and a second run has nothing to do.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
helm | promtool) SET=("$1") K8S=$1 ;;
nodeless) K8S=${2:-$WIF_K8S_VERSION} SET=(nodeless "$K8S") ;;
*) K8S=${1:-$WIF_K8S_VERSION} SET=("$K8S") ;;
esac
case $K8S in
v1.[0-9]*.[0-9]* | helm | promtool) ;;
*) die "build: '$K8S' is not a Kubernetes version; use one like v1.34.4" ;;
esac
STAGING=v0.${K8S#v1.} # client-go and its siblings carry the same numbers under major 0

# Any go that can fetch the toolchain which a module asks for (1.21 or later) will do.
need_go() {
    command -v go >/dev/null ||
        die "build: no go on PATH; install Go 1.26 or later (Debian 12's golang is too old)"
    case $(go version) in
    *' go1.'[0-9].* | *' go1.1'[0-9]* | *' go1.20'*)
        die "build: $(go version | cut -d ' ' -f 3) is too old; install Go 1.26 or later"
        ;;
    esac
    export GOTOOLCHAIN=auto
}

# The folder in which module $1 at version $2 was unpacked.
module_dir() {
    local json
    json=$(go mod download -json "$1@$2") ||
        die "build: unable to download $1@$2: $(sed -n 's/.*"Error": "\(.*\)",\{0,1\}$/\1/p' <<<"$json"); is GOPROXY right?"
    sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p' <<<"$json"
}

# Make folder $1 a module that requires $2@$3 with the very dependency versions which its authors
# tested: their go.mod and go.sum, where a replacement by a path of their checkout becomes version
# $4 of the published module, or nothing when $4 is empty. No `go mod tidy` is needed then: it
# would download what only the tests of the dependencies use.
adopt_module() {
    local work=$1 mod=$2 ver=$3 siblings=$4 dir
    dir=$(module_dir "$mod" "$ver")
    awk -v prog="${mod##*/}" -v mod="$mod" -v ver="$ver" -v siblings="$siblings" '
        $1 == "module" { print "module wif.invalid/" prog; next }
        / => \.\.?\// { if (siblings != "") { sub(/ => .*/, ""); n = $NF; print "\t" n " => " n " " siblings }; next }
        { print }
        END { print "require " mod " " ver }' "$dir/go.mod" >"$work/go.mod"
    cp "$dir/go.sum" "$work/go.sum"
    chmod u+w "$work/go.sum"
}

# build_into DIR MODULE VERSION SIBLINGS LDFLAGS PACKAGE...: the programs of PACKAGE... in DIR/bin.
build_into() {
    local final=$1 mod=$2 ver=$3 siblings=$4 ldflags=$5 work
    shift 5
    [ ! -d "$final/bin" ] || return 0
    say "build: $mod $ver"
    mkdir -p "$final"
    work=$(mktemp -d "$final/.build.XXXXXX")
    WORK+=("$work")
    mkdir "$work/bin" "$work/src"
    adopt_module "$work/src" "$mod" "$ver" "$siblings"
    case $mod in *coredns) coredns_main "$work/src" ;; esac
    (cd "$work/src" && CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags "-s -w $ldflags" \
        -o "$work/bin/" "$@") >"$work/log" 2>&1 ||
        die "build: $mod $ver did not build: $(grep -v '^go: downloading' "$work/log" | tail -n 3 | tr '\n' ' ')"
    # go names a program after its package: the root package of etcd is .../server/v3
    [ ! -e "$work/bin/server" ] || mv "$work/bin/server" "$work/bin/etcd"
    mv "$work/bin" "$final/bin"
}

# A coredns of the plugins that this cluster uses: the stock one links every cloud's SDK, which
# takes longer to build than all the rest of it.
coredns_main() {
    cat >"$1/main.go" <<'GO'
package main

import (
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() { coremain.Run() }
GO
}

WORK=()
cleanup() { [ ${#WORK[@]} -eq 0 ] || rm -rf "${WORK[@]}"; }
trap cleanup EXIT

build_helm() {
    build_into "$(bin_home helm "$HELM_VERSION")" helm.sh/helm/v3 "$HELM_VERSION" "" \
        "-X helm.sh/helm/v3/internal/version.version=$HELM_VERSION" helm.sh/helm/v3/cmd/helm
}

# Without service discovery, which would bring every cloud's SDK.
build_promtool() {
    GOFLAGS="${GOFLAGS:-} -tags=remove_all_sd" build_into "$(bin_home promtool "$PROMETHEUS_VERSION")" \
        github.com/prometheus/prometheus "$PROMETHEUS_VERSION" "" "" github.com/prometheus/prometheus/cmd/promtool
}

if have_binaries "${SET[@]}"; then exit 0; fi
need_go
mkdir -p "$WIF_CACHE"
exec 9>"$WIF_CACHE/.build.lock"
flock 9 # two runs at once: the second waits, then finds the work done

case $K8S in helm | promtool)
    "build_$K8S"
    exit 0
    ;;
esac
version_flags=
for pkg in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    minor=${K8S#v1.}
    version_flags+=" -X $pkg.gitVersion=$K8S -X $pkg.gitMajor=1 -X $pkg.gitMinor=${minor%%.*}"
    version_flags+=" -X $pkg.gitTreeState=clean"
done
build_kubernetes() { # DIR PACKAGE...
    build_into "$1" k8s.io/kubernetes "$K8S" "$STAGING" "$version_flags" "${@:2}"
}
commands=k8s.io/kubernetes/cmd
nodeless=($commands/{kube-apiserver,kube-controller-manager,kubectl})
build_into "$(bin_home etcd "$ETCD_VERSION")" go.etcd.io/etcd/server/v3 "$ETCD_VERSION" "" "" \
    go.etcd.io/etcd/server/v3
case ${SET[0]} in nodeless)
    build_kubernetes "$(k8s_home "$K8S")" "${nodeless[@]}"
    exit 0
    ;;
esac
build_kubernetes "$(bin_home k8s "$K8S")" "${nodeless[@]}" $commands/{kube-scheduler,kubelet,kube-proxy}
build_helm
build_into "$(bin_home coredns "$COREDNS_VERSION")" github.com/coredns/coredns "$COREDNS_VERSION" "" "" .
