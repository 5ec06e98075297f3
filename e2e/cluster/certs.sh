# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The cluster's keys, certificates and kubeconfigs, by the openssl program. They live as long as
# one run of the cluster. Sourced, not run; needs lib.sh.

# certificate NAME SUBJECT USAGE [SAN]: NAME.key and NAME.crt, signed by the cluster's CA.
certificate() {
    local name=$1 subject=$2 usage=$3 san=${4:-}
    {
        echo "basicConstraints=critical,CA:FALSE"
        echo "keyUsage=critical,digitalSignature"
        echo "extendedKeyUsage=$usage"
        [ -z "$san" ] || echo "subjectAltName=$san"
    } >"$name.ext"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$subject" \
        -keyout "$name.key" -out "$name.csr"
    openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 \
        -extfile "$name.ext" -out "$name.crt"
    rm "$name.csr" "$name.ext"
}

# kubeconfig OUT NAME: talk to the API server with NAME's certificate. All is embedded, so that
# the file can be handed around.
kubeconfig() {
    cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: $CGROUP, cluster: {server: "$API", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $2, user: {client-certificate-data: $(base64 -w0 "$2.crt"), client-key-data: $(base64 -w0 "$2.key")}}]
contexts: [{name: $CGROUP, context: {cluster: $CGROUP, user: $2}}]
current-context: $CGROUP
YAML
}

# Everything into folder $1.
make_certs() (
    umask 077
    cd "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=claude-wif-e2e CA" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -keyout ca.key -out ca.crt
    local names="DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    names+=",DNS:kubernetes.default.svc.cluster.local,DNS:localhost"
    certificate apiserver "/CN=kube-apiserver" serverAuth \
        "$names,IP:10.96.0.1,IP:$HOST_IP,IP:127.0.0.1"
    certificate kubelet "/CN=$NODE" serverAuth "DNS:$NODE,IP:$HOST_IP"
    certificate apiserver-kubelet "/O=system:masters/CN=kube-apiserver-kubelet-client" clientAuth
    certificate admin "/O=system:masters/CN=admin" clientAuth
    certificate node "/O=system:nodes/CN=system:node:$NODE" clientAuth
    certificate controller-manager "/CN=system:kube-controller-manager" clientAuth
    certificate scheduler "/CN=system:kube-scheduler" clientAuth
    certificate kube-proxy "/CN=system:kube-proxy" clientAuth
    certificate coredns "/CN=system:coredns" clientAuth
    local user
    for user in node controller-manager scheduler kube-proxy coredns; do
        kubeconfig "$user.kubeconfig" "$user"
    done
    kubeconfig "$WIF_RUN/kubeconfig" admin
    # RSA, as managed clusters have it: ServiceAccount tokens are then RS256
    openssl genrsa -out sa.key 2048
    openssl rsa -in sa.key -pubout -out sa.pub
) >"$WIF_RUN/log/certs.log" 2>&1 || die "certs: $(tail -n 1 "$WIF_RUN/log/certs.log")"
