#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Assemble the root file system of the test application: busybox, this machine's python3
# and node, and the official SDKs from their registries, unmodified.
# usage: build.sh ROOTFS   (the SDKs are cached by version outside the checkout)
set -euo pipefail

python_sdk=anthropic==2.12.0
node_sdk=@anthropic-ai/sdk@1.12.0
root=${1:?usage: build.sh ROOTFS}
here=$(cd "$(dirname "$0")" && pwd)
cache=${WIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claude-wif}/sdk

# Install into a temporary, then rename: an interrupted install is never taken for a whole one.
fetch() { # DIR COMMAND...: COMMAND installs into $new
	local dir=$1 log
	shift
	[ -e "$dir" ] && return 0
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/.new.XXXXXX")
	log=$(mktemp)
	"$@" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		echo "$0: unable to install into $dir (above); are the package registries reachable?" >&2
		exit 111
	}
	rm -f "$log"
	chmod 755 "$new" # any uid of a pod reads it
	mv "$new" "$dir"
}
pip_install() { /usr/bin/python3 -m pip install --quiet --no-input --target "$new" "$python_sdk"; }
npm_install() { npm install --silent --no-audit --no-fund --prefix "$new" "$node_sdk"; }
py=$cache/python-${python_sdk##*=}
js=$cache/node-${node_sdk##*@}
fetch "$py" pip_install
fetch "$js" npm_install

rm -rf "$root"
mkdir -p "$root"/{bin,usr/bin,usr/lib,etc,tmp,app,proc,sys,dev,var/run}
chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/busybox"
for a in sh sleep cat ls id env kill true stat sha256sum date wc head; do
	ln -s busybox "$root/bin/$a"
done
python=$(/usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
cp -L "/usr/bin/$python" "$root/usr/bin/python3"
cp -a "/usr/lib/$python" "$root/usr/lib/$python"
rm -rf "$root/usr/lib/$python"/{test,idlelib,tkinter,lib2to3,ensurepip}
cp -L "$(command -v node)" "$root/usr/bin/node"
# Every shared library that the programs and their extension modules name, at its own path.
{
	ldd "$root/usr/bin/python3" "$root/usr/bin/node"
	find "$root/usr/lib/$python/lib-dynload" "$py" -name '*.so' -exec ldd {} + 2>/dev/null
} | grep -oE '/[^ ]+\.so[^ ]*' | grep -v "^$root\|^$py" | sort -u | while read -r so; do
	[ -e "$so" ] || continue
	mkdir -p "$root$(dirname "$so")"
	cp -L "$so" "$root$so"
done
cp -a "$py" "$root/app/site"
cp -a "$js/node_modules" "$root/app/node_modules"
cp "$here/call.py" "$here/call.mjs" "$here/app.sh" "$root/app/"
chmod 755 "$root/app/app.sh"
chmod -R a+rX "$root/app"
# Bytecode that does not depend on file times, which an image does not keep.
find "$root" -name __pycache__ -prune -exec rm -rf {} +
"/usr/bin/$python" -m compileall -q -j 2 --invalidation-mode unchecked-hash \
	-s "$root" "$root/usr/lib/$python" "$root/app/site" >/dev/null
printf 'root:x:0:0:root:/:/bin/sh\napp:x:12345:12345:app:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\napp:x:12345:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
# A hostile configuration for OpenSSL: a program that obeys it cannot make a TLS connection.
printf 'openssl_conf = i\n[i]\nssl_conf = s\nproviders = p\n[p]\nnone = n\n[n]\nactivate = 1\n[s]\nsystem_default = d\n[d]\nMinProtocol = TLSv1.3\nCipherString = NONE\nCiphersuites = NONE\n' >"$root/etc/hostile-openssl.cnf"
