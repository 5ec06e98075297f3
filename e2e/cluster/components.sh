# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# One function per daemon of the cluster: its configuration and how it is started.
# Sourced, not run; needs lib.sh, cgroup.sh and daemon.sh, and K8S set to the version.

PKI=$WIF_RUN/pki
CONF=$WIF_RUN/conf
CONTAINERD_SOCK=$WIF_RUN/containerd.sock

bin() { printf '%s/bin/%s\n' "$(k8s_home "$K8S")" "$1"; }
kube() { "$(bin kubectl)" --kubeconfig "$WIF_RUN/kubeconfig" --request-timeout 10s "$@"; }
ctr_k8s() { ctr --address "$CONTAINERD_SOCK" --namespace k8s.io "$@"; }

start_etcd() {
    spawn etcd "$(bin_home etcd "$ETCD_VERSION")/bin/etcd" --data-dir "$WIF_RUN/etcd" --unsafe-no-fsync \
        --log-level warn \
        --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
        --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 \
        --initial-cluster default=http://127.0.0.1:12380
}

start_apiserver() {
    spawn apiserver "$(bin kube-apiserver)" --etcd-servers http://127.0.0.1:12379 \
        --bind-address "$HOST_IP" --advertise-address "$HOST_IP" --secure-port 6443 \
        --service-cluster-ip-range "$SERVICE_NET" --allow-privileged \
        --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
        --client-ca-file "$PKI/ca.crt" --tls-cert-file "$PKI/apiserver.crt" \
        --tls-private-key-file "$PKI/apiserver.key" \
        --kubelet-certificate-authority "$PKI/ca.crt" \
        --kubelet-client-certificate "$PKI/apiserver-kubelet.crt" \
        --kubelet-client-key "$PKI/apiserver-kubelet.key" \
        --kubelet-preferred-address-types InternalIP \
        --service-account-issuer https://kubernetes.default.svc.cluster.local \
        --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key"
}

start_controller_manager() {
    spawn controller-manager "$(bin kube-controller-manager)" \
        --kubeconfig "$PKI/controller-manager.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false \
        --use-service-account-credentials --service-account-private-key-file "$PKI/sa.key" \
        --root-ca-file "$PKI/ca.crt" --cluster-signing-cert-file "$PKI/ca.crt" \
        --cluster-signing-key-file "$PKI/ca.key" \
        --flex-volume-plugin-dir "$WIF_RUN/kubelet/volume-plugins"
}

start_scheduler() {
    spawn scheduler "$(bin kube-scheduler)" --kubeconfig "$PKI/scheduler.kubeconfig" \
        --bind-address 127.0.0.1 --leader-elect=false
}

# restrict_oom_score_adj: without CAP_SYS_RESOURCE runc fails to lower a score ("can't get final
# child's PID from pipe"). Every folder that has a default outside the run directory is named.
start_containerd() {
    mkdir -p "$CONF/cni"
    cat >"$CONF/containerd.toml" <<TOML
version = 2
root = "$WIF_RUN/containerd/root"
state = "$WIF_RUN/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$CONTAINERD_SOCK"
[plugins."io.containerd.internal.v1.opt"]
  path = "$WIF_RUN/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "$CONF/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = "$WIF_RUN/runc"
  SystemdCgroup = false
TOML
    cat >"$CONF/cni/10-bridge.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "$NET", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$WIF_RUN/ipam",
            "ranges": [[{"subnet": "$POD_NET", "gateway": "$HOST_IP"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
    spawn containerd containerd --config "$CONF/containerd.toml"
}

start_kubelet() {
    local cgroup_v1=''
    # from 1.35 on the kubelet refuses cgroup v1 unless told; before 1.31 it does not know the key
    [ "$(cut -d. -f2 <<<"$K8S")" -lt 31 ] || cgroup_v1='failCgroupV1: false'
    : >"$CONF/resolv.conf" # no search domain of the host in pods
    cat >"$CONF/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $HOST_IP
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCK
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP/pods
$cgroup_v1
clusterDomain: cluster.local
clusterDNS: [$HOST_IP]
resolvConf: $CONF/resolv.conf
podLogsDir: $WIF_RUN/log/pods
volumePluginDir: $WIF_RUN/kubelet/volume-plugins
failSwapOn: false
oomScoreAdj: 0
# a build machine's disk may be nearly full, and no image can be pulled again
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
YAML
    spawn kubelet "$(bin kubelet)" --config "$CONF/kubelet.yaml" --kubeconfig "$PKI/node.kubeconfig" \
        --root-dir "$WIF_RUN/kubelet" --hostname-override "$NODE" --node-ip "$HOST_IP"
}

# masqueradeAll: answers between two pods of the one bridge come back through the host even where
# the bridge does not hand its packets to iptables. conntrack: the host's settings stay.
start_kube_proxy() {
    cat >"$CONF/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $PKI/kube-proxy.kubeconfig}
hostnameOverride: $NODE
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clusterCIDR: $POD_NET
mode: iptables
iptables: {masqueradeAll: true, localhostNodePorts: false}
nodePortAddresses: [$POD_NET]
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
oomScoreAdj: 0
YAML
    spawn kube-proxy "$(bin kube-proxy)" --config "$CONF/kube-proxy.yaml"
}

# Other names do not exist: a test must not depend on a resolver of its machine.
start_coredns() {
    cat >"$CONF/Corefile" <<CONF
cluster.local 10.in-addr.arpa {
    bind $HOST_IP
    errors
    kubernetes {
        kubeconfig $PKI/coredns.kubeconfig
        ttl 5
    }
}
claude-wif.test {
    bind $HOST_IP
    hosts {
        $HOST_IP sandbox.claude-wif.test
        ttl 5
    }
}
. {
    bind $HOST_IP
    template ANY ANY {
        rcode NXDOMAIN
    }
}
CONF
    spawn coredns "$(bin_home coredns "$COREDNS_VERSION")/bin/coredns" -conf "$CONF/Corefile"
}

coredns_rbac() {
    cat <<'YAML'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
- {apiGroups: [""], resources: [services, namespaces, pods, endpoints], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:coredns"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:coredns"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:coredns"}]
YAML
}

# Conditions to wait for.
apiserver_ready() { curl -sf -m 5 --cacert "$PKI/ca.crt" "$API/readyz"; }
containerd_ready() { ctr_k8s version; }
kubelet_ready() { curl -sf -m 5 http://127.0.0.1:10248/healthz; }
account_exists() { kube get serviceaccount default; }
node_ready() {
    kube get node "$NODE" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status} {.spec.taints}' |
        grep -qx 'True '
}
service_reachable() { # the API server's own ClusterIP, from the host, through kube-proxy's rules
    curl -sf -m 5 --cacert "$PKI/ca.crt" https://10.96.0.1/readyz
}
dns_answers() {
    busybox nslookup kubernetes.default.svc.cluster.local "$HOST_IP" | grep -q 10.96.0.1 &&
        busybox nslookup sandbox.claude-wif.test "$HOST_IP" | grep -q "$HOST_IP\$"
}
