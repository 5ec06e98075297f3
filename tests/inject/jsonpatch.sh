#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every case's patch through PyPI's jsonpatch, which knows nothing of ours (jsonpatch.py). Where
# neither a cached copy nor the registry is at hand it is skipped, with a line that says so.
# usage: jsonpatch.sh [FILTER]; the test is jsonpatch/cases. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck disable=SC2254 # the filter is a pattern
case jsonpatch/cases in ${1:-*}) ;; *) echo "0 passed, 0 failed" && exit 0 ;; esac
if ! site=$(tests/support/pypi.sh jsonpatch==1.33 jsonpointer==3.0.0 2>&1); then
	# Where tests are a gate, a registry that is not there is no excuse.
	[ -z "${CI:-}" ] || { echo "$site" && exit 1; }
	echo "skipped: jsonpatch/cases: $site"
	echo "0 passed, 0 failed"
	exit 0
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/inject/jsonpatch.py "$site" "${BUILD:-build}/tests/support/judge"
