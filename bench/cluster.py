# SPDX-License-Identifier: Apache-2.0
"""An API server of many annotated Namespaces and ServiceAccounts: lists in pages, silent watches.

10,000 namespaces of 5 accounts by default, each with the metadata that real ones carry
(managedFields, kubectl's last-applied) and two annotations of ours, of the EKS webhook and of
Azure's. Says what Azure's asks first: which version this is, which resources there are. No pods
by default, else injected ones like the recorded Deployment's, in the first namespace. Writes the
kubeconfig that leads to it. Local use only.

usage: cluster.py KUBECONFIG [NAMESPACES [ACCOUNTS [PODS]]]
"""
import http.server
import json
import pathlib
import sys
import urllib.parse

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: bench
contexts: [{name: bench, context: {cluster: bench, user: bench}}]
clusters: [{name: bench, cluster: {server: 'http://127.0.0.1:%d'}}]
users: [{name: bench, user: {token: bench}}]
"""
KINDS = {"pods": "Pod", "namespaces": "Namespace", "serviceaccounts": "ServiceAccount"}
DISCOVERY = {
    "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": [
        {"name": name, "singularName": kind.lower(), "kind": kind, "verbs": ["list", "watch"],
         "namespaced": name != "namespaces"} for name, kind in KINDS.items()]},
}


def annotated(name, namespace=None):
    own = {"wif.anthropic.com/federation-rule": f"fdrl_{namespace or name}",
           "wif.anthropic.com/service-account": f"svac_{namespace or name}",
           "eks.amazonaws.com/role-arn": f"arn:aws:iam::111122223333:role/{name}",
           "eks.amazonaws.com/sts-regional-endpoints": "true",
           "azure.workload.identity/client-id": "6c9f1a52-03f0-4c1c-a4cf-0d8e5b1c7a21",
           "azure.workload.identity/service-account-token-expiration": "3600"}
    meta = {"name": name, "uid": "3b241101-e2bb-4255-8caf-4136c566a962", "resourceVersion": "4711",
            "creationTimestamp": "2026-11-22T08:00:00Z",
            "labels": {"kubernetes.io/metadata.name": name, "app.kubernetes.io/managed-by": "Helm"},
            "annotations": {**own, "kubectl.kubernetes.io/last-applied-configuration":
                            json.dumps({"metadata": {"annotations": own, "name": name}})},
            "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update",
                               "apiVersion": "v1", "time": "2026-11-22T08:00:00Z",
                               "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {
                                   "f:annotations": {".": {}, **{"f:" + k: {} for k in own}}}}}]}
    return {"metadata": {**meta, "namespace": namespace} if namespace else meta}


POD = json.loads((pathlib.Path(__file__).parent.parent / "tests/data/reviews/deployment-pod.json")
                 .read_text())["request"]["object"]


def injected(i):
    meta = {**POD["metadata"], "name": f"web-{i}", "namespace": "default",
            "resourceVersion": "4711"}
    meta["annotations"] = {**meta.get("annotations", {}), "wif.anthropic.com/status":
                           json.dumps({"version": "0.1.0", "config": "0123456789abcdef"})}
    volumes = POD["spec"].get("volumes", []) + [{"name": "claude-wif-assertions"}]
    return {"metadata": meta, "spec": {**POD["spec"], "volumes": volumes},
            "status": {"phase": "Running", "initContainerStatuses": [
                {"name": "claude-wif-writer", "started": True, "state": {"running": {}}}]}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    namespaces, accounts, pods = 10000, 5, 0

    def log_message(self, *args):
        pass

    def refuse(self, status, reason):
        self.answer(status, {"apiVersion": "v1", "kind": "Status", "status": "Failure",
                             "code": status, "reason": reason})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def total(self, kind):
        return {"pods": self.pods, "namespaces": self.namespaces,
                "serviceaccounts": self.namespaces * self.accounts}[kind]

    def item(self, kind, i):
        if kind == "pods":
            return injected(i)
        if kind == "namespaces":
            return annotated(f"team-{i:05}-production" if i else "default")
        if i == 0:  # that of the reviews, as the first namespace is
            return annotated("chat", "default")
        return annotated(f"worker-{i % self.accounts}", f"team-{i // self.accounts:05}-production")

    def page(self, kind, query):
        total = self.total(kind)
        first = int(query.get("continue", ["0"])[0])
        end = min(total, first + int(query.get("limit", [str(total)])[0]))
        version, of = "v1", KINDS[kind] + "List"
        if "PartialObjectMetadataList" in self.headers.get("Accept", ""):
            version, of = "meta.k8s.io/v1", "PartialObjectMetadataList"
        self.answer(200, {"apiVersion": version, "kind": of, "metadata": {
            "resourceVersion": "4711", **({"continue": str(end)} if end < total else {})},
            "items": [self.item(kind, i) for i in range(first, end)]})

    def watch(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.rfile.read(1)  # until the client leaves
        self.close_connection = True

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query)
        base, _, kind = url.path.rpartition("/")
        if url.path in DISCOVERY:
            self.answer(200, DISCOVERY[url.path])
        elif base != "/api/v1" or kind not in KINDS:
            self.refuse(404, "NotFound")
        elif "sendInitialEvents" in query:  # as a server without WatchList: clients then list
            self.refuse(422, "Invalid")
        elif "watch" in query:
            self.watch()
        else:
            self.page(kind, query)


def main():
    if len(sys.argv) > 2:
        Handler.namespaces = int(sys.argv[2])
    if len(sys.argv) > 3:
        Handler.accounts = int(sys.argv[3])
    if len(sys.argv) > 4:
        Handler.pods = int(sys.argv[4])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    part = pathlib.Path(sys.argv[1] + ".part")
    part.write_text(KUBECONFIG % server.server_address[1])
    part.rename(sys.argv[1])
    server.serve_forever()


main()
