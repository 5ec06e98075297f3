#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kubectl-wif as a program, plain and under sanitizers: what it prints where, every exit status,
# and that kubectl takes it for its plugin. usage: program.sh [FILTER]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
filter=${1:-*}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=tests/data/cli
config=$cases/config.yaml

# expect NAME STATUS COMMAND...: its stdout is in $work/out, stderr in $work/err
expect() {
	local name=$1 want=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] || { problem "$name" "exit $got, not $want: $(cat "$work/err")"; return 1; }
	passed=$((passed + 1))
}

problem() {
	failed=$((failed + 1))
	echo "FAIL $1: $2"
}

# holds NAME COMMAND...: it succeeds
holds() {
	local name=$1
	shift
	if "$@"; then passed=$((passed + 1)); else problem "$name" "$*"; fi
}

silent() { [ ! -s "$work/out" ]; }
one_line() { [ "$(wc -l <"$work/err")" -eq 1 ]; }
# Nothing on stdout and stderr commands a terminal, turns the writing or begins a line of its own.
tame() {
	[ -s "$work/out" ] || [ -s "$work/err" ] || return 1
	! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|^forged' "$work/out" "$work/err"
}
# strangers ANNOTATION VALUE: a manifest whose names are a stranger's, in a file named likewise.
strangers() {
	evil=$work/$'m\e[31m.yaml'
	cat >"$evil" <<-EOF
		{"apiVersion": "apps/v1", "kind": "Deployment",
		 "metadata": {"name": "w\e]0;t\a\x9b2J\nforged\u202e", "annotations": {"wif.anthropic.com/inject": "true"}},
		 "spec": {"template": {
		  "metadata": {"annotations": {"wif.anthropic.com/inject": "true", "wif.anthropic.com/$1": "$2"}},
		  "spec": {"securityContext": {"runAsUser": 7}, "containers": [
		   {"name": "c\e[1m\x9b1m\nforged", "image": "i", "env": [{"name": "ANTHROPIC_API_KEY", "value": "k"}]}]}}}}
	EOF
}

