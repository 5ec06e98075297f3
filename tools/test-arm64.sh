#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The writer's and the exchange's whole-program tests with the arm64 programs, under qemu-user,
# and the checks of the arm64 images. The kernel runs arm64 programs for these processes alone:
# binfmt_misc in a user namespace of their own (Linux 6.7), so no root and no trace on the machine.
# usage: test-arm64.sh BUILD [FILTER]    Last line: N passed, N failed
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "$1") filter=${2:-*}
passed=0 failed=0

if [ -z "${WIF_IN_NAMESPACE:-}" ]; then
	exec env WIF_IN_NAMESPACE=1 unshare --user --map-root-user --mount "$0" "$@"
fi
qemu=$(command -v qemu-aarch64-static) || { echo "no qemu-aarch64-static: tools/deps.sh arm64" && exit 1; }
# The magic of an ELF file for machine 183, whatever its OS ABI; F: opened now. Source: binfmt-misc.rst
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
if ! mount -t binfmt_misc none /proc/sys/fs/binfmt_misc ||
	! printf '%s' ":arm64:M::$magic:$mask:$qemu:F" >/proc/sys/fs/binfmt_misc/register; then
	echo "no binfmt_misc in a user namespace: this needs Linux 6.7 or later" && exit 1
fi

# run NAME COMMAND...: add up what its last line counts.
run() {
	local name=$1 out p f
	shift
	out=$("$@" 2>&1)
	p=0 f=1
	read -r p f < <(tail -n 1 <<<"$out" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
	if [ "${f:-1}" -eq 0 ]; then grep '^skipped: ' <<<"$out" | sed 's/^/  /'; else echo "$out"; fi
	printf '  %-24s %d passed, %d failed\n' "$name" "${p:-0}" "${f:-1}"
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
}
# starts WHAT: the image's program, with nothing but the image's files.
starts() {
	local work layer said
	work=$(mktemp -d)
	tar --extract --file "$build/images/$1.tar" --directory "$work"
	layer=$(python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["Layers"][0])' <"$work/manifest.json")
	mkdir "$work/root" && tar --extract --file "$work/$layer" --directory "$work/root"
	said=$(chroot "$work/root" "/wif-$1" --version 2>&1)
	rm -rf "$work"
	case $said in
	"wif-$1 "[0-9]*) echo "1 passed, 0 failed" ;;
	*) echo "FAIL: $said"; echo "0 passed, 1 failed" ;;
	esac
}
static() {
	if STRIP=aarch64-linux-gnu-strip tools/check-binary.sh "$build"; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; fi
}

export PYTHONDONTWRITEBYTECODE=1 BUILD=$build WIF_EMULATED=qemu-user
run writer/program tests/writer/program.sh "$filter"
run exchange/wire python3 tests/exchange/wire.py "$build/wif-exchange" "$filter"
run exchange/names tests/exchange/names.sh "$filter"
run check-binary static
run start/writer starts writer
run start/controller starts controller
run images tests/images/tars.sh "$filter" "$build/images"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
