#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What admission reviews cost the controller, with the aims of shared/design.md §9, and beside it
# its peers, where EKS_WEBHOOK names the program of the EKS pod-identity webhook, or AZURE_WEBHOOK
# that of Azure's workload-identity webhook; one or both.
#
# All of them get the same review, which carries the label that Azure's asks for, and have the
# same API server, bench/cluster.py. A peer is measured only once it patches the pod with what its
# ServiceAccount's annotation says.
#
# The server has one core, the clients the other. CPU per review is utime + stime of the server
# over a run, divided by its reviews: it can be trusted on a busy machine. Times (p99, per second)
# cannot, and are marked with ~; the paced runs, which need a fifth of a core, are at real-time
# priority where that is allowed (root).
# usage: [EKS_WEBHOOK=PROGRAM] [AZURE_WEBHOOK=PROGRAM] bench/admission.sh
# REVIEWS (default 40000): how many for a figure of CPU, and in all for the figure of growth, at
# least 20000; the aim there is 1000000
set -euo pipefail
cd "$(dirname "$0")/.."
peers=()
for name in EKS AZURE; do
	program=${name}_WEBHOOK
	[ -n "${!program:-}" ] || continue
	[ -f "${!program}" ] && [ -x "${!program}" ] || {
		echo "$program is not a program: ${!program}; name the one built of the peer's checkout" >&2
		exit 100
	}
	peers+=("${name,,}")
done
# A peer listens on every address: then all of it runs in a network of its own.
if [ ${#peers[@]} -gt 0 ] && [ -z "${BENCH_NETWORK:-}" ]; then
	as_root=$([ "$(id -u)" -eq 0 ] || echo --map-root-user)
	exec env BENCH_NETWORK=own unshare --net ${as_root:+"$as_root"} "$0" "$@"
fi
[ -z "${BENCH_NETWORK:-}" ] || ip link set lo up

build=$PWD/${BUILD:-build}
reviews=${REVIEWS:-40000}
few=$((reviews < 40000 ? reviews : 40000))
grown=$((reviews > 20000 ? reviews : 20000))
body=tests/data/reviews/deployment-pod.json
hz=$(getconf CLK_TCK)
tmp=$(mktemp -d)
declare -A figure
server='' api='' port='' path=''
trap 'kill $server $api 2>/dev/null || true; rm -rf "$tmp"' EXIT

"$build/wif-sandbox" keygen --out "$tmp/keys" >/dev/null
cat >"$tmp/config.yaml" <<'YAML'
federations:
  default:
    organizationId: 5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11
    federationRuleId: fdrl_bench
    serviceAccountId: svac_bench
    tokenLifetimeSeconds: 600
policy: [{namespaces: ["*"], rules: ["*"], serviceAccounts: ["*"]}]
writer: {image: claude-wif/writer:bench}
YAML
python3 - "$body" >"$tmp/large.json" <<'PYTHON'
import json, sys
review = json.load(open(sys.argv[1]))
for i in range(10000):
    review["request"]["object"]["metadata"]["annotations"][f"example.com/a-{i:05}"] = "x" * 260
json.dump(review, sys.stdout)
PYTHON

# --- the servers ---

stop() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
	server=
}
start_ours() {
	stop
	rm -f "$tmp/ports"
	taskset -c 0 "$build/wif-controller" --config "$tmp/config.yaml" --log-level warn \
		--kubeconfig "$tmp/kubeconfig" \
		--listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 --port-file "$tmp/ports" --drain 0 \
		--tls-cert "$tmp/keys/tls.crt" --tls-key "$tmp/keys/tls.key" 2>"$tmp/log" &
	server=$!
	until [ -s "$tmp/ports" ]; do kill -0 $server; sleep 0.02; done
	port=$(awk '$1 == "listen" { print $2 }' "$tmp/ports")
	path=/mutate
}
ours_ready() {
	local metrics
	metrics=$(awk '$1 == "metrics" { print $2 }' "$tmp/ports")
	python3 - "http://127.0.0.1:$metrics/readyz" <<'PYTHON'
import sys, time, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(1200):
    try:
        sys.exit(opener.open(sys.argv[1]).status != 200)
    except OSError:
        time.sleep(0.1)
sys.exit("not ready after two minutes")
PYTHON
}
# Until N pods are counted; what the scrape that shows it took, in ms.
ours_pods() { # N
	local metrics
	metrics=$(awk '$1 == "metrics" { print $2 }' "$tmp/ports")
	python3 - "http://127.0.0.1:$metrics/metrics" "$1" <<'PYTHON'
import re, sys, time, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(1200):
    began = time.monotonic()
    text = opener.open(sys.argv[1]).read().decode()
    took = time.monotonic() - began
    if sum(map(int, re.findall(r"^claude_wif_pods.* (\d+)$", text, re.M))) == int(sys.argv[2]):
        sys.exit(print(int(took * 1e6)))
    time.sleep(0.1)
sys.exit("the pods are not counted after two minutes")
PYTHON
}
start_eks() {
	stop
	port=9443 path=/mutate
	taskset -c 0 "$EKS_WEBHOOK" --in-cluster=false --kubeconfig "$tmp/kubeconfig" --port $port \
		--metrics-port 9444 --tls-cert "$tmp/keys/tls.crt" --tls-key "$tmp/keys/tls.key" \
		>"$tmp/eks.log" 2>&1 &
	server=$!
}
start_azure() {
	stop
	port=9443 path=/mutate-v1-pod
	AZURE_TENANT_ID=bench KUBECONFIG=$tmp/kubeconfig taskset -c 0 "$AZURE_WEBHOOK" \
		--disable-cert-rotation --webhook-cert-dir "$tmp/keys" --health-addr :9440 \
		--metrics-addr :9444 >"$tmp/azure.log" 2>&1 &
	server=$!
}
# No readiness of a peer tells of its cache: it is full once the pod gets what its account says.
peer_ready() { # NAME
	local -A given=([eks]=AWS_ROLE_ARN [azure]=AZURE_CLIENT_ID)
	python3 - $server $port $path "$body" "${given[$1]}" <<'PYTHON' && return
import base64, json, os, ssl, sys, time, urllib.request
server, port, path, body, given = sys.argv[1:]
tls = ssl._create_unverified_context()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                     urllib.request.HTTPSHandler(context=tls))
ask = urllib.request.Request(f"https://127.0.0.1:{port}{path}", open(body, "rb").read(),
                             {"Content-Type": "application/json"})
for _ in range(1200):
    try:
        answer = json.load(opener.open(ask))["response"]
        if given.encode() in base64.b64decode(answer.get("patch", "")):
            sys.exit()
    except OSError:
        if not os.path.exists(f"/proc/{server}"):
            sys.exit("it has ended")
    time.sleep(0.1)
sys.exit(f"no patch with {given} after two minutes")
PYTHON
	echo "the program of ${1^^}_WEBHOOK does not patch the pod; its log ends:" >&2
	tail -n 3 "$tmp/$1.log" >&2
	exit 111
}
start_api() { # NAMESPACES ACCOUNTS PODS
	stop_api
	rm -f "$tmp/kubeconfig"
	taskset -c 1 python3 bench/cluster.py "$tmp/kubeconfig" "$@" &
	api=$!
	until [ -s "$tmp/kubeconfig" ]; do kill -0 $api; sleep 0.02; done
}
stop_api() {
	[ -z "$api" ] || { kill "$api" && wait "$api"; } 2>/dev/null || true
	api=
}

