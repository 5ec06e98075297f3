#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shipped wif-writer as a process of its own, with a child that does as it is told.
# usage: program.sh [FILTER]; BUILD is where the programs are. Last line: N passed, N failed.
# WIF_EMULATED: the programs run under qemu-user (tools/test-arm64.sh), which has its own memory and
# real-time signals, and neither Landlock nor seccomp.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath "${BUILD:-build}") filter=${1:-*} passed=0 failed=0
# shellcheck disable=SC2053 # the filter is a pattern
[[ program/x == $filter ]] || { echo "0 passed, 0 failed"; exit 0; }
dir=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir "$dir/bin" && cp "$BUILD/wif-writer" "$dir/bin/"
cp "$BUILD/tests/support/fake-exchange" "$dir/bin/wif-exchange" && echo >"$dir/bin/ca-bundle.pem"
export ANTHROPIC_FEDERATION_RULE_ID=fdrl_x ANTHROPIC_SERVICE_ACCOUNT_ID=svac_x WIF_POD_UID=p
export ANTHROPIC_ORGANIZATION_ID=00000000-0000-0000-0000-000000000000 ANTHROPIC_WORKSPACE_ID=

is() { # name got want
	if [[ $2 == "$3" ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'not ok: %s\n  got  %s\n  want %s\n' "$1" "$2" "$3"
	fi
}
has() { # name text part
	if [[ $2 == *"$3"* ]]; then is "$1" 1 1; else is "$1" "$2" "...$3..."; fi
}
skip() { # what why; in CI a failure: nothing else proves it. What an emulator lacks is none.
	if [ -n "${CI:-}" ] && [ -z "${WIF_EMULATED:-}" ]; then
		is "$1, with CI set" "$2" run
	else
		echo "skipped: $1: $2"
	fi
}
b64() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
jwt() { # seconds
	local now
	now=$(date +%s)
	printf '%s.%s.%s' "$(printf '{"alg":"RS256"}' | b64)" \
		"$(printf '{"iat":%d,"exp":%d}' "$now" $((now + $1)) | b64)" \
		"$(head -c 64 /dev/urandom | b64)"
}
fresh() { # a new pair of directories with N assertions
	cat "$dir/log" >>"$dir/every-log" 2>/dev/null
	rm -rf "$dir/in" "$dir/out" "$dir/log" && mkdir "$dir/in"
	for i in $(seq "$1"); do jwt 600 >"$dir/in/t$i"; done
}
command_line() { # word verb [option...]: into cmd
	cmd=("$dir/bin/wif-writer" "$2" --assertions "$dir/in" --output "$dir/out"
		--base-url "https://fake.test/$1" --termination-log "$dir/last-words" "${@:3}")
}
writer() {
	command_line "$@"
	"${cmd[@]}" 2>>"$dir/log"
}
start() { # as writer, in the background; its pid is $pid
	command_line "$@"
	"${cmd[@]}" 2>>"$dir/log" &
	pid=$!
	pids+=("$pid")
}
check() { "$dir/bin/wif-writer" check --output "$dir/out" "$@"; }
mode() { stat -c %a "$dir/out/$1"; }
until_in() { # file text: wait for it, 10 s at most; tail watches the file and its successors
	timeout 10 grep -qm1 -- "$2" <(exec tail -n +1 -F "$dir/$1" 2>/dev/null)
}
until_log() { until_in log "$1"; }

# --- command line ---
is "version" "$("$BUILD/wif-writer" --version)" "wif-writer 0.1.0"
for verb in run once check status install; do
	has "help of $verb" "$("$BUILD/wif-writer" $verb --help)" "usage: wif-writer $verb"
done
usage() { # want-part args...
	local want=$1 text
	shift
	text=$("$BUILD/wif-writer" "$@" 2>&1)
	is "exit status of: $*" $? 100
	has "message of: $*" "$text" "$want"
	is "one line of: $*" "$(wc -l <<<"$text")" 1
}
usage "use run, once, check, status or install"
usage '"rum": not a verb; use run, once' rum
usage 'unknown option "--asertions"; do you mean --assertions' run --asertions x
usage 'unknown option "--assertions"; see wif-writer check --help' check --assertions x
usage "--assertions: needs a value; write --assertions=PATH" run --assertions
usage "--source: needs a value; write --source=projected|file" run --source
usage "--log-level: needs a value; write --log-level=error|warn|info|debug" run --log-level
usage "--wait: needs a value; write --wait=SECONDS" check --wait
usage "--proxy: needs a value; write --proxy=TEXT" once --proxy
usage "--assertions is missing; give it the path of the directory of projected tokens" run
usage "give it the path of the token's file" run --source file
for option in assertions output exchange ca-bundle termination-log; do
	usage "--$option \"\": empty; give a path of 1 to 480 bytes" run --assertions x --$option ''
done
usage '--proxy "...": has a control character; write it as one line' run --proxy $'a\tb'
usage "not a source; use projected or file" run --assertions x --source vault
usage '"soon": not a duration of 1 to 86400 s; write 600,' run --assertions x --lifetime soon
usage '"9m": not a duration of 100 to 120000 ms; write 500ms,' run --assertions x --timeout 9m
usage "too long; give a path of 1 to 480 bytes" run --assertions "$(printf '%500s' | tr ' ' x)"
usage 'unknown option "--grace"' once --grace 30s --assertions x
usage "not a level" run --assertions x --log-level loud
usage "takes no value; write the option alone" run --assertions x --insecure=yes
usage "http would show the assertion" run --assertions x --base-url http://x
usage "not a URL" run --assertions x --base-url ftp://x
usage "not a URL; write https://" run --assertions x --base-url https://me:SECRET@x
usage 'write http://HOST:PORT' run --assertions x --proxy http://me:SECRET@x:1
said="$("$BUILD/wif-writer" run --assertions x --proxy http://me:SECRET@x:1 2>&1)
$("$BUILD/wif-writer" run --assertions x --base-url https://me:SECRET@x 2>&1)"
is "a password is not repeated" "$(grep -c SECRET <<<"$said")" 0
usage "write wif-writer install DIR" install
usage "write wif-writer install DIR" install ''
usage 'unknown option "too"' install x too
ANTHROPIC_FEDERATION_RULE_ID=rule usage "not a rule; use fdrl_ and 1 to 128" run --assertions x
ANTHROPIC_ORGANIZATION_ID=org usage "not a UUID; use 8-4-4-4-12 hexadecimal digits" run --assertions x
ANTHROPIC_SERVICE_ACCOUNT_ID='' usage "use svac_ and 1 to 128 of A-Za-z0-9_-" run --assertions x
ANTHROPIC_WORKSPACE_ID=default1 usage "or use default or wrkspc_ and 1 to 128" run --assertions x
# These end with a JSON line instead, as run logs do.
fresh 1
writer granted once --exchange /nowhere; is "no exchange program" $? 100
has "no exchange program" "$(cat "$dir/log")" "set --exchange"
writer granted once --exchange /etc; is "the exchange is a directory" $? 100
writer granted once --ca-bundle /nowhere; is "no CA bundle" $? 100
is "nothing was spent on it" "$(find "$dir/out" 2>/dev/null)" ""

# --- once ---
fresh 2
(umask 077 && writer 600/granted once); is "once" $? 0
is "mode of the config" "$(mode configs/wif.json)" 644
is "mode of the credential" "$(mode credentials/wif.json)" 600
is "mode of the token" "$(mode access-token)" 600
is "mode of the ledger" "$(mode .wif/ledger)" 600
check; is "check says yes" $? 0
is "yes is silent" "$(check)" ""
has "status" "$("$dir/bin/wif-writer" status --output "$dir/out")" '"files":"fresh"'
has "status is JSON" "$("$dir/bin/wif-writer" status --output "$dir/out" |
	python3 -c 'import json,sys; print(json.load(sys.stdin)["last_request_id"])')" req_fake
writer 600/granted once; is "once more finds it good" $? 0
is "and spends nothing" "$(grep -c '^spent' "$dir/out/.wif/ledger")" 1
fresh 2
writer denied once; is "once, denied" $? 111
has "check names the reason" "$(check)" "WriterDenied: no credential yet"
has "check names the request" "$(check)" "request id req_fake"
is "check says no" "$(check >/dev/null; echo $?)" 1
writer 600/granted once --output /proc/none; is "an output that cannot be made" $? 111

# --- run ---
fresh 6
start 600/granted run
check --wait 10s; is "check --wait" $? 0
writer 600/granted run; is "a second writer" $? 111
has "a second writer" "$(cat "$dir/log")" "another writer serves"
status=$(cat "/proc/$pid/status")
rss=$(awk '/^VmRSS/ { print $2 }' <<<"$status")
if [ -z "${WIF_EMULATED:-}" ]; then
	is "idle VmRSS is at most 256 KiB" "$((rss <= 256))" 1
	echo "idle VmRSS: $rss KiB"
else
	echo "skipped: program/rss, signal 37: the memory is mostly $WIF_EMULATED's, real-time signals are too"
fi
has "no new privileges" "$status" $'NoNewPrivs:\t1'
until_in out/.wif/status '^result granted' # the last thing that it does before it sleeps
until [[ $(awk '{ print $3 }' "/proc/$pid/stat") = S ]]; do :; done # the kernel tells nobody
before=$(awk '/ctxt/' "/proc/$pid/status"; cat "/proc/$pid/schedstat")
sleep 2 # the time that is measured, not a wait
is "idle means asleep" "$(awk '/ctxt/' "/proc/$pid/status"; cat "/proc/$pid/schedstat")" "$before"
if python3 -c 'import time; time.clock_settime(time.CLOCK_REALTIME, time.time())' 2>/dev/null; then
	until_log 'the wall clock was set' # ECANCELED, by the real kernel
	is "setting the clock is noticed" $? 0
else
	skip program/clock "the clock may not be set here"
fi
is "no core file" "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$pid/limits")" "0 0"
kill -TERM "$pid"
wait "$pid"; is "SIGTERM ends it" $? 0
signals='INT QUIT HUP WINCH USR1'
[ -n "${WIF_EMULATED:-}" ] || signals+=' 37'
for signal in $signals; do
	fresh 2 # an earlier "started" must not count: the signal would meet the shell before exec
	start 600/granted run
	until_log '"started"'
	kill -"$signal" "$pid"
	wait "$pid"; is "signal $signal ends it" $? 0
done

# --- as PID 1: what it inherits it reaps ---
if unshare --pid --fork true 2>/dev/null; then
	fresh 2
	mkfifo "$dir/go"
	command_line 600/granted run
	unshare --pid --fork --kill-child "${cmd[@]}" 2>>"$dir/log" &
	outer=$!
	pids+=("$outer")
	check --wait 10s
	pid=$(pgrep -P "$outer")
	# A shell leaves a child behind, which ends when we let it.
	# shellcheck disable=SC2016 # for that shell, not for this one
	nsenter --target "$pid" --pid sh -c 'read -r _ <"$1" &' sh "$dir/go"
	orphan=$(pgrep -P "$pid" -x sh)
	is "PID 1 inherits the orphan" "$(awk '/^NSpid/ { print NF - 1 }' "/proc/$orphan/status")" 2
	timeout 10 tee "$dir/go" <<<go >/dev/null
	timeout 10 tail -s 0.1 --pid="$orphan" -f /dev/null # a zombie would keep it waiting
	is "PID 1 reaps the orphan" $? 0
	kill -TERM "$pid"
	wait "$outer"; is "SIGTERM ends PID 1" $? 0
else
	skip program/pid-1 "unshare is not allowed to make a PID namespace"
fi

# --- SIGKILL: the child goes too, the ledger stays, nothing is spent twice ---
fresh 2
start hang run
until_log '^hanging: '
child=$(sed -n 's/^hanging: //p' "$dir/log")
kill -9 "$pid"
wait "$pid" 2>/dev/null
timeout 10 tail --pid="$child" -f /dev/null; is "the child does not outlive it" $? 0
is "what it had is written down" "$(grep -c '^spent' "$dir/out/.wif/ledger")" 1
writer 600/granted once; is "a restart" $? 0
is "another one was spent" "$(grep -c '^spent' "$dir/out/.wif/ledger")" 2

# --- children that misbehave ---
for word in crash garbage; do
	fresh 1
	start $word run
	until_log '"exchange failed","result":"transient"'; is "$word is transient" $? 0
	kill "$pid"
	wait "$pid"
	is "$word is spent" "$(grep -c '^spent' "$dir/out/.wif/ledger")" 1
done
fresh 1
start hang run --timeout 100ms
until_log 'killed by signal 9'; is "a child that hangs is killed" $? 0
kill "$pid"
wait "$pid"

# --- confinement ---
fresh 1
start look run
until_log '"detail":"passwd'
kill "$pid"
wait "$pid"
# landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION): asked of the kernel, not of the writer.
if [ -z "${WIF_EMULATED:-}" ] &&
	python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'; then
	has "the child sees little" "$(cat "$dir/log")" \
		"passwd 0, null 1, descriptors 0, no-new-privs 1, death signal 9"
	is "nothing is said to be missing" "$(grep -c 'confinement incomplete' "$dir/log")" 0
else
	has "the kernel's lack is said" "$(cat "$dir/log")" 'confinement incomplete on this kernel'
	echo "skipped: program/confinement: ${WIF_EMULATED:-this kernel} has no Landlock"
fi

# --- assertions that are none ---
fresh 0
: >"$dir/in/empty"
head -c 20000 /dev/zero | tr '\0' x >"$dir/in/big"
echo SECRET-not-a-jwt >"$dir/in/text"
start granted run
until_log 'not a usable assertion'; is "a bad assertion is reported" $? 0
jwt 600 >"$dir/tmp" && mv "$dir/tmp" "$dir/in/good"
check --wait 10s; is "a good one is taken when it comes" $? 0
until_in out/.wif/status '^result granted'
has "the bad one is still named" "$("$dir/bin/wif-writer" status --output "$dir/out")" '"problem":"'
kill "$pid"
wait "$pid"

# --- no inotify instance is left to the uid: writer and check look by the clock ---
without_inotify() {
	unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"' sh "$@"
}
if without_inotify true 2>/dev/null; then
	fresh 0
	command_line granted run --lifetime 10
	without_inotify "${cmd[@]}" 2>>"$dir/log" &
	pid=$!
	pids+=("$pid")
	until_log '(fs.inotify.max_user_instances is used up)'; is "what to raise is said" $? 0
	without_inotify timeout 60 "$dir/bin/wif-writer" check --output "$dir/out" --wait 600s >"$dir/tmp" &
	checking=$!
	jwt 600 >"$dir/new" && mv "$dir/new" "$dir/in/good"
	wait "$checking"; is "check sees it without a watch" $? 0
	kill "$pid"
	wait "$pid"
else
	skip program/without-inotify "no user namespace here"
fi

# --- directories that are replaced: Landlock keeps the new ones from a writer that runs ---
for place in in out; do
	fresh 2
	start 600/granted run
	check --wait 10s
	until_in out/.wif/status '^result granted'
	if grep -q '"Landlock' "$dir/log"; then
		echo "skipped: program/replaced: this kernel has no Landlock"
		kill "$pid"
		wait "$pid"
		break
	fi
	rm -rf "$dir/new" && mkdir "$dir/new" # RENAME_EXCHANGE: with none there, it would look in a minute
	python3 -c 'import ctypes, sys; a, b = map(str.encode, sys.argv[1:])
sys.exit(ctypes.CDLL(None).renameat2(-100, a, -100, b, 2))' "$dir/new" "$dir/$place"
	jwt 600 >"$dir/in/new" # the event by which it looks at the output
	timeout 10 tail -s 0.1 --pid="$pid" -f /dev/null || kill "$pid"
	wait "$pid"; is "it ends when $place is replaced" $? 111
	has "it says that $place was replaced" "$(cat "$dir/log")" "was replaced: only a new process may"
	writer 600/granted once; is "a new process serves the new $place" $? 0
done

# --- install ---
"$dir/bin/wif-writer" install "$dir/copy"; is "install" $? 0
"$dir/bin/wif-writer" install "$dir/copy"; is "install again" $? 0
is "modes" "$(stat -c '%n %a' "$dir"/copy/* | sed 's|.*/||' | tr '\n' ' ')" \
	"ca-bundle.pem 444 wif-exchange 111 wif-writer 111 "
is "nothing else" "$(find "$dir/copy" -type f | wc -l)" 3
"$dir/copy/wif-writer" --version >"$dir/tmp"
is "the copy runs" "$(cat "$dir/tmp")" "wif-writer 0.1.0"

# --- secrets ---
cat "$dir/log" "$dir/last-words" >>"$dir/every-log" 2>/dev/null
has "every log was kept" "$(cat "$dir/every-log")" '"msg":"credential in place"'
is "no secret in any log" "$(grep -cE 'sk-ant|SECRET|eyJ' "$dir/every-log")" 0

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
