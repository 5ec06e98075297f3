#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Give the webhook its certificate: a CA of its own that signs one leaf and is then forgotten,
# the Secret claude-wif-tls, and the CA in the webhook's caBundle.
#
#   manifests/tls.sh              make what is missing; an existing Secret is kept
#   manifests/tls.sh --renew      a new CA and leaf; the CA before stays trusted beside it
#
# KUBECTL names another kubectl. DAYS is how long the leaf is good (365); the controller's metric
# claude_wif_certificate_not_after_seconds says when it ends. Exit 100: usage; 111: try again.
set -euo pipefail

namespace=claude-wif-system
host=claude-wif.$namespace.svc
secret=claude-wif-tls
webhook=claude-wif
entries=3 # of its webhooks, all with the same CA
days=${DAYS:-365}
kubectl=${KUBECTL:-kubectl}

die() { echo "tls.sh: $1" >&2; exit "${2:-111}"; }

renew=no
case ${1:-} in
'') ;;
--renew) renew=yes ;;
*) die "$1: not an option here; use --renew, or nothing" 100 ;;
esac
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || die "DAYS=\"$days\": not a number of days; use 1..9999" 100
command -v openssl >/dev/null || die "openssl is not installed; install it" 100
command -v "$kubectl" >/dev/null || die "$kubectl: no such program; set KUBECTL" 100

umask 077
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$kubectl" get namespace "$namespace" >/dev/null || die "apply the manifests first: kubectl apply -k manifests"
"$kubectl" get mutatingwebhookconfiguration "$webhook" >/dev/null || die "apply the manifests first: kubectl apply -k manifests"

# The CA in force, if any, into $1.
old_ca() {
	"$kubectl" -n "$namespace" get secret "$secret" --ignore-not-found \
		-o 'jsonpath={.data.ca\.crt}' | base64 -d >"$1"
}

# The CA's key goes as soon as the leaf is signed. && because set -e does not reach a condition.
make_pair() {
	local ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
	printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' \
		'extendedKeyUsage=serverAuth' "subjectAltName=DNS:$host,DNS:$host.cluster.local" >"$tmp/ext" &&
		openssl req -x509 "${ec[@]}" -days "$days" -subj "/CN=claude-wif CA $(date -u +%F)" \
			-addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
			-addext 'keyUsage=critical,keyCertSign' \
			-keyout "$tmp/ca.key" -out "$tmp/ca.crt" &&
		openssl req "${ec[@]}" -subj "/CN=$host" -keyout "$tmp/tls.key" -out "$tmp/tls.csr" &&
		openssl x509 -req -in "$tmp/tls.csr" -CA "$tmp/ca.crt" -CAkey "$tmp/ca.key" \
			-CAcreateserial -days "$days" -extfile "$tmp/ext" -out "$tmp/tls.crt" &&
		rm "$tmp/ca.key"
}

# Certificates that the API server accepts from the webhook: before a leaf changes, both CAs.
trust() {
	local bundle i patch=''
	bundle=$(cat "$@" | base64 -w 0)
	for ((i = 0; i < entries; i++)); do
		patch+=",{\"op\":\"add\",\"path\":\"/webhooks/$i/clientConfig/caBundle\",\"value\":\"$bundle\"}"
	done
	"$kubectl" patch mutatingwebhookconfiguration "$webhook" --type=json -p "[${patch#,}]"
}

# Server-side apply: the key gets into no last-applied annotation.
write_secret() {
	"$kubectl" -n "$namespace" create secret generic "$secret" --type=kubernetes.io/tls \
		--from-file=tls.crt="$tmp/tls.crt" --from-file=tls.key="$tmp/tls.key" \
		--from-file=ca.crt="$tmp/ca.crt" --dry-run=client -o json |
		"$kubectl" apply --server-side --force-conflicts --field-manager=claude-wif-tls -f -
}

old_ca "$tmp/old.crt"
if [ -s "$tmp/old.crt" ] && [ "$renew" = no ]; then
	trust "$tmp/old.crt"
	echo "tls.sh: kept the Secret $namespace/$secret; --renew makes another"
	exit 0
fi
make_pair >"$tmp/openssl.log" 2>&1 || die "openssl failed: $(tail -n 1 "$tmp/openssl.log")"
trust "$tmp/ca.crt" "$tmp/old.crt"
write_secret
echo "tls.sh: $namespace/$secret is good until $(openssl x509 -in "$tmp/tls.crt" -noout -enddate | cut -d = -f 2)"