# --- the figures ---

memory() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$server/status"; } # VmRSS or VmHWM, KiB
forget_peak() { echo 5 >"/proc/$server/clear_refs"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
load() { taskset -c 1 "$build/bench/load" "$port" "$path" "${input:-$body}" "$@"; }
field() { awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) print $(i + 1) }' <<<"$2"; }
failed=0
checked() { # LINE of load: nothing may fail
	[ "$(field failed "$1")" = 0 ] || { echo "failed: $1" >&2; failed=1; }
}
cpu() { # CONNECTIONS: microseconds
	local before line
	before=$(ticks)
	line=$(load "$1" "$few")
	checked "$line"
	awk -v t=$(($(ticks) - before)) -v hz="$hz" -v n="$few" 'BEGIN { printf "%.0f", t / hz / n * 1e6 }'
}
# Four times what a core can take by its CPU per review, five seconds' worth of work in all, over
# 1,000 connections.
overload() { # NAME
	local line rate=$((1000000 / figure[$1,cpu8]))
	forget_peak
	line=$(load 1000 $((rate * 5)) $((rate * 4)))
	figure[$1,over-peak]=$(memory VmHWM)
	figure[$1,over-good]=$(field allowed-per-second "$line")
	figure[$1,over-refused]=$(field refused "$line")
	figure[$1,over-failed]=$(field failed "$line")
	[ "$1" != ours ] || checked "$line"
}
paced() { # REVIEWS PER-SECOND
	if chrt -f 1 true 2>/dev/null; then
		chrt -a -f -p 1 "$server"
		chrt -f 1 taskset -c 1 "$build/bench/load" "$port" "$path" "$body" 8 "$@"
		chrt -a -o -p 0 "$server"
	else
		load 8 "$@"
	fi
}
measure() { # NAME: of the running server
	local line
	figure[$1,idle]=$(memory VmRSS)
	load 8 2000 >/dev/null
	figure[$1,cpu8]=$(cpu 8)
	figure[$1,cpu1]=$(cpu 1)
	line=$(paced 10000 1000)
	checked "$line"
	figure[$1,p50]=$(field p50-us "$line") figure[$1,p99]=$(field p99-us "$line")
	overload "$1"
}
growth() {
	checked "$(load 8 10000)"
	figure[ours,after-few]=$(memory VmRSS)
	checked "$(load 8 $((grown - 10000)))"
	figure[ours,after-all]=$(memory VmRSS)
}
# Small reviews at 200/s, alone and while two connections send large ones without a pause.
beside_large() {
	local line before
	line=$(paced 2000 200)
	figure[ours,alone50]=$(field p50-us "$line") figure[ours,alone99]=$(field p99-us "$line")
	before=$(ticks)
	line=$(input=$tmp/large.json load 1 100)
	checked "$line"
	figure[ours,large]=$((($(ticks) - before) * 1000000 / hz / 100))
	forget_peak
	input=$tmp/large.json load 2 2000 >"$tmp/large.log" &
	local sender=$!
	line=$(paced 2000 200)
	checked "$line"
	kill $sender 2>/dev/null || true
	wait $sender 2>/dev/null || true
	figure[ours,beside50]=$(field p50-us "$line") figure[ours,beside99]=$(field p99-us "$line")
	figure[ours,large-peak]=$(memory VmHWM)
}

