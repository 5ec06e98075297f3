#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Does the running cluster do what the end-to-end tests rely on? One line per fact.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -e "$WIF_RUN/env" ] || die "selftest: no cluster in $WIF_RUN; run e2e/cluster/up.sh"
# shellcheck source=/dev/null
. "$WIF_RUN/env"
NS=wif-selftest-$$

passed=0 failed=0
# expect WHAT PATTERN COMMAND...: the command's output has a line that matches.
expect() {
    local what=$1 pattern=$2 out
    shift 2
    out=$("$@" 2>&1) || true
    if grep -q -- "$pattern" <<<"$out"; then
        passed=$((passed + 1))
        say "ok      $what"
    else
        failed=$((failed + 1))
        say "FAILED  $what: wanted '$pattern', got: $(head -n 3 <<<"$out" | tr '\n' ' ')"
    fi
}
in_pod() { kubectl -n $NS exec client -- "$@"; }
until_answer() { until_true 20 "$1" curl -sf -m 2 "$1"; }
check_daemons() { :; }

kubectl create namespace $NS --dry-run=client -o yaml | kubectl apply -f - >/dev/null
trap 'kubectl delete namespace $NS --wait=false >/dev/null' EXIT
until_true 20 "ServiceAccount" kubectl -n $NS get serviceaccount default
kubectl -n $NS apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  terminationGracePeriodSeconds: 0
  initContainers:
  - name: sidecar
    image: $BUSYBOX_IMAGE
    restartPolicy: Always
    command: [sh, -c, "trap 'exit 0' TERM; echo sidecar up; sleep 3600 & wait"]
  containers:
  - name: client
    image: $BUSYBOX_IMAGE
    command: [sh, -c, "echo hello from a pod; sleep 3600"]
    securityContext: {runAsUser: 1234, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}
    volumeMounts: [{name: token, mountPath: /token}, {name: mem, mountPath: /mem}]
  volumes:
  - name: mem
    emptyDir: {medium: Memory, sizeLimit: 1Mi}
  - name: token
    projected:
      sources:
      - serviceAccountToken: {path: a, audience: "https://api.anthropic.com", expirationSeconds: 600}
      - serviceAccountToken: {path: b, audience: "https://api.anthropic.com", expirationSeconds: 601}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: httpd
    image: $BUSYBOX_IMAGE
    command: [sh, -c, "mkdir /www && echo served >/www/index.html && exec httpd -f -p 8080 -h /www"]
    readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
YAML
kubectl -n $NS wait --for=condition=Ready pod/client pod/server --timeout=60s >/dev/null

token_claims() { # the middle part of a JWT, base64url without padding
    local part
    part=$(in_pod cat /token/a | cut -d. -f2 | tr '_-' '/+')
    while [ $((${#part} % 4)) -ne 0 ]; do part+='='; done
    base64 -d <<<"$part"
}
expect "projected token: issuer" '"iss":"https://kubernetes.default.svc.cluster.local"' token_claims
expect "projected token: audience" '"aud":\["https://api.anthropic.com"\]' token_claims
expect "projected token: jti" '"jti":"' token_claims
expect "two sources, two tokens" differ in_pod sh -c 'cmp -s /token/a /token/b || echo differ'
expect "exec as the pod's user" 'uid=1234' in_pod id
expect "logs" 'hello from a pod' kubectl -n $NS logs client -c client
expect "logs of a native sidecar" 'sidecar up' kubectl -n $NS logs client -c sidecar
ip=$(kubectl -n $NS get service web -o jsonpath='{.spec.clusterIP}')
until_answer "http://$ip/"
expect "Service from the host" served curl -s -m 5 "http://$ip/"
expect "Service from a pod, by name" served in_pod wget -q -O - "http://web.$NS.svc/"
expect "Service from its own pod" served kubectl -n $NS exec server -- wget -q -O - http://web/
expect "DNS: kubernetes.default" '10\.96\.0\.1' in_pod nslookup kubernetes.default.svc.cluster.local
expect "DNS: the sandbox is the host" '10\.88\.0\.1$' in_pod nslookup sandbox.claude-wif.test
expect "DNS: nothing else" NXDOMAIN in_pod nslookup nothing.example
# without TLS, which it refuses in HTTP: busybox's TLS is too old for the API server of 1.37
expect "API server from a pod" '400 Bad Request' in_pod wget -O - http://kubernetes.default.svc:443/
expect "issuer discovery" 'RS256' kubectl get --raw /.well-known/openid-configuration
expect "memory volume" 'tmpfs /mem ' in_pod grep ' /mem ' /proc/mounts
say "$passed passed, $failed failed"
[ "$failed" = 0 ] || exit 1
