#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Build a minimal static libcurl (HTTP and HTTPS, OpenSSL, c-ares, nothing else)
# from the distribution's own curl source package, security patches included.
# usage: static-curl.sh DEST [TRIPLET]    cross-compiled with TRIPLET-gcc and $SYSROOT
#
# DEST becomes a symlink to DEST-<key>, which holds include/, lib/libcurl.a and
# version; the key covers the packages it is built from and this recipe, so a
# second run does nothing. The machine's apt configuration is only read: the
# deb-src lines live in a private folder. Source: apt-get(8), sources.list(5).
set -euo pipefail

case $# in 1 | 2) ;; *) echo "usage: $0 DEST [TRIPLET]" >&2; exit 100 ;; esac
dest=$1 triplet=${2:-}
from=(libcurl4-openssl-dev libssl-dev libc-ares-dev)

die() { echo "static-curl: $*" >&2; exit 111; }

versions=$(dpkg-query -W -f '${Package}=${Version}\n' "${from[@]}" 2>/dev/null) ||
	die "missing packages, one of: ${from[*]}; run make deps"
wanted=$(dpkg-query -W -f '${source:Version}' libcurl4-openssl-dev)
# A sysroot's name has the versions in it.
[ -z "$triplet" ] || versions+=$(basename "$(realpath "${SYSROOT:?is not set}")")
key=$(printf '%s\n%s\n' "$versions" "$(sha256sum <"$0")" | sha256sum | cut -c 1-12)
home=$dest-$key

point_dest_at_home() {
	ln -sfn "$(basename "$home")" "$dest.new.$$"
	mv -T "$dest.new.$$" "$dest"
	touch "$home/lib/libcurl.a" # make compares its age with this script's
}

mkdir -p "$(dirname "$dest")"
exec 9>"$dest.lock"
flock 9
if [ -e "$home/version" ]; then
	point_dest_at_home
	exit 0
fi

work=$(mktemp -d "$dest.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$work/log

# Every enabled source of packages, asked for source packages instead.
private_sources() {
	local f out=$work/sources
	mkdir -p "$out" "$work/lists/partial" "$work/archives/partial"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -e "$f" ] || continue
		sed 's/^Types:.*/Types: deb-src/' "$f" >"$out/${f##*/}"
	done
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$f" ] || continue
		sed -nE 's/^[[:space:]]*deb(-src)?[[:space:]]/deb-src /p' "$f" | sort -u >"$out/${f##*/}.list"
	done
}

# _apt need not reach a private folder; without root the sandbox is off anyway.
apt() {
	apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
		-o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" \
		-o APT::Sandbox::User=root -o APT::Get::List-Cleanup=false "$@"
}

# The version that is installed; when the archive has replaced it, the newest one.
download() {
	private_sources
	apt update || echo "some sources have no source packages; going on"
	cd "$work"
	apt source --download-only --only-source "curl=$wanted" ||
		apt source --download-only --only-source curl
	dpkg-source --no-check -x curl_*.dsc tree
}

off() { printf -- '--disable-%s\n' "$@"; }
without() { printf -- '--without-%s\n' "$@"; }

compile() {
	local flags='-Os -g0 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong'
	local options cross=()
	mapfile -t options < <(
		off shared ftp file ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp gopher mqtt \
			manual libcurl-option verbose sspi aws ntlm ntlm-wb tls-srp unix-sockets cookies \
			mime form-api dateparse netrc progress-meter dnsshuffle get-easy-options alt-svc \
			hsts websockets doh headers-api kerberos-auth negotiate-auth crypto-auth digest-auth \
			threaded-resolver openssl-auto-load-config ech ipfs
		without zlib brotli zstd libpsl libidn2 nghttp2 nghttp3 ngtcp2 librtmp libssh2 libssh \
			gssapi libgsasl ca-bundle ca-path ca-fallback hyper quiche
	)
	if [ -n "$triplet" ]; then
		cross=(--host="$triplet" CC="$triplet-gcc --sysroot=$SYSROOT")
		export PKG_CONFIG_SYSROOT_DIR=$SYSROOT PKG_CONFIG_LIBDIR=$SYSROOT/usr/lib/$triplet/pkgconfig
	fi
	cd "$work/tree"
	[ -x configure ] || autoreconf -fi
	./configure --enable-static --enable-ares --with-openssl --prefix="$work/out" \
		"${options[@]}" "${cross[@]}" CFLAGS="$flags"
	make -j"$(nproc)" -C lib
	make -C lib install
	make -C include install
}

echo "  CURL     building a static libcurl from source package curl $wanted (once, about 30 s)"
# Not "( … ) || die": that would switch -e off inside.
set +e
(
	set -e
	download
	compile
) >"$log" 2>&1
status=$?
set -e
if [ $status -ne 0 ]; then
	tail -n 30 "$log" >&2
	die "unable to build curl $wanted from its source package (log above)"
fi

dpkg-parsechangelog -l "$work/tree/debian/changelog" -S Version >"$work/out/version"
rm -rf "$home" "$work/out/lib/pkgconfig" "$work/out/bin" "$work/out/share"
mv -T "$work/out" "$home"
point_dest_at_home
