#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Give images, as docker-archive tars, to the cluster's containerd.
#
#   e2e/cluster/import.sh X.tar...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || die "usage: e2e/cluster/import.sh X.tar..."
[ -S "$WIF_RUN/containerd.sock" ] || die "import: no cluster in $WIF_RUN; run e2e/cluster/up.sh"
for tar in "$@"; do
    out=$(ctr --address "$WIF_RUN/containerd.sock" --namespace k8s.io images import "$tar" 2>&1) ||
        die "import: $tar: $(tail -n 1 <<<"$out")"
done
