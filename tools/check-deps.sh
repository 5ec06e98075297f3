#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Folders depend one way, and each third-party header stays in the files named here.
# Prints each include that breaks a rule; exit 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/.."

# folder: the folders (or single modules) whose headers its files may include
declare -A may=(
	[common]='common/'
	[inject]='inject/ common/'
	[config]='config/ inject/ common/'
	[net]='net/ common/'
	[kube]='kube/ net/ common/'
	[controller]='controller/ kube/ config/ inject/ net/ common/'
	[sandbox]='sandbox/ net/ common/'
	[exchange]='exchange/ net/fetch.h common/'
	[writer]='writer/ common/'
	[cli]='cli/ config/ inject/ common/'
	[tools]='inject/ common/'
	[bench]='bench/ common/'
	[e2e]='common/'
)

# header (or a folder of headers): the files that may include it, as patterns
third_party=(
	'libwebsockets.h net/httpd*'
	'curl/ net/cause.[ch] net/fetch.c net/guard.[ch]'
	'yaml.h config/yamldoc*.c cli/yaml.c'
	'jansson.h exchange/answer.c sandbox/* controller/* kube/*'
	'openssl/ bench/* net/fetch.c net/roots.c net/httpd*.c net/cert.[ch] sandbox/* controller/tls_*'
	'linux/ exchange/confine.c writer/confine.c'
	'ares.h'
	'criterion/'
)

failed=0
broken() {
	echo "$1" >&2
	failed=1
}

# Whether $1 starts with one of the words after it.
starts_with_one() {
	local s=$1 word
	shift
	for word in "$@"; do
		[[ $s != "$word"* ]] || return 0
	done
	return 1
}

# Whether $1 matches one of the patterns after it.
matches_one() {
	local s=$1 pattern
	shift
	for pattern in "$@"; do
		# shellcheck disable=SC2053 # a pattern is what it is
		[[ $s != $pattern ]] || return 0
	done
	return 1
}

check_own() { # file:line header
	local folder=${1%%/*} allowed
	read -ra allowed <<<"${may[$folder]}"
	starts_with_one "$2" "${allowed[@]}" ||
		broken "$1: includes \"$2\"; $folder/ may include ${may[$folder]// /, }"
}

check_third_party() { # file:line header
	local rule words
	for rule in "${third_party[@]}"; do
		read -ra words <<<"$rule"
		[[ $2 == "${words[0]}"* ]] || continue
		matches_one "${1%%:*}" "${words[@]:1}" ||
			broken "$1: includes <$2>; only ${words[*]:1} may (nothing, when no file is named)"
	done
}

while IFS=: read -r file line text; do
	[[ $text =~ [\"\<]([^\"\>]+) ]] || continue
	header=${BASH_REMATCH[1]}
	case $text in
	*\"*) check_own "$file:$line" "$header" ;;
	*) check_third_party "$file:$line" "$header" ;;
	esac
done < <(find "${!may[@]}" -name '*.[ch]' -exec grep -nE '^[[:space:]]*#[[:space:]]*include' {} + 2>/dev/null)

for folder in */; do
	folder=${folder%/}
	[ -z "$(find "$folder" -maxdepth 1 -name '*.[ch]' -print -quit)" ] || [ -n "${may[$folder]:-}" ] ||
		broken "$folder/: has C files but no rule; add it to tools/check-deps.sh"
done
exit $failed
