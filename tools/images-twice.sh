#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Build the images twice, each from a copy of the checkout in a folder of its own with a name of
# another length, and compare: tars and SBOMs must be equal, byte for byte.
# usage: images-twice.sh [MAKE_VARIABLE=VALUE...]    Last line: N passed, N failed
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A copy has no history to read these from.
about=(REVISION="$(git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null)"
	SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || echo 0)")

# Tracked files and new ones: what a commit of now would hold.
copies=("$work/one" "$work/another/with-a/longer-name")
for copy in "${copies[@]}"; do
	mkdir -p "$copy"
	git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - | tar --extract --directory "$copy"
	echo "== $copy"
	(cd "$copy" && env -u MAKEFLAGS -u MAKELEVEL make BUILD=build images "${about[@]}" "$@" | grep IMAGE)
done

passed=0 failed=0
for file in {controller,writer}.{tar,spdx.json}; do
	mapfile -t sums < <(for copy in "${copies[@]}"; do sha256sum <"$copy/build/images/$file"; done)
	if [ "${sums[0]}" = "${sums[1]}" ]; then
		passed=$((passed + 1))
		echo "$file: twice ${sums[0]%% *}"
	else
		failed=$((failed + 1))
		echo "FAIL $file: ${sums[0]%% *}, then ${sums[1]%% *}"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
