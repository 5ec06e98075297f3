#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Assemble the root file system of the stand-in for a mesh's containers: busybox and this
# machine's iptables, which is enough to take a pod's egress away and give it back.
# usage: mesh.sh ROOTFS
set -euo pipefail

root=${1:?usage: mesh.sh ROOTFS}
program=$(realpath "$(PATH=$PATH:/usr/sbin command -v iptables)")
rm -rf "$root"
mkdir -p "$root"/{bin,sbin,tmp,run}
chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/busybox"
for a in sh sleep cat nc timeout echo; do
	ln -s busybox "$root/bin/$a"
done
cp "$program" "$root/sbin/${program##*/}"
ln -s "${program##*/}" "$root/sbin/iptables"
# Libraries at their own paths, and the extension that knows the built-in targets.
standard=$(find /usr/lib -path '*/xtables/libxt_standard.so' -print -quit)
ldd "$program" "$standard" | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | { cat; echo "$standard"; } | while read -r so; do
	[ -e "$so" ] || continue
	mkdir -p "$root$(dirname "$so")"
	cp -L "$so" "$root$so"
done
