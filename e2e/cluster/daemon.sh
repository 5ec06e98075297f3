# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Start, watch and stop one daemon of the cluster. Sourced, not run; needs lib.sh and cgroup.sh.

# spawn NAME COMMAND...: in the background, in our cgroup, its pid in pid/NAME, its output at the
# end of log/NAME.log.
spawn() {
    local name=$1 procs
    shift
    procs=$(tracking_cgroup)/daemons/cgroup.procs
    rm -f "$WIF_RUN/pid/$name"
    # The new session keeps a terminal's Ctrl-C away; exec keeps the pid that was written.
    # shellcheck disable=SC2016
    setsid --fork bash -c '
        echo $$ >"$1" && echo $$ >"$2.tmp" && mv "$2.tmp" "$2" && shift 2 && exec "$@"' \
        spawn "$procs" "$WIF_RUN/pid/$name" env -i PATH="$PATH" HOME=/root "$@" \
        </dev/null >>"$WIF_RUN/log/$name.log" 2>&1 8>&- 9>&-
    local deadline=$((SECONDS + 10))
    until [ -s "$WIF_RUN/pid/$name" ]; do
        [ "$SECONDS" -lt "$deadline" ] || die "$name: unable to start: $(tail -n 1 "$WIF_RUN/log/$name.log")"
        sleep 0.02
    done
}

# The pid of daemon $1 when it runs; a pid that the kernel gave to another program does not count.
daemon_pid() {
    local pid
    pid=$(cat "$WIF_RUN/pid/$1" 2>/dev/null) || return 1
    is_running "$pid" && grep -qs "^0::.*/$CGROUP/daemons$" "/proc/$pid/cgroup" || return 1
    echo "$pid"
}

# Die with a daemon's last words if one has ended.
check_daemons() {
    local file name
    for file in "$WIF_RUN"/pid/*; do
        name=${file##*/}
        [ -e "$file" ] || continue
        daemon_pid "$name" >/dev/null || die "$name ended: $(tail -n 1 "$WIF_RUN/log/$name.log");" \
            "see $WIF_RUN/log/$name.log, then run e2e/cluster/down.sh"
    done
}

# SIGTERM daemon $1 and wait for its end; SIGKILL when it does not end by itself: an API server
# takes half a minute while clients watch it.
stop_daemon() {
    local pid
    pid=$(daemon_pid "$1") || return 0
    rm -f "$WIF_RUN/pid/$1" # from here on its end is no failure
    kill -TERM "$pid"
    until_gone "$pid" 5 && return 0
    kill -KILL "$pid"
    until_gone "$pid" 30 || die "$1: pid $pid does not end"
}
