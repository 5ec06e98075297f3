# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Classic sidecars on the real kubelet, as API servers before 1.32 need them: an init container,
# and in a pod that runs on an ordinary container, which the kubelet stops together with its
# consumers. Injected by a controller of the case's own, on this machine, with its own prefix.
#
# The pod is deleted when its token has less left than the grace period of 120 s: the writer
# gets one last token, then ends; the clients go on for 40 s.
set -euo pipefail

prefix=wif.classic-e2e.io
label=claude-wif.test/classic
mkdir -p "$work/classic"
controller_start classic-own "$KUBECONFIG" "${on_bridge[@]}" < <(
	printf 'prefix: %s\nfederations:\n' $prefix
	federation cases 8451 180
	echo "writer: {image: claude-wif/writer:${VERSION:-0.1.0}, sidecar: classic}"
)
webhook_entry classic.e2e.test "https://$bridge:$(controller_port classic-own listen)/mutate" \
	"namespaceSelector: {matchLabels: {$label: webhook}}" | webhook_object classic-e2e-test | k create -f -
own_namespace case-classic $label=webhook
classic_pod() { case_pod case-classic "$@" | sed "s/wif\\.anthropic\\.com/$prefix/"; }
sees_us() { classic_pod probe | k create --dry-run=server -f - -o json | our_names | grep .; }
check "classic: its webhook answers" await 60 sees_us

classic_pod job '.spec.restartPolicy = "Never" | .spec.containers[0].command = ["/usr/bin/python3", "call.py", "once"]' |
	jq '{apiVersion: "batch/v1", kind: "Job", metadata: {name: "job", namespace: "case-classic"},
		spec: {backoffLimit: 0, template: {metadata: {annotations: .metadata.annotations}, spec}}}' | k create -f -
classic_pod web '.spec.terminationGracePeriodSeconds = 120 | .spec.containers[0] |= (.command = ["/app/app.sh"] |
	.env += [{name: "LINGER_S", value: "40"}, {name: "LOOPS_ONLY", value: "1"}, {name: "NODE_EXTRA_CA_CERTS", value: "/ca/ca.crt"}])' |
	k create -f -

check "classic: web becomes ready" k -n case-classic wait pod/web --for=condition=Ready --timeout=120s
check "classic: the Job completes" k -n case-classic wait job/job --for=condition=Complete --timeout=120s
check "classic: the Job's call is answered" called case-classic -l job-name=job -c app
k -n case-classic get pods -l job-name=job -o json | jq '.items[0]' >"$work/classic/job.json"
k -n case-classic get pod web -o json >"$work/classic/web.json"
is "classic: ours in the Job's pod" "$(our_names <"$work/classic/job.json")" claude-wif-once
is "classic: init containers of web" "$(init_names <"$work/classic/web.json")" claude-wif-once
is "classic: containers of web" "$(jq -r '[.spec.containers[].name] | join(" ")' "$work/classic/web.json")" "app claude-wif-writer"
is "classic: its writer is told the grace period" \
	"$(jq -r '.spec.containers[1].args as $a | $a[($a | index("--grace")) + 1]' "$work/classic/web.json")" 120
is "classic: native sidecars" "$(jq -s '[.[].spec.initContainers[] | select(.restartPolicy)] | length' "$work"/classic/{job,web}.json)" 0

calling() { [ "$(k -n case-classic logs web -c app | jq -rs '[.[] | select(.kind == "loop") | .sdk] | unique | length')" = 2 ]; }
check "classic: both SDKs call" await 120 calling
settled classic
status() { k -n case-classic exec web -c claude-wif-writer -- /wif-writer status; }
# A refresh is due when 90 to 99 s are left.
due() { status | jq -e '.expires_in_s <= 115 and .expires_in_s >= 103'; }
check "classic: the token has less left than the grace period" await 150 due
say "classic: $(status)"
k -n case-classic logs -f web -c app >"$work/classic/app.log" & logs=$!
k -n case-classic logs -f web -c claude-wif-writer >"$work/classic/writer.log" & logs+=" $!"
t=$SECONDS
check "classic: web is deleted" k -n case-classic delete pod web --timeout=115s
at_least "classic: seconds from delete to gone" $((SECONDS - t)) 40
# shellcheck disable=SC2086 # two of them
wait $logs || true
client_lines classic <"$work/classic/app.log"
term=$(jq -r '.terminating // empty' "$work/classic/app.log")
check "classic: its clients ended in good order" grep -q '"stopped":true' "$work/classic/app.log"
at_least "classic: calls after SIGTERM" "$(jq -s "map(select(.t > $term)) | length" "$work/classic.calls")" 40
at_least "classic: seconds from SIGTERM to its last call" "$(jq -s "map(.t) | max - $term" "$work/classic.calls")" 38
is "classic: failed calls" "$(failed_calls classic)" 0
is "classic: what the writer did when stopped" "$(sed -n '/"stop signal"/,$p' "$work/classic/writer.log" |
	jq -rs 'map(.msg) | join(", ")')" "stop signal, exchange, credential in place"
is "classic: replays" "$(jq -s '[.[] | select(.replay and (.sub |
	startswith("system:serviceaccount:case-classic:")))] | length' "$work/cases.events")" 0
k delete mutatingwebhookconfiguration classic-e2e-test
sandbox_stop classic-own
k delete namespace case-classic --wait=false
