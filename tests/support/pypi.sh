#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages of PyPI, each NAME==VERSION, in a cached folder of their own, whose path is printed.
# usage: pypi.sh PACKAGE...   Exit 111, with pip's last line, when they cannot be had.
set -euo pipefail
cache=${WIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claude-wif}
name=$*
site=$cache/pypi/${name// /,}

# Install into a temporary, then rename: an interrupted install is never taken for a whole one.
if [ ! -e "$site" ]; then
	mkdir -p "$cache/pypi"
	new=$(mktemp -d "$cache/pypi/.new.XXXXXX")
	if ! said=$(python3 -m pip install --quiet --no-input --no-deps --target "$new" "$@" 2>&1); then
		rm -rf "$new"
		echo "unable to install $*: $(tail -n 1 <<<"$said")" >&2
		exit 111
	fi
	mv -T "$new" "$site" 2>/dev/null || rm -rf "$new" # another run was first
fi
echo "$site"
