#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tars of `make images`, with the SBOM beside each (tars.py). A second argument is the folder
# that they are in, for another architecture's.
# usage: tars.sh [FILTER [DIR]]; the tests are images/*. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
filter=${1:-*} dir=${2:-${BUILD:-build}/images}
# SPDX's own validator; without it the rest is still tested.
if ! site=$(tests/support/pypi.sh spdx-tools==0.8.5 beartype==0.23.1 boolean.py==5.0 \
	license-expression==30.4.4 uritools==6.1.5 2>&1); then
	[ -z "${CI:-}" ] || { echo "$site" && exit 1; }
	echo "skipped: images/spdx-*: $site"
	site=
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/images/tars.py "$dir" "$filter" "$site"
