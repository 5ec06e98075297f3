#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Hostile connections and good reviews, interleaved, against one controller under
# AddressSanitizer and UndefinedBehaviorSanitizer: no hang, no leak, no wrong answer.
# SEQUENCES and REVIEWS say how many (`make soak`: 10,000 and a million), SEED which.
# usage: tests/controller/soak.sh [FILTER]; last line: N passed, N failed
set -euo pipefail

build=${BUILD:-build}
# Only a filter that asks for this suite, or for all, runs it.
case ${1:-*} in
'*' | soak/*) ;;
*) echo "0 passed, 0 failed"; exit 0 ;;
esac
seed=${SEED:-20261122}
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null; rm -rf "$tmp"' EXIT

"$build/wif-sandbox" keygen --out "$tmp/keys" >/dev/null
# What was freed stays in quarantine, up to this much: more would only blur the figures.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=8:detect_leaks=1
"$build/asan/wif-controller" --config tests/data/config/minimal.yaml --no-cluster --log-level warn \
	--listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 --port-file "$tmp/ports" --drain 0 \
	--tls-cert "$tmp/keys/tls.crt" --tls-key "$tmp/keys/tls.key" 2>"$tmp/log" &
server=$!
until [ -s "$tmp/ports" ]; do kill -0 "$server"; sleep 0.1; done

port=$(awk '$1 == "listen" { print $2 }' "$tmp/ports")
metrics=$(awk '$1 == "metrics" { print $2 }' "$tmp/ports")
status=0
"$build/asan/soak" "$port" "$metrics" "$server" "$seed" "${SEQUENCES:-300}" "${REVIEWS:-3000}" \
	tests/data/reviews/*.json || status=1
kill -TERM "$server"
wait "$server" || { echo "the controller ended with status $?"; status=1; }
server=
if grep -E 'Sanitizer|runtime error:' "$tmp/log"; then status=1; fi
[ $status -eq 0 ] || tail -n 50 "$tmp/log"
echo "$((1 - status)) passed, $status failed"
exit $status
