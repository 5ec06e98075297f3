#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Name lookup after confinement, with a name server and an /etc/hosts of the test's own, in its
# own namespaces. usage: names.sh [FILTER]. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
case names/lookup in ${1:-*}) ;; *) echo "0 passed, 0 failed" && exit 0 ;; esac
own=(unshare --map-root-user --mount --net)
[ "$(id -u)" -ne 0 ] || own=(unshare --mount --net)
exec env PYTHONDONTWRITEBYTECODE=1 "${own[@]}" python3 tests/exchange/names.py "$(realpath "${BUILD:-build}/wif-exchange")"
