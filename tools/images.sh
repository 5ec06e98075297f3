#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Make one of the two images, from nothing: no base, no shell, only what is run and the licences
# of what is in it; and beside it the list of what that is, OUT.spdx.json. The same programs and
# packages give the same bytes.
# usage: images.sh controller|writer BUILD OUT.tar
#   VERSION            names the tag
#   REVISION           the commit (label, SBOM); SOURCE_DATE_EPOCH  its time, every time in them
#   SOURCE_URL         where the source is published (label)
#   ARCH               amd64, arm64; default: this machine's. Another's needs SYSROOT and STRIP
#   CURL_VERSION_FILE  the version of the static libcurl
set -euo pipefail
export LC_ALL=C

[ $# -eq 3 ] || { echo "usage: $0 controller|writer BUILD OUT.tar" >&2; exit 100; }
what=$1 build=$2 out=$3
strip=${STRIP:-strip}
version=${VERSION:?VERSION is not set; make images sets it}
here=$(dirname "$0")
# shellcheck source=tools/origins.sh
. "$here/origins.sh"

die() { echo "images: $*" >&2; exit 111; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root facts=$work/facts
mkdir "$root"
umask 022

fact() { (IFS=$'\t'; echo "$*") >>"$facts"; }
packages_in() { awk -F '\t' '$1 != "image" && $3 != "claude-wif" { print $3 }' "$facts" | sort -u; }

# put MODE FILE PATH PACKAGE: FILE, which is PACKAGE's, is PATH in the image.
put() {
	install -D -m "$1" "$2" "$root/$3"
	fact file "$3" "$4"
}

# put_program NAME: and what was linked into it.
put_program() {
	local linked package
	put 555 "$build/$1" "$1" claude-wif
	linked=$(linked_into "$build/obj/$1.map")
	for package in $linked; do fact static "$1" "$package"; done
}

# Every package that is in the image, and its copyright file, as its licence wants it.
put_licences() {
	local package packages like curl_version=''
	packages=$(packages_in)
	[ ! -e "${CURL_VERSION_FILE:-}" ] || curl_version=$(cat "$CURL_VERSION_FILE")
	for package in $packages; do
		like=$package
		[ "$package" != curl ] || like=libcurl4-openssl-dev
		put 444 "$(copyright_of "$like")" "licenses/$package" "$package"
		describe "$package" "$curl_version" | sed 's/^/package\t/' >>"$facts"
	done
	put 444 "$here/../LICENSE" licenses/claude-wif claude-wif
}

# Mozilla's roots as the package has them: not this machine's own additions.
put_ca_bundle() {
	local roots=(/usr/share/ca-certificates/mozilla/*.crt)
	[ ${#roots[@]} -gt 50 ] || die "no roots in /usr/share/ca-certificates; install ca-certificates"
	cat "${roots[@]}" >"$work/ca-bundle.pem"
	put 444 "$work/ca-bundle.pem" ca-bundle.pem ca-certificates
}

# Readable, so that `wif-writer install` can copy them; run by any uid.
writer() {
	put_program wif-writer
	put_program wif-exchange
	put_ca_bundle
}

put_text() { # PATH LINE
	echo "$2" >"$work/text"
	put 644 "$work/text" "$1" claude-wif
}

controller() {
	local library libraries
	put_program wif-controller
	# Its build id covers debug information, which differs from folder to folder.
	"$strip" -R .note.gnu.build-id "$root/wif-controller"
	libraries=$(libraries_of "$build/wif-controller")
	[ -n "$libraries" ] || die "$build/wif-controller: ldd names no library"
	for library in $libraries; do
		put 555 "$(realpath "$SYSROOT$library")" "${library#/}" "$(owner_of "$SYSROOT$library")"
		"$strip" --strip-unneeded "$root$library" 2>/dev/null || true # already done, mostly
	done
	put_text etc/passwd 'wif:x:65532:65532::/:/nonexistent'
	put_text etc/group 'wif:x:65532:'
}

case $what in
writer)
	title='claude-wif writer'
	description='Writes the Claude API credential of the pod that it is injected into'
	;;
controller)
	title='claude-wif controller'
	description='Mutating webhook that gives pods keyless access to the Claude API'
	;;
*) die "$what: say controller or writer" ;;
esac
"$what"
put_licences
find "$root" -type d -exec chmod 755 {} +
mkdir -p "$(dirname "$out")"
arch=${ARCH:-$(dpkg --print-architecture)}
labels=("title=$title" "description=$description" "version=$version" "licenses=Apache-2.0"
	"vendor=claude-wif")
[ -z "${REVISION:-}" ] || labels+=("revision=$REVISION")
[ -z "${SOURCE_URL:-}" ] || labels+=("source=$SOURCE_URL")
[ -z "${SOURCE_DATE_EPOCH:-}" ] || labels+=("created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)")
options=()
for label in "${labels[@]}"; do options+=(--label "org.opencontainers.image.$label"); done
"$here/image.sh" "claude-wif/$what:$version" "$out" --user 65532:65532 --arch "$arch" \
	--entrypoint "[\"/wif-$what\"]" "${options[@]}" "$root"
fact image "claude-wif/$what" "$version" "$arch" "${REVISION:-}"
PYTHONDONTWRITEBYTECODE=1 "$here/sbom.py" "$facts" "$root" "$out" >"$work/sbom"
install -m 644 "$work/sbom" "${out%.tar}.spdx.json"
printf '  IMAGE    claude-wif/%s:%s linux/%s %s bytes\n' "$what" "$version" "$arch" "$(stat -c %s "$out")"
