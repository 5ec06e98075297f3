#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Print the path of the real Helm, of the version that e2e/ uses. It is built from its Go module
# when it is not in the cache: about 3 minutes once. Exit 100 where no Go can build it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../e2e/cluster/lib.sh"
trap - ERR

helm=$(bin_home helm "$HELM_VERSION")/bin/helm
if [ ! -x "$helm" ]; then
	command -v go >/dev/null || {
		say "helm.sh: no Helm in the cache and no Go on PATH to build it; install Go 1.26 or later"
		exit 100
	}
	"$here/../e2e/cluster/build.sh" helm >&2
fi
echo "$helm"
