# SPDX-License-Identifier: Apache-2.0
"""Other people's mutating webhooks, for the cases webhooks and mesh.

usage: webhook.py ADDRESS PORT CERT KEY EVENTS

POST /WHEN/ROLE, WHEN being the caller's word for its place (before, after ours). As strict as
the API server's documentation lets a webhook be: a review that is not an AdmissionReview v1 of
a Pod's creation gets 400, which fails the pod. Changes nothing twice. Appends one JSON line per
review to EVENTS: {"when","role","pod","changed"}.

    append   adds a container `added`, of the pod's user
    mesh     adds an init container that blocks all egress and a native sidecar that lifts it
    shuffle  turns the order of the init containers round
    tamper   gives our writer another image
"""
import base64
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLOCKS = "iptables -P OUTPUT DROP; iptables -A OUTPUT -o lo -j ACCEPT; iptables -S"
# What it tries before it opens must fail, or it would be no mesh: then it never gets ready.
LIFTS = """timeout 2 nc -z 10.88.0.1 8451 && { echo not blocked; exit 1; }
sleep 3; iptables -P OUTPUT ACCEPT; echo open; : >/tmp/ready; exec sleep 36000"""


def mesh_container(name, script, **more):
    return {
        "name": name,
        "image": "claude-wif.test/mesh:1",
        "imagePullPolicy": "Never",
        "command": ["/bin/sh", "-ec", script],
        "securityContext": {"runAsUser": 0, "runAsNonRoot": False, "capabilities": {"add": ["NET_ADMIN"]}},
        **more,
    }


def names(spec, key):
    return [container["name"] for container in spec.get(key, [])]


def append(spec):
    if "added" not in names(spec, "containers"):
        added = {key: spec["containers"][0][key] for key in ("image", "imagePullPolicy", "securityContext")}
        spec["containers"].append({"name": "added", "command": ["/bin/sleep", "36000"], **added})


def mesh(spec):
    inits = spec.setdefault("initContainers", [])
    if "istio-proxy" not in names(spec, "initContainers"):
        probe = {"exec": {"command": ["/bin/cat", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 60}
        inits.append(mesh_container("istio-init", BLOCKS))
        inits.append(mesh_container("istio-proxy", LIFTS, restartPolicy="Always", startupProbe=probe))


def shuffle(spec):
    # Once: its own mark says so, as other webhooks have theirs.
    if not any(volume["name"] == "shuffled" for volume in spec["volumes"]):
        spec["volumes"].append({"name": "shuffled", "emptyDir": {}})
        spec["initContainers"].reverse()


def tamper(spec):
    for container in spec.get("initContainers", []):
        if container["name"] == "claude-wif-writer":
            container["image"] = "evil.invalid/writer:1"


ROLES = {"append": append, "mesh": mesh, "shuffle": shuffle, "tamper": tamper}


def review(role, body):
    """The answer to one review, and what happened; KeyError or AssertionError: not a review."""
    request = body["request"]
    assert (body["kind"], body["apiVersion"]) == ("AdmissionReview", "admission.k8s.io/v1")
    assert (request["operation"], request["kind"]["kind"]) == ("CREATE", "Pod")
    pod = request["object"]
    before = json.dumps(pod["spec"], sort_keys=True)
    ROLES[role](pod["spec"])
    response = {"uid": request["uid"], "allowed": True}
    changed = json.dumps(pod["spec"], sort_keys=True) != before
    if changed:
        patch = json.dumps([{"op": "replace", "path": "/spec", "value": pod["spec"]}])
        response.update(patchType="JSONPatch", patch=base64.b64encode(patch.encode()).decode())
    answer = {"apiVersion": body["apiVersion"], "kind": body["kind"], "response": response}
    return answer, {"role": role, "pod": pod["metadata"]["name"], "changed": changed}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            _, when, role = self.path.split("?")[0].split("/")
            answer, event = review(role, json.loads(text))
        except (KeyError, ValueError, AssertionError) as error:
            return self.send_error(400, f"not a review for {self.path}: {error!r}")
        with open(self.server.events, "a", encoding="utf-8") as events:
            events.write(json.dumps({"when": when, **event}) + "\n")
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main():
    address, port, cert, key, events = sys.argv[1:]
    server = ThreadingHTTPServer((address, int(port)), Handler)
    server.daemon_threads = True
    server.events = events
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


main()
