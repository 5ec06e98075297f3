# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# No admission fails while certificates and replicas change: 20,000 pods by the API server's dry run,
# which verifies our certificate by the caBundle and has failurePolicy Fail, while the controller rotates
# CA and leaf three times, someone puts bad pairs into the Secret, a replica is killed, and the release
# is upgraded and rolled back. What dies with the killed replica is counted by itself. In place of the static install; leaves the cluster without one.
set -euo pipefail

. "$root/e2e/helm/lib.sh"
mkdir -p "$work/rotation"
short=(--post-renderer "$root/e2e/helm/short-life.sh")

k delete -k "$work/install" --ignore-not-found --wait >/dev/null 2>&1
check "rotation: helm install" quietly h install claude-wif "$chart" --create-namespace -f "$values" \
	"${short[@]}" --wait --timeout 3m
own_namespace case-rotation
a_pod case-rotation probe >"$work/rotation/pod.json"
admitted() { k create --dry-run=server -f "$work/rotation/pod.json" -o json | our_names | grep claude-wif-writer; }
check "rotation: pods are injected" await 30 admitted

# Every certificate of the Secret, and every caBundle, a line each.
k -n $system get secret claude-wif-tls -w -o 'jsonpath={.data.tls\.crt}{"\n"}' >"$work/rotation/leaves" & watches=($!)
k get mutatingwebhookconfiguration claude-wif -w -o 'jsonpath={.webhooks[0].clientConfig.caBundle}{"\n"}' \
	>"$work/rotation/bundles" & watches+=($!)
leaves() { grep . "$work/rotation/leaves" | sort -u | wc -l; }
two_cas() { # how many caBundles had two CAs or more
	local line
	sort -u "$work/rotation/bundles" | while read -r line; do
		[ "$(base64 -d <<<"$line" | grep -c BEGIN)" -lt 2 ] || echo "$line"
	done | wc -l
}
phase() {
	say "rotation: $*"
	echo "$*" >"$work/rotation/phase.part"
	mv "$work/rotation/phase.part" "$work/rotation/phase"
}
phase "three rotations"
k config view --raw -o json | PYTHONDONTWRITEBYTECODE=1 python3 "$root/e2e/admissions.py" \
	"$work/rotation" case-rotation "$work/rotation/pod.json" 20000 120 >"$work/rotation/report" & load=$!

# --- the controller's own rotations ------------------------------------------------------------

await 10 eval '[ "$(leaves)" -ge 1 ]'
check "rotation: three rotations, by their age" await 240 eval '[ "$(leaves)" -ge 4 ]'
rotations=$(($(leaves) - 1))
at_least "rotation: caBundles of two CAs" "$(two_cas)" 3

# --- bad pairs --------------------------------------------------------------------------------

bad_pair() { # WHAT CERTIFICATE KEY: both as base64; it is refused and made anew
	local old
	phase "bad pair: $1"
	old=$(tls_of secret)
	k -n $system patch secret claude-wif-tls --type=merge \
		-p "{\"data\": {\"tls.crt\": \"$2\", \"tls.key\": \"$3\"}}" >/dev/null
	check "rotation: $1 is replaced, and every replica serves the new one" await 60 made_again "$old"
}
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/rotation/other.key"
bad_pair "another's key" "$(k -n $system get secret claude-wif-tls -o jsonpath='{.data.tls\.crt}')" \
	"$(base64 -w 0 "$work/rotation/other.key")"
garbage=$(echo garbage | base64)
bad_pair "garbage" "$garbage" "$garbage"
refused() {
	k -n $system logs -l app.kubernetes.io/name=claude-wif --tail=-1 |
		grep -c "the Secret's certificate is refused" || true
}
at_least "rotation: log lines that refuse them" "$(refused)" 2

# --- a replica dies ----------------------------------------------------------------------------

phase "a replica is killed"
victim=$(controllers | jq -r '.items[0].metadata.name')
kill -9 "$(container_pid $system "$victim" controller)"
back() { [ "$(restarts $system "$victim" controller)" -ge 1 ] && [ "$(ready)" = 2 ]; }
check "rotation: the killed replica is back" await 90 back

# --- upgrade and rollback -----------------------------------------------------------------------

# It changes what is injected. The API server calls us twice for each pod, and while replicas of both
# configs serve, one puts its writer in the place of the other's (inject/renew.h).
phase "upgrade"
check "rotation: upgrade" quietly h upgrade claude-wif "$chart" -f "$values" "${short[@]}" --wait --timeout 3m \
	--set config.federations.default.tokenLifetimeSeconds=200
phase "rollback"
check "rotation: rollback" quietly h rollback claude-wif 1 --wait --timeout 3m
gone_old() { [ "$(controllers | jq '.items | length')" = 2 ]; }
check "rotation: the last old replica is gone" await 60 gone_old
phase "calm"
rm "$work/rotation/phase"
wait $load || not_ok "rotation: the load stopped early"
kill "${watches[@]}"

# --- the count ---------------------------------------------------------------------------------

while read -r line; do say "rotation: $line"; done <"$work/rotation/report"
total=$(tail -n 1 "$work/rotation/report")
say "rotation: $total, rotations $rotations"
at_least "rotation: admissions" "$(sed 's/^admissions \([0-9]*\),.*/\1/' <<<"$total")" 20000
at_least "rotation: rotations meanwhile" "$rotations" 3
# What a killed process had been asked is lost, and what goes to its address before the Endpoints
# are without it: the API server sends no POST a second time (client-go rest/request.go,
# isErrRetryableFunc). Nothing else may be: half a second of the load, by a broken connection.
lost=$(grep -c '^failed: [0-9:]* a replica is killed: ' "$work/rotation/report" || true)
otherwise=$(grep '^failed: [0-9:]* a replica is killed: ' "$work/rotation/report" |
	grep -cvE 'connection reset by peer|connection refused|broken pipe|EOF' || true)
at_most "rotation: lost with the killed replica" "$lost" 60
is "rotation: of these, not by a broken connection" "$otherwise" 0
is "rotation: failed admissions, less these" $((${total##* failed } - lost)) 0

h uninstall claude-wif --wait --timeout 2m >/dev/null
k delete namespace $system --wait >/dev/null
k delete namespace case-rotation --wait=false >/dev/null
