#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No writable data with static storage in any program: state lives in contexts. What is constant
# but holds addresses (.data.rel.ro) is fine. usage: check-globals.sh BUILD
set -euo pipefail
build=${1:?usage: $0 BUILD}

# file symbol, each with its reason
allowed=(
	'net/httpd.c lws_sink' # libwebsockets' log callback has no user pointer
)

failed=0
while read -r object symbol section; do
	source=${object#"$build"/obj/*/}
	source=${source%.o}.c
	[ -e "$source" ] || continue # left over from a file that was renamed
	[[ " ${allowed[*]:-} " != *" $source $symbol "* ]] || continue
	echo "$source: $symbol is writable global state ($section)" >&2
	failed=1
done < <(
	find "$build"/obj/{rel,stat,musl} -name '*.o' ! -path '*/tests/*' -exec objdump -t {} + | awk '
		/file format/ { object = $1; sub(/:$/, "", object) }
		/ O (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && !/ O \.data\.rel\.ro/ { print object, $NF, $(NF - 2) }' | sort -u
)
exit $failed
