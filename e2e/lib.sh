# SPDX-License-Identifier: Apache-2.0
# Shared by e2e/run.sh and the cases: results, waiting, the sandboxes. Sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/${BUILD:-build}
run=${WIF_RUN:-/run/claude-wif-e2e}
work=$run/test
cache=${WIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claude-wif}
bridge=10.88.0.1
export KUBECONFIG=$run/kubeconfig

k() { "$cache/k8s/${WIF_K8S_VERSION:-v1.34.4}/bin/kubectl" "$@"; }

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }

# One line per check. Cases run at the same time: lines are appended whole.
ok() {
	echo "ok $*" >>"$work/results"
	say "ok      $*"
}
not_ok() {
	echo "not ok $*" >>"$work/results"
	say "NOT OK  $*"
}
# check NAME COMMAND...: the command decides.
check() {
	local name=$1
	shift
	if "$@"; then ok "$name"; else not_ok "$name"; fi
}
# is NAME GOT WANT, below NAME GOT LIMIT (integers)
is() { if [ "$2" = "$3" ]; then ok "$1: $2"; else not_ok "$1: got $2, want $3"; fi; }
at_most() { if [ "$2" -le "$3" ]; then ok "$1: $2 (at most $3)"; else not_ok "$1: $2, want at most $3"; fi; }
at_least() { if [ "$2" -ge "$3" ]; then ok "$1: $2 (at least $3)"; else not_ok "$1: $2, want at least $3"; fi; }

