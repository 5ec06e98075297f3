#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests on a real cluster: bring it up, install, run the cases, take it down.
# usage: e2e/run.sh [CASE...]   (default: all; KEEP=1 leaves the cluster up)
#
# Ends with one line "N passed, N failed"; exit 1 when anything failed.
set -euo pipefail

# In braces, bash reads it whole: an edit in the meantime changes nothing.
{
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "e2e: needs root (containerd, network, cgroups); run: sudo make e2e" >&2; exit 100; }

cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=(sdk memory faults outage archived endpoint-down identities
	apply kinds webhooks mesh job plain levels figures classic observe quota issuer refusals golden
	times down helm placements rotation restarts)
for c in "${cases[@]}"; do
	[ -e "$here/cases/$c.sh" ] || { echo "e2e: no case $c; see e2e/cases" >&2; exit 100; }
done

trap take_down EXIT
trap 'exit 130' INT TERM

say "cluster: components"
"$here/cluster/build.sh" "${WIF_K8S_VERSION:-v1.34.4}"
say "cluster: up"
"$here/cluster/up.sh"
rm -rf "$work"
mkdir -p "$work"
: >"$work/results"

say "images"
"$here/clients/build.sh" "$work/approot"
"$root/tools/image.sh" claude-wif.test/client:plain "$work/plain.tar" --user 0 "$work/approot"
"$root/tools/image.sh" claude-wif.test/client:hostile "$work/hostile.tar" --user app \
	--stopsignal SIGQUIT --env ANTHROPIC_BASE_URL=https://evil.invalid \
	--env HTTPS_PROXY=http://127.0.0.1:9 --env OPENSSL_CONF=/etc/hostile-openssl.cnf \
	"$work/approot"
"$here/clients/mesh.sh" "$work/meshroot"
"$root/tools/image.sh" claude-wif.test/mesh:1 "$work/mesh.tar" --env PATH=/bin:/sbin "$work/meshroot"
for tar in "$work"/{plain,hostile,mesh}.tar "$build/images/controller.tar" "$build/images/writer.tar"; do
	"$here/cluster/import.sh" "$tar"
done
rm -rf "$work"/{approot,meshroot} "$work"/{plain,hostile,mesh}.tar

say "sandboxes"
"$build/wif-sandbox" keygen --out "$work/keys" --host sandbox.claude-wif.test --host "$bridge" \
	--host outage.restricted.svc.cluster.local
k get --raw /openid/v1/jwks >"$work/cluster-jwks.json"
sandbox_start default 8443 180
sandbox_start long 8444 3600
sandbox_start jobs 8446 600
sandbox_start throttled 8447 600
sandbox_start hanging 8452 600
sandbox_start resetting 8453 600
sandbox_start failing 8454 600
sandbox_start outage 8448 600
sandbox_start archived 8449 180
sandbox_start restarts 8450 180
sandbox_start cases 8451 180
other_webhooks_start

say "install"
. "$here/install.sh"

# Cases of one line take their turns: their starts together would keep two CPUs from the rest. The next
# begins when one has said that its pods are there (settled, lib.sh), or has ended.
queues=("job classic kinds mesh plain webhooks levels figures" "apply golden refusals observe quota")
# Quiet for the first, and the others take the webhook away: one by one, when those above have
# settled and only wait for what their pods go through.
late="times down helm placements rotation"
# Takes the node's daemons away: when all is over.
last="restarts"

# wanted CASES: those of them that this run has.
wanted() {
	local c
	for c in $1; do if [[ " ${cases[*]} " = *" $c "* ]]; then echo "$c"; fi; done
}
run_in_turn() {
	local c pids=()
	for c in $(wanted "$1"); do
		run_one "$c" & pids+=($!)
		await 900 test -e "$work/settled-$c"
	done
	[ ${#pids[@]} = 0 ] || wait "${pids[@]}"
}
logs=()
for c in "${cases[@]}"; do : >"$work/case-$c.log" && logs+=("$work/case-$c.log"); done
tail -q -n +1 --pid=$$ -F "${logs[@]}" 2>/dev/null & tail=$! # ends with this shell, however it ends
say "cases: ${cases[*]}"
early=() turns=()
for c in "${cases[@]}"; do
	[[ " $late $last " = *" $c "* ]] || early+=("$c")
	[[ " ${queues[*]} $late $last " = *" $c "* ]] || queues+=("$c")
done
for q in "${queues[@]}"; do run_in_turn "$q" & turns+=($!); done
for c in "${early[@]}"; do await 900 test -e "$work/settled-$c"; done
run_in_turn "$late"
[ ${#turns[@]} = 0 ] || wait "${turns[@]}"
run_in_turn "$last"
kill $tail 2>/dev/null || true

tally
if [ "$failed" -gt 0 ]; then
	mkdir -p "$build/e2e-logs"
	cp "$work"/*.log "$work"/*.events "$build/e2e-logs/" 2>/dev/null || true
	k get pods -A -o wide || true
	k -n claude-wif-system logs -l app.kubernetes.io/name=claude-wif --tail=30 || true
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
exit
}
