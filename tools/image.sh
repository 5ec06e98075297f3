#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Make a container image of one layer from a folder, as a tar that `docker load`, podman, skopeo
# and `ctr images import` read. The same folder and options give the same bytes: names are
# sorted, owners are 0, times are SOURCE_DATE_EPOCH (default 0); file modes are taken as they are.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'TEXT'
usage: tools/image.sh NAME:TAG OUT.tar [option...] ROOTFS_DIR
  --user U            uid[:gid] or name that the container runs as
  --env K=V           environment variable; may be repeated
  --label K=V         label; may be repeated
  --entrypoint JSON   JSON list of strings, e.g. '["/wif-writer"]'
  --cmd JSON          JSON list of strings
  --stopsignal S      e.g. SIGQUIT
  --workdir DIR       default /
  --arch ARCH         amd64, arm64, ...; default: this machine's
TEXT
}

die() {
    printf 'tools/image.sh: %s\n' "$*" >&2
    exit 1
}

# $1 as a JSON string.
json_string() {
    local s=$1
    case $s in *[[:cntrl:]]*) die "'$s': control characters are not supported" ;; esac
    s=${s//\\/\\\\}
    printf '"%s"' "${s//\"/\\\"}"
}

json_list() { # the arguments as a JSON list of strings
    local sep='' item
    printf '['
    for item in "$@"; do
        printf '%s%s' "$sep" "$(json_string "$item")"
        sep=,
    done
    printf ']'
}

json_labels() { # K=V... as a JSON object
    local sep='' item
    printf '{'
    for item in "$@"; do
        printf '%s%s:%s' "$sep" "$(json_string "${item%%=*}")" "$(json_string "${item#*=}")"
        sep=,
    done
    printf '}'
}

machine_arch() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# reproducible_tar OUT DIR: the entries of DIR, not DIR itself, whose mode is an accident of mktemp.
reproducible_tar() {
    (cd "$2" && find . -mindepth 1 -maxdepth 1 -printf '%P\0' | sort -z) |
        tar --create --file "$1" --directory "$2" --null --no-unquote --files-from - \
            --format gnu --sort name --mtime "@$epoch" --owner 0 --group 0 --numeric-owner
}

case ${1:-} in
-h | --help) usage && exit 0 ;;
esac
if [ $# -lt 3 ]; then usage >&2 && exit 100; fi
name=$1 out=$2
shift 2
user='' entrypoint='' cmd='' stopsignal='' workdir=/ arch=$(machine_arch) env=() labels=()
while [ $# -gt 1 ]; do
    case $1 in
    --user) user=$2 ;;
    --env) env+=("$2") ;;
    --label) labels+=("$2") ;;
    --entrypoint) entrypoint=$2 ;;
    --cmd) cmd=$2 ;;
    --stopsignal) stopsignal=$2 ;;
    --workdir) workdir=$2 ;;
    --arch) arch=$2 ;;
    *) die "unknown option $1; see --help" ;;
    esac
    shift 2
done
[ $# -eq 1 ] || die "ROOTFS_DIR, the last argument, is missing; see --help"
rootfs=$1
[ -n "$(ls -A "$rootfs" 2>/dev/null)" ] || die "$rootfs: not a folder with files in it"
case ${name##*/} in *?:?*) ;; *) die "$name: a tag is missing; use NAME:TAG" ;; esac
for item in ${env[@]+"${env[@]}"} ${labels[@]+"${labels[@]}"}; do
    case $item in ?*=*) ;; *) die "'$item': write K=V" ;; esac
done
for item in "$entrypoint" "$cmd"; do
    case $item in '' | '['*']') ;; *) die "'$item': not a JSON list of strings" ;; esac
done

epoch=${SOURCE_DATE_EPOCH:-0}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
tmp=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/image"

reproducible_tar "$tmp/layer" "$rootfs"
layer=$(digest "$tmp/layer")
mv "$tmp/layer" "$tmp/image/$layer.tar"

{
    printf '{"architecture":%s,"os":"linux","created":"%s","config":{"WorkingDir":%s' \
        "$(json_string "$arch")" "$created" "$(json_string "$workdir")"
    [ -z "$user" ] || printf ',"User":%s' "$(json_string "$user")"
    [ ${#env[@]} -eq 0 ] || printf ',"Env":%s' "$(json_list "${env[@]}")"
    [ -z "$entrypoint" ] || printf ',"Entrypoint":%s' "$entrypoint"
    [ -z "$cmd" ] || printf ',"Cmd":%s' "$cmd"
    [ ${#labels[@]} -eq 0 ] || printf ',"Labels":%s' "$(json_labels "${labels[@]}")"
    [ -z "$stopsignal" ] || printf ',"StopSignal":%s' "$(json_string "$stopsignal")"
    printf '},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}' "$layer"
    printf ',"history":[{"created":"%s","created_by":"tools/image.sh"}]}' "$created"
} >"$tmp/config"
config=$(digest "$tmp/config")
mv "$tmp/config" "$tmp/image/$config.json"
printf '[{"Config":"%s.json","RepoTags":[%s],"Layers":["%s.tar"]}]\n' \
    "$config" "$(json_string "$name")" "$layer" >"$tmp/image/manifest.json"
chmod 644 "$tmp/image"/*

reproducible_tar "$tmp/out" "$tmp/image"
mv "$tmp/out" "$out"
