#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A folder with Debian's packages of another architecture, for the cross compiler's --sysroot:
# headers, libraries, copyright files, and a list of who owns what for dpkg-query --admindir.
# This machine's own packages stay as they are: with dpkg --add-architecture each library would
# have to have the same version for both. usage: sysroot.sh ARCH DEST
#
# DEST becomes a symlink to DEST-<key>; the key covers this recipe and the versions of the same
# packages here, so that an upgrade of this machine renews the folder too.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 ARCH DEST" >&2; exit 100; }
arch=$1 dest=$2
packages=(libc6-dev linux-libc-dev libssl-dev libcurl4-openssl-dev libjansson-dev libyaml-dev libc-ares-dev
	libwebsockets-dev musl-dev)

die() { echo "sysroot: $*" >&2; exit 111; }

versions=$(dpkg-query -W -f '${Package}=${Version}\n' "${packages[@]}" 2>/dev/null) ||
	die "missing packages, one of: ${packages[*]}; run make deps"
key=$(printf '%s\n%s\n' "$versions" "$(sha256sum <"$0")" | sha256sum | cut -c 1-12)
home=$dest-$key
mkdir -p "$(dirname "$dest")"
exec 9>"$dest.lock"
flock 9

point_dest_at_home() {
	ln -sfn "$(basename "$home")" "$dest.new.$$"
	mv -T "$dest.new.$$" "$dest"
	touch "$home/musl-gcc.specs" # make compares its age with this script's
}
if [ -e "$home/musl-gcc.specs" ]; then
	point_dest_at_home
	exit 0
fi

work=$(mktemp -d "$dest.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state,lists/partial,archives/partial,sources,root/var/lib/dpkg/info}
: >"$work/status" # nothing is installed: apt fetches what the packages depend on too
for f in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
	case $f in
	*'*'*) ;;
	*.sources) sed '/^Architectures:/d' "$f" >"$work/sources/${f##*/}" ;;
	*) [ ! -e "$f" ] || sed -E 's/ \[[^]]*arch=[^]]*\]//' "$f" >"$work/sources/${f##*/}.list" ;;
	esac
done

apt() {
	apt-get -q -y -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root \
		-o Dir::State="$work/state" -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" \
		-o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" \
		-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" "$@"
}

# unpack DEB: what a compiler, a linker and an image need of it, and dpkg's record of it.
unpack() {
	local name
	name=$(dpkg-deb -f "$1" Package)
	dpkg-deb --fsys-tarfile "$1" | tar --extract --directory "$work/root" --keep-directory-symlink \
		--exclude './usr/*bin' --exclude './*bin' --exclude ./etc --exclude './usr/share/[!d]*' \
		--exclude './usr/lib/python3*'
	dpkg-deb --fsys-tarfile "$1" | tar --list | sed -e 's/^\.//' -e 's,^/$,/.,' -e 's,\(.\)/$,\1,' >"$work/root/var/lib/dpkg/info/$name.list"
	dpkg-deb -f "$1" | sed '/^Package:/a Status: install ok installed' >>"$work/root/var/lib/dpkg/status"
	echo >>"$work/root/var/lib/dpkg/status"
}

build() {
	apt update || echo "some sources have nothing for $arch; going on"
	apt install --download-only --no-install-recommends "${packages[@]}"
	local deb link
	for deb in "$work"/archives/*.deb; do unpack "$deb"; done
	# Absolute links mean this machine's files.
	while read -r link; do
		ln -sfn --relative "$work/root$(readlink "$link")" "$link"
	done < <(find "$work/root" -type l -lname '/*')
	sed -e "s,/usr/,$home/usr/,g" "$work"/root/usr/lib/*-linux-musl/musl-gcc.specs >"$work/root/musl-gcc.specs"
}

echo "  SYSROOT  fetching Debian's packages for $arch (once, about 60 MB)"
set +e # not "build || die": that would switch -e off inside
(set -e && build) >"$work/log" 2>&1
status=$?
set -e
if [ $status -ne 0 ]; then
	tail -n 20 "$work/log" >&2
	die "unable to fetch packages for $arch (log above); Debian has them, Ubuntu only with ports.ubuntu.com in its sources"
fi
rm -rf "$home"
mv -T "$work/root" "$home"
point_dest_at_home