start_api 1 1
start_ours
ours_ready
measure ours
start_ours
ours_ready
growth
beside_large
start_api
start_ours
ours_ready
figure[ours,caches]=$(memory VmHWM)
for peer in "${peers[@]}"; do
	stop
	start_api
	"start_$peer"
	peer_ready "$peer"
	figure[$peer,caches]=$(memory VmHWM)
	start_api 1 1
	"start_$peer"
	peer_ready "$peer"
	measure "$peer"
done
stop
start_api 1 1 10000
start_ours
figure[ours,scrape]=$(ours_pods 10000)
figure[ours,pods]=$(memory VmHWM)
stop
stop_api

# --- the table ---

cell() { # FIGURE DIVISOR
	awk -v v="$1" -v d="$2" 'BEGIN { printf d == 1 ? "%d" : "%.1f", v / d }'
}
row() { # WHAT KEY UNIT AIM [DIVISOR]
	local peer theirs ratio
	printf '| %-58s | %9s | %-9s |' "$1, $3" "$(cell "${figure[ours,$2]}" "${5:-1}")" "$4"
	for peer in eks azure; do
		theirs='not given' ratio=''
		[[ " ${peers[*]} " != *" $peer "* ]] || theirs=-
		if [ -n "${figure[$peer,$2]:-}" ]; then
			theirs=$(cell "${figure[$peer,$2]}" "${5:-1}")
			[[ $1 == '~'* ]] || # times of a busy machine are not compared
				ratio=$(awk -v a="${figure[$peer,$2]}" -v b="${figure[ours,$2]}" \
					'BEGIN { if (b) printf "%.1f", a / b }')
		fi
		printf ' %9s | %10s |' "$theirs" "$ratio"
	done
	echo
}
printf '| %-58s | %9s | %-9s | %9s | %10s | %9s | %10s |\n' \
	admission ours aim EKS EKS/ours Azure Azure/ours
printf '|%s|%s:|%s|%s:|%s:|%s:|%s:|\n' "$(printf -- '-%.0s' {1..60})" ---------- ----------- \
	---------- ----------- ---------- -----------
row 'CPU per review, 8 connections' cpu8 us '<= 100'
row 'CPU per review, 1 connection' cpu1 us ''
row '~ p50 at 1,000/s' p50 ms '' 1000
row '~ p99 at 1,000/s' p99 ms '<= 3' 1000
row 'VmRSS idle' idle MiB '<= 12' 1024
row 'VmRSS peak, 4x overload over 1,000 connections' over-peak MiB '<= 48' 1024
row '~ pods allowed under it' over-good '1/s' ''
row 'clean 503 under it' over-refused reviews ''
row 'any other failure under it' over-failed reviews 0
row 'VmRSS peak, 10,000 namespaces x 5 accounts listed' caches MiB '<= 40' 1024
row 'VmRSS peak, 10,000 injected pods listed' pods MiB '' 1024
row '~ scrape with these' scrape ms '' 1000
row 'VmRSS after 10,000 reviews' after-few MiB '' 1024
row "VmRSS after $grown reviews$([ $grown -ge 1000000 ] || echo ' (aim: REVIEWS=1000000)')" after-all MiB 'the same' 1024
row 'CPU of a 3 MiB pod with 10,000 annotations' large us ''
row '~ p50 of small ones at 200/s, alone' alone50 ms '' 1000
row '~ p99 of small ones at 200/s, alone' alone99 ms '' 1000
row '~ p50 of them, 2 connections sending such large ones' beside50 ms '' 1000
row '~ p99 of them, 2 connections sending such large ones' beside99 ms '' 1000
row 'VmRSS peak of that' large-peak MiB '' 1024
[ ${#peers[@]} -eq 2 ] || echo 'A peer that is not given: EKS_WEBHOOK or AZURE_WEBHOOK names its program.'
exit $failed
