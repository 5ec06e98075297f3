# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What a cluster changes on its host outside the run directory: remembered before, put back after.
# Sourced, not run; needs lib.sh.

# Folders whose names are compiled into Kubernetes, containerd or CNI.
HOST_DIRS="/var/lib/kubelet /var/lib/cni /var/log/containers /run/containerd /run/netns"
# Settings that this cluster, the kubelet, kube-proxy and the bridge plugin write.
HOST_SYSCTLS="fs/inotify/max_user_instances
    net/ipv4/ip_forward net/ipv6/conf/all/forwarding net/ipv4/conf/all/route_localnet
    net/bridge/bridge-nf-call-iptables vm/overcommit_memory vm/panic_on_oom kernel/panic
    kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes
    net/netfilter/nf_conntrack_max net/netfilter/nf_conntrack_tcp_timeout_established
    net/netfilter/nf_conntrack_tcp_timeout_close_wait net/netfilter/nf_conntrack_tcp_be_liberal"

need_packages() {
    local missing=()
    want() { [ -e "$1" ] || missing+=("$2"); }
    want /usr/bin/containerd containerd
    want /usr/sbin/runc runc
    want /usr/lib/cni/bridge containernetworking-plugins
    want /usr/sbin/iptables iptables
    want /usr/share/doc/busybox-static busybox-static
    command -v ip >/dev/null || missing+=(iproute2)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v curl >/dev/null || missing+=(curl)
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    [ ${#missing[@]} -gt 0 ] || return 0
    say "cluster: installing ${missing[*]}"
    local log=$WIF_CACHE/apt.log
    mkdir -p "$WIF_CACHE"
    export DEBIAN_FRONTEND=noninteractive
    { # waiting for the lock: another install may be under way
        apt-get -q update && apt-get -q -y -o DPkg::Lock::Timeout=300 \
            --no-install-recommends install "${missing[@]}"
    } </dev/null >"$log" 2>&1 ||
        die "unable to install ${missing[*]}: $(grep '^E:' "$log" | tail -n 1); see $log"
}

# Refuse what cannot work, by name, before anything is changed.
need_host() {
    ! iptables-save 2>/dev/null | grep -q '^:KUBE-' ||
        die "up: iptables already has the rules of a kube-proxy; another Kubernetes runs here"
    local route
    for route in "$POD_NET" "$SERVICE_NET"; do
        [ -z "$(ip -4 route show root "$route")" ] ||
            die "up: $route is already routed on this machine: $(ip -4 route show root "$route" | head -n 1)"
    done
}

# The rules of both address families, one a line.
firewall_state() {
    iptables-save 2>/dev/null
    ip6tables-save 2>/dev/null
}

host_save() {
    local dir key
    for dir in $HOST_DIRS; do [ -e "$dir" ] || echo "$dir"; done >"$WIF_RUN/host.absent"
    for key in $HOST_SYSCTLS; do
        # shellcheck disable=SC2015 # an absent key is skipped
        [ -e "/proc/sys/$key" ] && echo "$key $(cat "/proc/sys/$key")" || true
    done >"$WIF_RUN/host.sysctls"
}

# The kubelet does not start without an inotify instance. They are counted per uid, 128 by
# default, and other work of root on this machine takes some too.
host_inotify() {
    local limit=/proc/sys/fs/inotify/max_user_instances
    [ "$(cat $limit)" -ge 8192 ] || echo 8192 >$limit
}

# Rules of kube-proxy, the kubelet and our CNI network out, everybody else's kept, also those that
# came while the cluster was up (which loading the saved state would lose).
firewall_clean() {
    local save=$1 restore=$2
    "$save" -c 2>/dev/null | NET="name: \\\"$NET\\\"" awk '
        BEGIN { net = ENVIRON["NET"] }
        { line[NR] = $0 }
        index($0, net) { for (i = 1; i <= NF; i++) if ($i ~ /^CNI-[0-9a-f]+$/) ours[$i] = 1 }
        END {
            for (n = 1; n <= NR; n++) {
                $0 = line[n]
                keep = !/(^:| )KUBE-/ && !index($0, net)
                for (i = 1; i <= NF; i++) { w = $i; sub(/^:/, "", w); if (w in ours) keep = 0 }
                if (keep) print
            }
        }' >"$WIF_RUN/host.$restore"
    [ ! -s "$WIF_RUN/host.$restore" ] || "$restore" --counters <"$WIF_RUN/host.$restore"
}

host_restore() {
    local key value dir
    if [ -e "$WIF_RUN/host.sysctls" ]; then
        while read -r key value; do
            [ "$(cat "/proc/sys/$key")" = "$value" ] || echo "$value" >"/proc/sys/$key"
        done <"$WIF_RUN/host.sysctls"
    fi
    if command -v iptables-save >/dev/null; then
        firewall_clean iptables-save iptables-restore
        firewall_clean ip6tables-save ip6tables-restore
    fi
    if [ -d /var/log/containers ]; then # links into our run directory, which is about to go
        find /var/log/containers -lname "$WIF_RUN/*" -delete
    fi
    [ ! -e "$WIF_RUN/host.absent" ] || while read -r dir; do rm -rf --one-file-system "$dir"; done <"$WIF_RUN/host.absent"
}
