#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# wif-exchange against endpoints that misbehave: the shipped program, then the sanitized one.
# usage: wire.sh [FILTER]; BUILD is where the programs are. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build} passed=0 failed=0
for program in "$BUILD/wif-exchange" "$BUILD/asan/wif-exchange"; do
	out=$(PYTHONDONTWRITEBYTECODE=1 python3 tests/exchange/wire.py "$(realpath "$program")" "${1:-*}") || [ -n "$out" ] || exit 1
	sed '$d' <<<"$out"
	read -r p _ f _ <<<"$(tail -n 1 <<<"$out" | tr -d ,)"
	passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
