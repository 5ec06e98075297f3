#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Remove what up.sh made: processes, mounts, network, rules, settings, files. Also after an up
# that failed half-way, and twice. WIF_KEEP_LOGS=DIR keeps the logs in DIR.
#
# Nothing is asked of the cluster, which may be broken: its cgroup is killed as a whole, and the
# kernel then lets go of the rest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$HERE/cgroup.sh"
. "$HERE/host.sh"

# Mount points below the run directory, the innermost first.
our_mounts() { awk -v dir="$WIF_RUN/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac; }

unmount_all() {
    local mount
    while read -r mount; do
        umount "$mount" 2>/dev/null || umount --lazy "$mount"
    done < <(our_mounts)
}

# A shim's socket is in a folder that all containerds share; its address is in the task's folder.
remove_shim_sockets() {
    local file address
    for file in "$WIF_RUN"/containerd/state/io.containerd.runtime.v2.task/k8s.io/*/address; do
        [ -e "$file" ] || continue
        address=$(cat "$file")
        rm -f "${address#unix://}"
    done
}

remove_network() {
    local port
    [ -e "/sys/class/net/$BRIDGE" ] || return 0
    for port in "/sys/class/net/$BRIDGE/brif"/*; do
        [ ! -e "$port" ] || ip link delete "${port##*/}" 2>/dev/null || true # gone with its netns
    done
    ip link delete "$BRIDGE"
}

# What is still there, one a line.
leftovers() {
    local mount
    cgroup_pids | sed 's/^/process /'
    our_mounts | sed 's/^/mount /'
    [ ! -e "/sys/class/net/$BRIDGE" ] || echo "interface $BRIDGE"
    while read -r mount; do
        [ ! -e "$mount/$CGROUP" ] || echo "cgroup $mount/$CGROUP"
    done < <(cgroup_mounts)
    # someone else's new rule is none of ours to judge, so only rules with our names count
    if command -v iptables-save >/dev/null; then
        firewall_state | sed -n "/KUBE-\|$NET/s/^/firewall rule /p"
    fi
}

[ -n "${WIF_LOCKED:-}" ] || lock_cluster
if [ ! -e "$WIF_RUN" ] && [ -z "$(leftovers)" ]; then
    say "cluster: nothing to take down"
    exit 0
fi
[ ! -e "$WIF_RUN" ] || [ -e "$WIF_RUN/version" ] ||
    die "down: $WIF_RUN exists but is not a cluster's; point WIF_RUN elsewhere or remove it"
cgroup_kill
[ -z "${WIF_KEEP_LOGS:-}" ] || { mkdir -p "$WIF_KEEP_LOGS" && cp -a "$WIF_RUN/log/." "$WIF_KEEP_LOGS/"; }
remove_shim_sockets
unmount_all
remove_network
cgroup_remove
host_restore
left=$(leftovers)
[ -z "$left" ] || die "down: still there: $(paste -sd ';' <<<"$left")"
rm -rf --one-file-system "$WIF_RUN"
say "cluster: down; no process, mount, interface or rule is left"
