#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A controller's figures through PyPI's prometheus_client, a real reader of them (prometheus.py).
# Where neither a cached copy nor the registry is at hand it is skipped, with a line that says so.
# usage: prometheus.sh [FILTER]; the test is prometheus/figures. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck disable=SC2254 # the filter is a pattern
case prometheus/figures in ${1:-*}) ;; *) echo "0 passed, 0 failed" && exit 0 ;; esac
if ! site=$(tests/support/pypi.sh prometheus-client==0.21.1 2>&1); then
	# Where tests are a gate, a registry that is not there is no excuse.
	[ -z "${CI:-}" ] || { echo "$site" && exit 1; }
	echo "skipped: prometheus/figures: $site"
	echo "0 passed, 0 failed"
	exit 0
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/controller/prometheus.py "$site" \
	"${BUILD:-build}/asan/wif-controller"
