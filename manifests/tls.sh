#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make a CA and a certificate for the webhook's Service, put the pair into the Secret that
# the controller mounts, and the CA into the webhook's caBundle. Run it again to renew: the
# old CA stays in the bundle, so no admission fails while the controllers pick up the new
# pair. The CA's key is not kept.
# usage: manifests/tls.sh   (needs kubectl and openssl; KUBECTL names another kubectl)
set -euo pipefail

kubectl=${KUBECTL:-kubectl}
ns=claude-wif-system
host=claude-wif.$ns.svc
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -sha256 \
	-subj "/CN=claude-wif webhook CA" -keyout ca.key -out ca.crt \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
	-subj "/CN=$host" -keyout tls.key -out tls.csr 2>/dev/null
printf 'subjectAltName=DNS:%s,DNS:%s.cluster.local\nextendedKeyUsage=serverAuth\n' "$host" "$host" >ext
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha256 \
	-extfile ext -out tls.crt 2>/dev/null

bundle() {
	"$kubectl" get mutatingwebhookconfiguration claude-wif \
		-o jsonpath='{.webhooks[0].clientConfig.caBundle}' | base64 -d
}
# Old CA and new CA first, then the pair: whichever a controller serves, it verifies. Only
# the newest of the old ones is kept.
bundle | awk '/BEGIN CERT/ { n++ } n == 1' >old.crt
cat ca.crt old.crt >bundle.crt
"$kubectl" patch mutatingwebhookconfiguration claude-wif --type=json -p "[
	{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"$(base64 -w0 <bundle.crt)\"}]"
"$kubectl" -n "$ns" create secret tls claude-wif-tls --cert=tls.crt --key=tls.key \
	--dry-run=client -o yaml | "$kubectl" apply -f -
