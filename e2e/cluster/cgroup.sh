# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Everything the cluster starts lives in one cgroup of the v2 hierarchy, so that it can be ended
# as a whole, by what was started and not by name. In the hybrid layout runc moves containers in
# the v1 hierarchies only and they stay with their shim in the v2 one; in the pure v2 layout
# their cgroups lie below ours. Sourced, not run.

# The mount points of all cgroup hierarchies, v2 last.
cgroup_mounts() {
    awk '{ for (i = 7; i < NF; i++) if ($i == "-") break
           if ($(i + 1) == "cgroup") print $5
           if ($(i + 1) == "cgroup2") v2 = $5 }
         END { if (v2 != "") print v2 }' /proc/self/mountinfo
}

tracking_cgroup() { printf '%s/%s\n' "$(cgroup_mounts | tail -n 1)" "$CGROUP"; }

# Make our cgroup in every hierarchy: daemons/ for what spawn starts, pods/ for the kubelet.
cgroup_make() {
    local mount dir ctl
    while read -r mount; do
        dir=$mount/$CGROUP
        mkdir -p "$dir/pods"
        if [ -e "$mount/cpuset.cpus" ]; then # v1: a new cpuset is empty and takes no process
            for dir in "$dir" "$dir/pods"; do
                cat "$mount/cpuset.cpus" >"$dir/cpuset.cpus"
                cat "$mount/cpuset.mems" >"$dir/cpuset.mems"
            done
        elif [ -e "$mount/cgroup.controllers" ]; then
            mkdir -p "$dir/daemons"
            [ -e "$dir/cgroup.kill" ] ||
                die "cgroup v2 at $mount has no cgroup.kill; a kernel of 5.14 or later is needed"
            for ctl in $(<"$mount/cgroup.controllers"); do
                for dir in "$mount" "$mount/$CGROUP" "$mount/$CGROUP/pods"; do
                    echo "+$ctl" >"$dir/cgroup.subtree_control" 2>/dev/null || break
                done
            done
        fi
    done < <(cgroup_mounts)
    [ -e "$(tracking_cgroup)/cgroup.kill" ] ||
        die "no cgroup v2 hierarchy is mounted; mount one: mkdir -p /sys/fs/cgroup/unified &&" \
            "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
}

# The processes of the cluster, one pid a line.
cgroup_pids() {
    local dir
    dir=$(tracking_cgroup)
    [ -d "$dir" ] || return 0
    find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -un
}

# SIGKILL all of them at once, without a race against forks, and wait until they are gone.
cgroup_kill() {
    local dir deadline=$((SECONDS + 30))
    dir=$(tracking_cgroup)
    [ -d "$dir" ] || return 0
    echo 1 >"$dir/cgroup.kill"
    while grep -q '^populated 1' "$dir/cgroup.events"; do
        [ "$SECONDS" -lt "$deadline" ] || die "down: processes that SIGKILL does not end:" \
            "$(cgroup_pids | tr '\n' ' ')"
        sleep 0.05
    done
}

cgroup_remove() {
    local mount
    while read -r mount; do
        [ ! -d "$mount/$CGROUP" ] || find "$mount/$CGROUP" -depth -type d -exec rmdir {} +
    done < <(cgroup_mounts)
}
