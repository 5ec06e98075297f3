#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every case's patch through PyPI's jsonpatch, which knows nothing of ours (jsonpatch.py). Where
# neither a cached copy nor the registry is at hand it is skipped, with a line that says so.
# usage: jsonpatch.sh [FILTER]; the test is jsonpatch/cases. Last line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck disable=SC2254 # the filter is a pattern
case jsonpatch/cases in ${1:-*}) ;; *) echo "0 passed, 0 failed" && exit 0 ;; esac
packages=(jsonpatch==1.33 jsonpointer==3.0.0)
cache=${WIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claude-wif}
site=$cache/jsonpatch-${packages[0]##*=}-${packages[1]##*=}

# Install into a temporary, then rename: an interrupted install is never taken for a whole one.
if [ ! -e "$site" ]; then
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/.new.XXXXXX")
	if ! said=$(python3 -m pip install --quiet --no-input --no-deps --target "$new" "${packages[@]}" 2>&1); then
		rm -rf "$new"
		# Where tests are a gate, a registry that is not there is no excuse.
		[ -z "${CI:-}" ] || { echo "$said" && exit 1; }
		echo "skipped: jsonpatch/cases: unable to install ${packages[*]}: $(tail -n 1 <<<"$said")"
		echo "0 passed, 0 failed"
		exit 0
	fi
	mv -T "$new" "$site" 2>/dev/null || rm -rf "$new" # another run was first
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/inject/jsonpatch.py "$site" "${BUILD:-build}/tests/support/judge"
