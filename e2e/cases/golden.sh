# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The cases of tests/data/inject as the real API server sees them (golden.py).
set -euo pipefail

mkdir -p "$work/golden"
"$build/wif-sandbox" keygen --out "$work/golden/keys" --host "$bridge"
site=$("$root/tests/support/pypi.sh" jsonpatch==1.33 jsonpointer==3.0.0)
cd "$root"
k config view --raw -o json |
	PYTHONDONTWRITEBYTECODE=1 python3 e2e/golden.py "$work/golden" "$build/wif-controller" "$bridge" "$site" >"$work/golden/report"
while read -r line; do
	case $line in
	"ok "*) ok "${line#ok }" ;;
	"not ok "*) not_ok "${line#not ok }" ;;
	*) say "$line" ;;
	esac
done <"$work/golden/report"
