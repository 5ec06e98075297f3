#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From the writer's start to a usable credential file, against a local endpoint over TLS:
# the median of N runs, each with an assertion of its own. Also what it costs in memory.
# usage: bench/start.sh [N]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$PWD/${BUILD:-build}
n=${1:-21}
tmp=$(mktemp -d)
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null; rm -rf "$tmp"' EXIT

"$build/wif-sandbox" keygen --out "$tmp/keys" >/dev/null
"$build/wif-sandbox" serve --listen 127.0.0.1:0 --port-file "$tmp/ports" \
	--tls-cert "$tmp/keys/tls.crt" --tls-key "$tmp/keys/tls.key" \
	--issuer https://issuer.test --jwks "$tmp/keys/jwks.json" --audience https://api.anthropic.com \
	--subject 'system:serviceaccount:bench:*' --rule fdrl_bench \
	--organization 5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11 --service-account svac_bench \
	--token-lifetime 600 >"$tmp/sandbox.log" 2>&1 &
sandbox=$!
until [ -s "$tmp/ports" ]; do kill -0 $sandbox; sleep 0.02; done
port=$(awk '$1 == "listen" { print $2 }' "$tmp/ports")

export ANTHROPIC_FEDERATION_RULE_ID=fdrl_bench ANTHROPIC_SERVICE_ACCOUNT_ID=svac_bench
export ANTHROPIC_ORGANIZATION_ID=5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11 WIF_POD_UID=bench
for i in $(seq "$n"); do
	"$build/wif-sandbox" project --keys "$tmp/keys" --issuer https://issuer.test \
		--subject system:serviceaccount:bench:default --audience https://api.anthropic.com \
		--expiration 600 --out "$tmp/a$i"
	mkdir "$tmp/o$i"
	t0=$(date +%s%N)
	"$build/wif-writer" once --assertions "$tmp/a$i" --output "$tmp/o$i" \
		--exchange "$build/wif-exchange" --base-url "https://localhost:$port" \
		--ca-bundle /etc/ssl/certs/ca-certificates.crt --ca-pem "$(cat "$tmp/keys/ca.crt")" \
		--termination-log "$tmp/termination" 2>>"$tmp/writer.log" || { tail -n 3 "$tmp/writer.log"; exit 1; }
	t1=$(date +%s%N)
	[ -s "$tmp/o$i/credentials/wif.json" ]
	echo $(((t1 - t0) / 1000))
done | sort -n | awk '{ v[NR] = $1 } END {
	printf "start to usable file: median %.1f ms, least %.1f, most %.1f, %d runs\n",
		v[int((NR + 1) / 2)] / 1000, v[1] / 1000, v[NR] / 1000, NR }'
