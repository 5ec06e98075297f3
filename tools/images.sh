#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Make one of the two images, from nothing: no base, no shell, only what is run and the licences
# of what is in it. The same programs and packages give the same bytes.
# usage: images.sh controller|writer BUILD OUT.tar     (VERSION names the tag)
set -euo pipefail
export LC_ALL=C

[ $# -eq 3 ] || { echo "usage: $0 controller|writer BUILD OUT.tar" >&2; exit 100; }
what=$1 build=$2 out=$3
version=${VERSION:?VERSION is not set; make images sets it}
here=$(dirname "$0")

die() { echo "images: $*" >&2; exit 111; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
umask 022

# The copyright files of packages, as their licences want it.
add_licences() {
	local package
	for package in "$@"; do
		install -D -m 444 "/usr/share/doc/$package/copyright" "$root/licenses/$package"
	done
	install -m 444 "$here/../LICENSE" "$root/licenses/claude-wif"
}

# The package that owns each file, once. A merged /usr is known to dpkg by either name.
packages_of() {
	local file
	for file in "$@"; do
		dpkg-query -S "$(realpath "$file")" 2>/dev/null || dpkg-query -S "$file" ||
			dpkg-query -S "/usr$file" || dpkg-query -S "${file#/usr}"
	done 2>/dev/null | cut -d : -f 1 | sort -u
}

# Mozilla's roots as the package has them: not this machine's own additions.
add_ca_bundle() {
	local roots=(/usr/share/ca-certificates/mozilla/*.crt)
	[ ${#roots[@]} -gt 50 ] || die "no roots in /usr/share/ca-certificates; install ca-certificates"
	cat "${roots[@]}" >"$root/ca-bundle.pem"
	chmod 444 "$root/ca-bundle.pem"
}

# Readable, so that `wif-writer install` can copy them; run by any uid.
writer() {
	install -m 555 "$build/wif-writer" "$build/wif-exchange" "$root/"
	add_ca_bundle
	add_licences musl libcurl4-openssl-dev libssl-dev libc-ares-dev libjansson-dev libc6-dev ca-certificates
}

# The shared libraries that $1 loads, the loader among them, as absolute paths.
libraries_of() {
	ldd "$1" | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }'
}

controller() {
	local library libraries
	install -m 555 "$build/wif-controller" "$root/"
	# Its build id covers debug information, which differs from folder to folder.
	strip -R .note.gnu.build-id "$root/wif-controller"
	mapfile -t libraries < <(libraries_of "$build/wif-controller")
	[ ${#libraries[@]} -gt 0 ] || die "$build/wif-controller: ldd names no library"
	for library in "${libraries[@]}"; do
		install -D -m 555 "$(realpath "$library")" "$root$library"
		strip --strip-unneeded "$root$library" 2>/dev/null || true # already done, mostly
	done
	mkdir "$root/etc"
	echo 'wif:x:65532:65532::/:/nonexistent' >"$root/etc/passwd"
	echo 'wif:x:65532:' >"$root/etc/group"
	mapfile -t packages < <(packages_of "${libraries[@]}")
	add_licences "${packages[@]}"
}

case $what in
writer) title='claude-wif writer' ;;
controller) title='claude-wif controller' ;;
*) die "$what: say controller or writer" ;;
esac
"$what"
find "$root" -type d -exec chmod 755 {} +
mkdir -p "$(dirname "$out")"
"$here/image.sh" "claude-wif/$what:$version" "$out" --user 65532:65532 \
	--entrypoint "[\"/wif-$what\"]" \
	--label "org.opencontainers.image.title=$title" \
	--label "org.opencontainers.image.version=$version" \
	--label "org.opencontainers.image.licenses=Apache-2.0" "$root"
printf '  IMAGE    claude-wif/%s:%s %s bytes\n' "$what" "$version" "$(stat -c %s "$out")"
