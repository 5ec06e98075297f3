#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every corpus through its fuzz target, with truncations and flipped bits, under ASan + UBSan.
# A test is a corpus file, fuzz/MODULE. usage: replay.sh [FILTER]. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
filter=${1:-*}
BUILD=${BUILD:-build}
passed=0 failed=0

for target in tests/fuzz/fuzz_*.c; do
	module=${target#tests/fuzz/fuzz_}
	module=${module%.c}
	# shellcheck disable=SC2254 # the filter is a pattern
	case fuzz/$module in $filter) ;; *) continue ;; esac
	out=$("$BUILD/fuzz/$module" "tests/fuzz/corpus/$module" "$BUILD/fuzz/crash-$module")
	status=$?
	ok=$(grep -c '^ok ' <<<"$out")
	bad=$(grep -c '^FAIL ' <<<"$out")
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + ok)) failed=$((failed + bad))
	[ "$bad" -eq 0 ] || printf '%s: exit %s\n%s\n' "$module" "$status" "$out"
	awk -v m="$module" '/^ok / { n += $(NF - 1) } END { printf "  %-18s %7d inputs\n", m, n }' <<<"$out"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
