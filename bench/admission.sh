#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What one admission review costs the controller: CPU per review with 1 and with 8 keep-alive
# connections saturated, latency at 1,000 a second, memory idle and after many. The server has
# one core, the clients the other. CPU is utime + stime of the server over the run.
# usage: bench/admission.sh [REVIEWS]     (default 40000 per figure)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$PWD/${BUILD:-build}
n=${1:-40000}
body=tests/data/reviews/deployment-pod.json
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT

"$build/wif-sandbox" keygen --out "$tmp/keys" >/dev/null
cat >"$tmp/config.yaml" <<'YAML'
federations:
  default:
    organizationId: 5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11
    federationRuleId: fdrl_bench
    serviceAccountId: svac_bench
    tokenLifetimeSeconds: 600
writer: {image: claude-wif/writer:bench}
YAML
taskset -c 0 "$build/wif-controller" --config "$tmp/config.yaml" --no-cluster --log-level warn \
	--listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 --port-file "$tmp/ports" \
	--tls-cert "$tmp/keys/tls.crt" --tls-key "$tmp/keys/tls.key" 2>"$tmp/log" &
server=$!
until [ -s "$tmp/ports" ]; do kill -0 $server; sleep 0.02; done
port=$(awk '$1 == "listen" { print $2 }' "$tmp/ports")

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
hz=$(getconf CLK_TCK)
load() { taskset -c 1 "$build/bench/load" "$port" "$body" "$@"; }
cpu() { # CONNECTIONS: one figure
	local before out
	before=$(ticks)
	out=$(load "$1" "$n")
	awk -v t=$(($(ticks) - before)) -v hz="$hz" -v n="$n" -v c="$1" -v out="$out" 'BEGIN {
		printf "CPU per review, %s connection(s): %.0f us   (%s)\n", c, t / hz / n * 1e6, out }'
}

echo "idle VmRSS: $(rss) KiB"
load 8 2000 >/dev/null
cpu 1
cpu 8
echo "at 1,000/s over 8 connections: $(load 8 10000 1000)"
echo "VmRSS after the runs: $(rss) KiB"
