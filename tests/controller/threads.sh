#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The controller's two threads under ThreadSanitizer: the tests that start the program, against
# build/tsan/wif-controller. A report fails the test that saw it (process.c).
# usage: tests/controller/threads.sh [FILTER]; last line: N passed, N failed
set -euo pipefail

build=${BUILD:-build}
suites='@(waiting|serve|denied|apiversion|keeping|figures|issuer_serve)/*'
# Only a filter that asks for these suites, or for all, runs them.
case ${1:-*} in
'*') ;;
waiting/* | serve/* | denied/* | apiversion/* | keeping/* | figures/* | issuer_serve/*) suites=$1 ;;
*) echo "0 passed, 0 failed"; exit 0 ;;
esac

export WIF_BIN_DIR=$build/tsan TSAN_OPTIONS=halt_on_error=0:exitcode=66
"$build/tests/rel/controller" --filter "$suites" --jobs 1 --timeout 120 --color=never 2>&1 | tee /dev/stderr |
	sed -nE 's/.*Tested: [0-9]+ \| Passing: ([0-9]+) \| Failing: ([0-9]+) \| Crashing: ([0-9]+).*/\1 \2 \3/p' | {
	read -r passed failed crashed
	echo "$passed passed, $((failed + crashed)) failed"
	[ $((failed + crashed)) -eq 0 ]
}
