#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What e2e/golden.py makes of its results, without a cluster (golden_report.py).
# usage: golden_report.sh [FILTER]; the tests are golden_report/*. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/e2e/golden_report.py "${1:-*}"