# run_one CASE: one that ends before its last line has failed, whatever it counted.
run_one() {
	say "case: $1"
	( . "$root/e2e/cases/$1.sh" ) >"$work/case-$1.log" 2>&1 &
	wait $! || not_ok "$1: the case itself stopped early"
	settled "$1"
}
# tally: how many checks passed and failed, and which failed.
tally() {
	passed=$(grep -c '^ok ' "$work/results" || true)
	failed=$(grep -c '^not ok ' "$work/results" || true)
	grep '^not ok ' "$work/results" || true
}
# end_tree PID: it and all that it started, from the top, so that nothing is started again.
end_tree() {
	local below=() child
	read -ra below 2>/dev/null <"/proc/$1/task/$1/children" || true # which ends without a newline
	kill "$1" 2>/dev/null || true
	for child in "${below[@]}"; do end_tree "$child"; done
}
# take_down: for a trap at the end of a run: what it started, and the cluster, unless KEEP=1.
take_down() {
	local status=$? name
	trap - EXIT
	for name in $(jobs -p); do end_tree "$name"; done # a case that goes on would meet another run's cluster
	for name in "$work"/*.pid; do
		[ ! -e "$name" ] || sandbox_stop "$(basename "$name" .pid)" || true
	done
	if [ "${KEEP:-0}" = 1 ]; then
		say "left up: KUBECONFIG=$KUBECONFIG; e2e/cluster/down.sh takes it down"
	else
		"$root/e2e/cluster/down.sh" || status=1
	fi
	exit $status
}

# settled CASE: its pods are there; from here on it wants nothing of our webhook, and mostly waits (run.sh).
settled() { : >"$work/settled-$1"; }

# await SECONDS COMMAND...: until it succeeds; where the other side has no event to wait for.
await() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.5
	done
}

# --- sandboxes: one per federation, on the bridge, TLS, keys of the cluster ------------

issuer=https://kubernetes.default.svc.cluster.local
audience=https://api.anthropic.com
organization=5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11
rule=fdrl_e2e
account=svac_e2e

# sandbox_start NAME PORT LIFETIME: admin on PORT + 100.
sandbox_start() {
	local name=$1 port=$2 lifetime=$3
	rm -f "$work/$name.port"
	# However this shell ends, the sandbox ends with it.
	setpriv --pdeathsig TERM "$build/wif-sandbox" serve --listen "$bridge:$port" --admin "127.0.0.1:$((port + 100))" \
		--tls-cert "$work/keys/tls.crt" --tls-key "$work/keys/tls.key" \
		--issuer "$issuer" --jwks "$work/cluster-jwks.json" --audience "$audience" \
		--subject 'system:serviceaccount:restricted:*' \
		--subject 'system:serviceaccount:baseline:*' \
		--subject 'system:serviceaccount:case-*' \
		--rule "$rule" --organization "$organization" --service-account "$account" \
		--token-lifetime "$lifetime" --events "$work/$name.events" \
		--port-file "$work/$name.port" >>"$work/$name.log" 2>&1 </dev/null &
	echo $! >"$work/$name.pid"
	await 10 test -s "$work/$name.port" || { echo "sandbox $name: $(tail -n 1 "$work/$name.log")" >&2; return 1; }
}
sandbox_stop() {
	local pid
	pid=$(cat "$work/$1.pid" 2>/dev/null) || return 0
	rm -f "$work/$1.pid"
	kill "$pid" 2>/dev/null || return 0
	await 10 not_running "$pid" || kill -9 "$pid"
}
not_running() { ! kill -0 "$1" 2>/dev/null; }
# figure ADMIN-PORT JQ-FILTER: one figure of a sandbox.
figure() { curl -sf "http://127.0.0.1:$1/stats" | jq -r "$2"; }

. "$root/e2e/here.sh"

# --- the install ---------------------------------------------------------------------------

# Objects of ours that the API server still has, of every kind that it can list.
left_behind() {
	local kinds
	kinds=$(k api-resources --verbs=list -o name | grep -vE '^(events|componentstatuses)' | paste -sd ,)
	k get "$kinds" -A -l app.kubernetes.io/name=claude-wif -o name
	k get namespace claude-wif-system --ignore-not-found -o name
}
# What the installed controllers say, in their logs and as metrics; e2e/oldserver.sh has them elsewhere.
controller_logs() { k -n claude-wif-system logs -l app.kubernetes.io/name=claude-wif --tail=-1; }
controller_metrics() {
	k -n claude-wif-system get pods -l app.kubernetes.io/name=claude-wif \
		-o jsonpath='{range .items[*]}{.status.podIP}{"\n"}{end}' |
		while read -r ip; do curl -sf "http://$ip:8080/metrics"; done
}
# reviews_counted [REASON]: reviews so far, or those of them with that reason. Other cases may add to it.
reviews_counted() {
	controller_metrics | awk -v want="reason=\"${1:+$1\"}" \
		'/^claude_wif_admission_reviews_total/ && index($0, want) { n += $2 } END { print n + 0 }'
}
# reviews NAMESPACE NAME: what our webhook said of the reviews of a pod, in order.
reviews() {
	controller_logs | jq -rs --arg ns "$1" --arg name "$2" 'map(select(.msg == "review" and .namespace == $ns and
			.name == $name)) | sort_by(.ts) | map(.reason) | join(" ")'
}

# --- pods -------------------------------------------------------------------------------

# pod NAMESPACE APP: the name of the (one) pod with label app=APP that is not going away.
pod() {
	k -n "$1" get pods -l "app=$2" -o json |
		jq -r '[.items[] | select(.metadata.deletionTimestamp == null)][0].metadata.name'
}
# undrawn: the pod on stdin less what the API server draws anew for each.
undrawn() {
	jq -S 'del(.metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.managedFields,
		.metadata.generation, .status) | walk(if type == "object" and (.name | type) == "string" and
		(.name | startswith("kube-api-access-")) then .name = "kube-api-access" else . end)'
}
# own_namespace NAME [LABEL=VALUE...]: for one case alone; its name begins with case-.
own_namespace() {
	k create namespace "$1"
	[ $# = 1 ] || k label namespace "$@"
	k -n "$1" create configmap sandbox-ca --from-file=ca.crt="$work/keys/ca.crt"
	await 30 k -n "$1" get serviceaccount default
}
# case_pod NAMESPACE NAME [JQ-FILTER]: the manifest of a pod that asks and sleeps, as the filter
# edits it.
case_pod() {
	jq --arg namespace "$1" --arg name "$2" \
		".metadata += {\$namespace, \$name, labels: {app: \$name}} | ${3:-.}" "$root/e2e/apps/case-pod.json"
}
# deployment: of the pod on stdin, a Deployment of its name.
deployment() {
	jq '{apiVersion: "apps/v1", kind: "Deployment", metadata: {name: .metadata.name, namespace: .metadata.namespace},
		spec: {selector: {matchLabels: .metadata.labels},
		template: {metadata: {labels: .metadata.labels, annotations: .metadata.annotations}, spec}}}'
}
# The filter that has it call once with an SDK before it sleeps.
calls_once='.spec.containers[0].command = ["/bin/sh", "-ec", "python3 call.py once; exec sleep 36000"]'
# called NAMESPACE POD|OPTION...: its application's log says that a call was answered.
called() { k -n "$1" logs "${@:2}" | grep '"ok": true' >/dev/null; }
# Of a pod's JSON on stdin: the names of its init containers; of our containers; of those that
# get the credentials to read; and the address that our writer is told.
init_names() { jq -r '[.spec.initContainers[]?.name] | join(" ")'; }
our_names() {
	jq -r '[(.spec.initContainers[]?, .spec.containers[]) | .name | select(startswith("claude-wif-"))] | join(" ")'
}
consumer_names() {
	jq -r '[(.spec.initContainers[]?, .spec.containers[]) | select(.volumeMounts[]? |
		.mountPath == "/var/run/secrets/anthropic.com" and .readOnly) | .name] | join(" ")'
}
writer_url() {
	jq -r '[.spec.initContainers[]? | select(.name == "claude-wif-writer") | .args as $a |
		$a[($a | index("--base-url")) + 1]] | join(" ")'
}
# assertions_dir NAMESPACE POD [VOLUME]: where the kubelet keeps a pod's tokens on this machine.
assertions_dir() {
	local uid
	uid=$(k -n "$1" get pod "$2" -o jsonpath='{.metadata.uid}')
	echo "$run/kubelet/pods/$uid/volumes/kubernetes.io~projected/${3:-claude-wif-assertions}"
}
# container_pid NAMESPACE POD CONTAINER: its first process, as this machine sees it.
container_pid() {
	local id
	id=$(k -n "$1" get pod "$2" -o json | jq -r --arg c "$3" \
		'(.status.initContainerStatuses + .status.containerStatuses)[] | select(.name == $c) | .containerID')
	ctr --address "$run/containerd.sock" --namespace k8s.io tasks ls | awk -v id="${id#containerd://}" '$1 == id { print $2 }'
}
restarts() { # NAMESPACE POD CONTAINER
	k -n "$1" get pod "$2" -o json | jq -r --arg c "$3" \
		'(.status.initContainerStatuses + .status.containerStatuses)[] | select(.name == $c) | .restartCount'
}
# client_lines CASE: of a log of e2e/clients/app.sh on stdin: its calls go to CASE.calls, one JSON
# object a line, its processes that ended by an error to CASE.ended: these are no calls.
client_lines() {
	grep '^{"sdk"' >"$work/$1.lines" || true
	jq -c 'select(.call != false)' "$work/$1.lines" >"$work/$1.calls"
	jq -c 'select(.call == false)' "$work/$1.lines" >"$work/$1.ended"
}
# stop_clients CASE NAMESPACE POD: end e2e/clients/app.sh in good order; then as client_lines.
stop_clients() {
	k -n "$2" exec "$3" -c app -- /app/app.sh stop
	check "$1: clients stop" await 120 eval "k -n $2 logs $3 -c app | grep -q stopped"
	k -n "$2" logs "$3" -c app | client_lines "$1"
}
# failed_calls CASE: how many calls failed; a process that ended by an error counts as one.
failed_calls() {
	cat "$work/$1.calls" "$work/$1.ended" | jq -c 'select(.ok | not)' >"$work/$1.failed"
	head -n 5 "$work/$1.failed" >&2
	wc -l <"$work/$1.failed"
}
# both_sdks CASE LOOP [ONCE]: each SDK made at least so many calls with its long-lived process, and
# so many with processes started anew.
both_sdks() {
	local sdk
	for sdk in python typescript; do
		at_least "$1: calls of $sdk in one process" "$(calls_of "$1" $sdk loop)" "$2"
		[ -z "${3:-}" ] || at_least "$1: calls of $sdk in new processes" "$(calls_of "$1" $sdk once)" "$3"
	done
}
calls_of() { # CASE SDK KIND
	jq -s --arg sdk "$2" --arg kind "$3" 'map(select(.sdk == $sdk and .kind == $kind)) | length' "$work/$1.calls"
}
# longest_pause CASE: seconds, of any client that calls every second, between two of its calls.
longest_pause() {
	jq -s 'map(select(.kind == "loop")) | group_by(.sdk) | map([.[].t] | . as $t |
		range(1; length) | $t[.] - $t[. - 1]) | max' "$work/$1.calls"
}
# now_ms: for figures only; no check depends on wall time but those of deletion.
now_ms() { date +%s%3N; }