run_all() { # program
	local wif=$1
	expect help 0 "$wif" --help && holds "help on stdout" grep -q '^usage: kubectl wif' "$work/out"
	expect version 0 "$wif" --version && holds "version" grep -qE '^kubectl-wif [0-9]' "$work/out"
	expect "help of a verb" 0 "$wif" inject --help

	expect "no verb" 100 "$wif" && holds "no verb: one line" one_line
	expect "a verb of the cluster half" 100 "$wif" status && holds "status: one line" one_line
	expect "no config" 100 "$wif" inject -f $cases/kinds/in
	holds "no config: says so" grep -q 'cannot ask a cluster' "$work/err"
	expect "config missing" 100 "$wif" inject -f $cases/kinds/in --config "$work/none"
	expect "config broken" 100 "$wif" inject -f $cases/kinds/in --config $cases/kinds/in
	holds "config broken: nothing on stdout" silent
	expect "file missing" 100 "$wif" inject -f "$work/none" --config $config
	expect "a directory as file" 100 "$wif" inject -f "$work" --config $config

	expect inject 0 "$wif" inject -f $cases/kinds/in --config $config
	holds "warnings on stderr alone" grep -q "^Warning: $cases/kinds/in: document 3 (StatefulSet default/three): " "$work/err"
	holds "no warning on stdout" bash -c "! grep -q ^Warning: $work/out"
	cp "$work/out" "$work/once"
	holds "inject | inject" bash -c "'$wif' inject -f - --config $config <'$work/once' 2>/dev/null | cmp - '$work/once'"
	holds "a pipe as file" bash -c "'$wif' inject -f <(cat $cases/kinds/in) --config $config 2>/dev/null | cmp - '$work/once'"

	sed 's/\(tokenLifetimeSeconds:\) 3600/\1 200/; s/writer:1/writer:2/' $config >"$work/changed"
	expect "one config" 0 "$wif" inject -f $cases/comments/in --config $config
	cp "$work/out" "$work/old"
	expect "another config" 0 "$wif" inject -f $cases/comments/in --config "$work/changed"
	cp "$work/out" "$work/new"
	holds "another config: it differs" bash -c "! cmp -s '$work/old' '$work/new'"
	expect "another config after one" 0 "$wif" inject -f "$work/old" --config "$work/changed"
	holds "another config after one: as that alone" cmp "$work/out" "$work/new"

	expect refused 100 "$wif" inject -f $cases/refused/in --config $config
	holds "refused: nothing on stdout" silent
	holds "refused: one line" one_line
	holds "refused: names the document" grep -q 'document 2 (Job team-a/nightly)' "$work/err"
	expect "not YAML" 100 "$wif" inject -f $cases/broken/in --config $config
	holds "not YAML: nothing on stdout" silent
	expect "stdout full" 111 bash -c "'$wif' inject -f $cases/comments/in --config $config >/dev/full"

	strangers static-key warn
	expect "a stranger's names: explain" 0 "$wif" explain -f "$evil" --config $config
	holds "a stranger's names: explain is tame" tame
	holds "a stranger's names: explain has the container" grep -qF 'c?[1m?1m?forged (uid 7)' "$work/out"
	expect "a stranger's names: inject" 0 "$wif" inject -f "$evil" --config $config
	cp "$work/err" "$work/out" # the manifest itself stays as it is
	holds "a stranger's names: warnings are tame" tame
	holds "a stranger's names: warnings name it" grep -qF 'm?[31m.yaml: document 1 (Deployment default/w?]0;t??2J?forged?)' "$work/err"
	strangers mode 'x\e[2J\nforged'
	expect "a stranger's value" 100 "$wif" inject -f "$evil" --config $config
	holds "a stranger's value: refused in one line" one_line
	holds "a stranger's value: tame" tame
	expect "a stranger's value: explain" 0 "$wif" explain -f "$evil" --config $config
	holds "a stranger's value: explain is tame" tame

	expect explain 0 "$wif" explain -f $cases/refused/in --config $config
	expect "explain -o json" 0 "$wif" explain -f $cases/kinds/in --config $config -o json

	rm -rf "$work/d"
	mkdir -p "$work/d/configs" "$work/d/credentials"
	expect "verify: nothing there" 1 "$wif" verify "$work/d"
	printf '{"version":"1.0","authentication":{"type":"user_oauth"}}' >"$work/d/configs/wif.json"
	printf '{"version":"1.0","type":"oauth_token","access_token":"t","expires_at":%d}' \
		"$(($(date +%s) + 900))" >"$work/d/credentials/wif.json"
	chmod 600 "$work/d/credentials/wif.json"
	expect "verify: good" 0 "$wif" verify "$work/d"
	expect "verify: another's" 1 "$wif" verify "$work/d" --uid 12345
	expect "verify: no directory" 100 "$wif" verify "$work/none"

	# 8 MiB of one list, and brackets without end: an answer, not a hang or a crash.
	{ printf 'a:\n'; yes -- '- x' | head -c 8388608; } >"$work/big"
	expect "8 MiB of values" 100 "$wif" inject -f "$work/big" --config $config
	{ printf 'a: "'; head -c 8388608 /dev/zero | tr '\0' x; printf '"\n'; } >"$work/big"
	expect "8 MiB in one value" 0 "$wif" inject -f "$work/big" --config $config
	holds "8 MiB: byte for byte" cmp "$work/out" "$work/big"
	head -c 1048576 /dev/zero | tr '\0' '[' >"$work/big"
	expect "a million brackets" 100 "$wif" inject -f "$work/big" --config $config
	head -c 4194304 /dev/zero | tr '\0' '{' >"$work/big"
	expect "four million braces" 100 "$wif" inject -f "$work/big" --config $config
	yes '{}' | head -c 300000 >"$work/big"
	expect "a hundred thousand objects" 0 "$wif" inject -f "$work/big" --config $config
	head -c 65536 /dev/urandom >"$work/big"
	"$wif" inject -f "$work/big" --config $config >"$work/out" 2>"$work/err"
	holds "noise: refused" test $? -eq 100
}

# kubectl finds its plugins on PATH by their names; a kubectl is there where e2e has run.
as_plugin() {
	local kubectl dir judge=1
	kubectl=$(find "${WIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claude-wif}/k8s" -path '*/bin/kubectl' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$kubectl" ] || { judge='' && kubectl=$(command -v kubectl); } || { echo "skipped: kubectl: none here; make e2e builds it"; return 0; }
	dir=$(cd "$build" && pwd)
	expect "kubectl plugin list" 0 env PATH="$dir:$PATH" "$kubectl" plugin list
	holds "plugin: listed" grep -q '/kubectl-wif$' "$work/out"
	expect "kubectl wif --version" 0 env PATH="$dir:$PATH" "$kubectl" wif --version
	holds "plugin: runs" grep -q '^kubectl-wif ' "$work/out"
	# Only that of the cache judges what it reads: older ones on PATH stop at json-then-brackets (1.32).
	[ -n "$judge" ] || { echo "skipped: what kubectl reads: $kubectl is not of the cache; make e2e builds one"; return 0; }
	for c in "$cases"/*/want; do
		[ -s "$c" ] && grep -q kind "$c" || continue
		expect "kubectl reads $c" 0 "$kubectl" label --local -f "$c" x=y -o name
	done
}

# shellcheck disable=SC2053 # a pattern is what it is
if [[ program/cli == $filter || $filter == '*' ]]; then
	run_all "$build/kubectl-wif"
	run_all "$build/asan/kubectl-wif"
	as_plugin
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
