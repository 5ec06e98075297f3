# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The two images of the cluster's own: the pause program, and a busybox for test pods.
# Sourced, not run; needs lib.sh.

# make_images DIR: DIR/pause.tar and DIR/busybox.tar.
make_images() {
    local dir=$1
    mkdir -p "$dir/pause" "$dir/busybox"/{bin,etc,root,tmp}
    gcc -static -Os -s -Wall -Wextra -Werror -o "$dir/pause/pause" "$HERE/pause.c" ||
        die "unable to build pause.c; is libc6-dev installed?"
    "$HERE/../../tools/image.sh" "$PAUSE_IMAGE" "$dir/pause.tar" --user 65535:65535 \
        --entrypoint '["/pause"]' "$dir/pause"

    cp /bin/busybox "$dir/busybox/bin/busybox"
    /bin/busybox --list | while read -r applet; do
        [ "$applet" = busybox ] || ln -s busybox "$dir/busybox/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$dir/busybox/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/busybox/etc/group"
    chmod 1777 "$dir/busybox/tmp"
    "$HERE/../../tools/image.sh" "$BUSYBOX_IMAGE" "$dir/busybox.tar" --env PATH=/bin \
        --cmd '["/bin/sh"]' "$dir/busybox"
}
