# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by images.sh: which packages of the distribution a program holds or loads. SYSROOT is
# the folder of a foreign architecture's packages (tools/sysroot.sh), empty for this machine's.

SYSROOT=${SYSROOT:-}

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

# The shared libraries that $1 loads, the loader among them, as absolute paths.
libraries_of() {
	ldd "$1" | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }'
}

# describe PACKAGE CURL_VERSION: name, version, architecture, source and its version, by tabs.
describe() {
	if [ "$1" = curl ]; then
		printf 'curl\t%s\tsource\tcurl\t%s\n' "$2" "$2"
	else
		query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' "$1"
	fi
}
