#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Run libFuzzer targets, one after the other, on what the machine has left over (nice).
# usage: fuzz.sh SECONDS MODULE...
# Finds stay in $BUILD/fuzz/corpus/MODULE, for the next run. With KEEP=1 those that add coverage
# and are small join tests/fuzz/corpus/MODULE. A crash, a hang or a leak ends its module with the
# path of the input, and this script with 1.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 111
BUILD=${BUILD:-build}
# A committed find is a test in each `make test`, and makes up to 9 inputs a byte.
KEEP_BYTES=300
KEEP_FILES=24

secs=${1:-}
case $secs in '' | *[!0-9]*) echo "usage: $0 SECONDS MODULE..." >&2 && exit 100 ;; esac
shift
# Leaks of libyaml and jansson count too; memory is bounded by libFuzzer's own limit (2 GiB).
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# One number of libFuzzer's final statistics.
stat_of() { sed -n "s/^stat::$2: *//p" "$1" | tail -n 1; }

# The words that chance would not find, or nothing.
dict_of() {
	case $1 in
	inject | review) echo pod ;;
	jsonspan | assertion | creddir | issuer_keys) echo json ;;
	annotations | config | exchange_answer | manifest | pods) echo "$1" ;;
	esac
}

# More to start from: what other tests have as data.
seeds_of() {
	case $1 in
	inject) echo tests/data/inject ;;
	review) echo tests/data/reviews ;;
	config) echo tests/data/config ;;
	manifest) echo tests/data/cli ;;
	esac
}

# Lay what is new, small and adds coverage beside the committed files; of too many the largest,
# which go deepest.
keep() {
	local module=$1 committed=tests/fuzz/corpus/$1 small room f
	room=$((KEEP_FILES - $(find "$committed" -type f | wc -l)))
	[ "$room" -gt 0 ] || return 0
	small=$(mktemp -d)
	mkdir "$small/in" "$small/out"
	find "$BUILD/fuzz/corpus/$module" -type f -size "-${KEEP_BYTES}c" -exec cp -t "$small/in" {} +
	cp "$committed"/* "$small/out/"
	nice -n 19 "$BUILD/fuzz/clang/$module" -merge=1 "$small/out" "$small/in" >"$small/log" 2>&1
	for f in "$committed"/*; do rm -f "$small/out/${f##*/}"; done
	find "$small/out" -type f -printf '%s %p\n' | sort -rn | head -n "$room" |
		while read -r _ f; do cp "$f" "$committed/"; done
	rm -rf "$small"
}

failed=0
for module in "$@"; do
	finds=$BUILD/fuzz/corpus/$module log=$BUILD/fuzz/$module.log
	dict=tests/fuzz/dict/$module
	options=(-max_total_time="$secs" -timeout=30 -print_final_stats=1
		-artifact_prefix="$BUILD/fuzz/crash-$module-")
	dict=$(dict_of "$module")
	[ -z "$dict" ] || options+=("-dict=tests/fuzz/dict/$dict")
	mapfile -t seeds < <(seeds_of "$module")
	mkdir -p "$finds"
	if nice -n 19 "$BUILD/fuzz/clang/$module" "${options[@]}" "$finds" "tests/fuzz/corpus/$module" \
		"${seeds[@]}" >"$log" 2>&1; then
		read -r cov ft < <(sed -nE 's/.*DONE +cov: ([0-9]+) ft: ([0-9]+).*/\1 \2/p' "$log" | tail -n 1)
		printf '  %-18s ok, %s executions in %s s, cov %s, ft %s\n' "$module" \
			"$(stat_of "$log" number_of_executed_units)" "$secs" "${cov:-?}" "${ft:-?}"
		[ "${KEEP:-0}" != 1 ] || keep "$module"
	else
		failed=1
		tail -n 60 "$log"
		printf '  %-18s FOUND: %s (whole log: %s)\n' "$module" \
			"$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)" "$log"
	fi
done
exit $failed
