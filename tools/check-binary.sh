#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What is shipped in a FROM scratch image runs there: static, no interpreter. And the writer has
# no way to open a socket: the functions are not in it. usage: check-binary.sh BUILD
set -euo pipefail
build=${1:?usage: $0 BUILD}

failed=0
broken() {
	echo "$1" >&2
	failed=1
}

for program in wif-writer wif-exchange; do
	! readelf -lW "$build/$program" | grep -q INTERP || broken "$build/$program asks for an interpreter"
	! readelf -dW "$build/$program" | grep -q NEEDED || broken "$build/$program needs shared libraries"
	! readelf -SW "$build/$program" | grep -q '\.symtab' || broken "$build/$program is not stripped"
done

# The shipped file is this one without its symbols.
unstripped=$build/obj/wif-writer
"${STRIP:-strip}" -o "$unstripped.stripped" "$unstripped"
cmp -s "$unstripped.stripped" "$build/wif-writer" || broken "$build/wif-writer is not $unstripped stripped"
rm -f "$unstripped.stripped"
defined=$(nm "$unstripped" | awk '{ print $NF }')
for symbol in main poll; do # the list is the real one
	grep -qx "$symbol" <<<"$defined" || broken "$unstripped has no symbol $symbol: is it stripped?"
done
for symbol in socket socketpair connect bind listen accept accept4 sendto sendmsg getaddrinfo gethostbyname; do
	! grep -qx "$symbol" <<<"$defined" || broken "$build/wif-writer links $symbol; it must never open a socket"
done
exit $failed
