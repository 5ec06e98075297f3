# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by images.sh: which packages of the distribution a program holds or loads. SYSROOT is
# the folder of a foreign architecture's packages (tools/sysroot.sh), empty for this machine's.

SYSROOT=${SYSROOT:+$(realpath "$SYSROOT")}

# The path of a file of the sysroot as its package knows it.
as_packaged() {
	local path
	path=$(realpath "$1")
	echo "${path#"$SYSROOT"}"
}

# In the sysroot's list of packages or, for the cross compiler's own files, in this machine's.
query() {
	if [ -z "$SYSROOT" ]; then
		dpkg-query "$@" 2>/dev/null
	else
		dpkg-query --admindir "$SYSROOT/var/lib/dpkg" "$@" 2>/dev/null || dpkg-query "$@" 2>/dev/null
	fi
}

# owner_of FILE: its package. A merged /usr is known to dpkg by either name. libcurl.a is ours,
# built from Debian's source package, whose version lies beside it.
owner_of() {
	local file name
	file=$(as_packaged "$1")
	for name in "$file" "/usr$file" "${file#/usr}"; do
		if query -S "$name" | grep -F ": $name" | cut -d : -f 1 | head -n 1 | grep .; then return; fi
	done
	case $file in
	*/libcurl.a) [ ! -e "$(dirname "$file")/../version" ] || { echo curl && return; } ;;
	esac
	echo "origins: no package has $1" >&2
	return 111
}

owners_of() {
	local file
	for file in "$@"; do owner_of "$file" || return; done | sort -u
}

copyright_of() {
	local file=$SYSROOT/usr/share/doc/$1/copyright
	[ -e "$file" ] || file=/usr/share/doc/$1/copyright
	echo "$file"
}

# linked_into MAP: the packages whose archives and start files the linker put into the program,
# by its own account. Our objects have relative names, or that of the build's folder.
linked_into() {
	local objects files
	objects=$(dirname "$(realpath "$1")")
	mapfile -t files < <(
		sed -nE -e 's/^(\/[^(]*\.a)\(.*/\1/p' -e 's/^LOAD (\/.*\.o)$/\1/p' "$1" | grep -vF "$objects/" | sort -u
	)
	[ ${#files[@]} -gt 0 ] || { echo "origins: $1 names no archive" >&2 && return 111; }
	owners_of "${files[@]}"
}

# The shared libraries that PROGRAM loads, the loader among them, as absolute paths. A foreign
# program is not run to ask it: its libraries are looked for as its loader would.
libraries_of() {
	if [ -z "$SYSROOT" ]; then
		ldd "$1" | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }'
		return
	fi
	readelf -lW "$1" | sed -nE 's/.*program interpreter: (.*)\]/\1/p'
	local file name found triplet known=' '
	triplet=$(basename "$(dirname "$(find "$SYSROOT/lib" -path '*-gnu/libc.so.6')")")
	local todo=("$1")
	while [ ${#todo[@]} -gt 0 ]; do
		file=${todo[0]} todo=("${todo[@]:1}")
		for name in $(readelf -dW "$file" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
			case $known/$name in *" $name "*/*) continue ;; */ld-linux*) continue ;; esac
			known+="$name "
			found=
			for found in "/lib/$triplet/$name" "/usr/lib/$triplet/$name"; do
				[ ! -e "$SYSROOT$found" ] || break
			done
			[ -e "$SYSROOT$found" ] || { echo "origins: $file needs $name, $SYSROOT has none" >&2 && return 111; }
			echo "$found"
			todo+=("$SYSROOT$found")
		done
	done
}

# describe PACKAGE CURL_VERSION: name, version, architecture, source and its version, by tabs.
describe() {
	if [ "$1" = curl ]; then
		printf 'curl\t%s\tsource\tcurl\t%s\n' "$2" "$2"
		return
	fi
	local fields='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
	# dpkg-query knows each name that a dependency names, with no version.
	query -W -f "$fields" "$1" | grep -P '^\S+\t\S' || dpkg-query -W -f "$fields" "$1" | grep -P '^\S+\t\S'
}
