#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that a step needs and that are missing.
# usage: deps.sh build|arm64|demo|e2e|fuzz
set -euo pipefail

build=(gcc make binutils libc6-dev musl-tools linux-libc-dev dpkg-dev xz-utils pkg-config
	libwebsockets-dev libssl-dev libcurl4-openssl-dev libjansson-dev libyaml-dev
	libc-ares-dev libcriterion-dev ca-certificates openssl python3)
arm64=(gcc-aarch64-linux-gnu qemu-user-static)
demo=(python3 openssl)
e2e=(containerd runc containernetworking-plugins iptables iproute2 busybox-static
	python3 python3-pip nodejs npm curl jq)
fuzz=(clang libclang-rt-N-dev llvm) # N: clang_version

case ${1:-} in
build) want=("${build[@]}") ;;
arm64) want=("${arm64[@]}") ;;
demo) want=("${demo[@]}") ;;
e2e) want=("${e2e[@]}") ;;
fuzz) want=("${fuzz[@]}") ;;
*) echo "usage: $0 build|arm64|demo|e2e|fuzz" >&2; exit 100 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "claude-wif: this is not Debian or Ubuntu; install these by hand, then run make again:" >&2
	echo "  ${want[*]}" >&2
	exit 100
fi

# What `clang` depends on, installed or to be: clang-14 on Debian 12, clang-18 on Ubuntu 24.04. The
# sanitizers' and the fuzzer's runtime is a package for each. Prints "N" when apt has no lists yet.
clang_version() {
	{
		dpkg-query -W -f '${Depends}\n' clang 2>/dev/null || true
		apt-cache depends clang 2>/dev/null || true
	} | awk '!n && match($0, /(^|, |Depends: )clang-[0-9]+/) { n = substr($0, RSTART, RLENGTH) }
		END { sub(/.*-/, "", n); print n ? n : "N" }'
}
[ "$1" != fuzz ] || want=("${want[@]/-rt-N-/-rt-$(clang_version)-}")

missing=()
for p in "${want[@]}"; do
	case $p in # a machine may have these from elsewhere
	nodejs) command -v node >/dev/null && continue ;;
	npm) command -v npm >/dev/null && continue ;;
	esac
	dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -q '^installed$' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "claude-wif: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
		exit 100
	}
	sudo=(sudo)
fi
echo "claude-wif: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		echo "claude-wif: unable to install packages with apt-get (above); install by hand: ${missing[*]}" >&2
		exit 111
	}
}
run apt-get update -q
missing=("${missing[@]/-rt-N-/-rt-$(clang_version)-}")
run apt-get install -q -y --no-install-recommends "${missing[@]}"
