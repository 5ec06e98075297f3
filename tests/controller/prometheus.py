# SPDX-License-Identifier: Apache-2.0
"""The figures of a running controller, read as Prometheus does.

usage: prometheus.py SITE CONTROLLER   SITE: where prometheus_client is. Last line: N passed, N failed.

The controller follows an API server that serves its keys and fails with all else, so that every
figure is shown, then answers one review that it must deny for now and one request that is no review.
"""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, sys.argv[1])
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

PREFIX = "claude_wif_"
# Of each figure its type, and the labels of its samples (less a histogram's `le`).
FIGURES = {
    "admission_reviews": ("counter", {"decision", "reason"}),
    "admission_duration_seconds": ("histogram", set()),
    "certificate_not_after_seconds": ("gauge", set()),
    "config_reload_errors": ("counter", set()),
    "watch_age_seconds": ("gauge", {"resource"}),
    "events": ("counter", {"result"}),
    "issuer_keys": ("gauge", {"state"}),
    "issuer_keys_age_seconds": ("gauge", set()),
    "writer_terminations": ("counter", {"reason"}),
    "build_info": ("gauge", {"version"}),
}
KUBECONFIG = """current-context: c
contexts: [{name: c, context: {cluster: k}}]
clusters: [{name: k, cluster: {server: 'http://127.0.0.1:%d'}}]
"""
JWKS = {"keys": [{"kty": "EC", "kid": kid} for kid in ("a", "b", "c")]}
REVIEW = {
    "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
    "request": {"uid": "u", "kind": {"kind": "Pod"}, "operation": "CREATE", "namespace": "n",
                "object": {"metadata": {"name": "p", "annotations": {"wif.anthropic.com/inject": "true"}},
                           "spec": {"containers": [{"name": "a", "image": "i"}]}}},
}
failures = []


def check(ok, what):
    """Note WHAT as a failure unless OK."""
    if not ok:
        failures.append(what)


class Api(http.server.BaseHTTPRequestHandler):
    """An API server that serves JWKS and fails with all else."""

    def do_GET(self):  # noqa: N802, as the library has it
        good = self.path == "/openid/v1/jwks"
        body = json.dumps(JWKS).encode() if good else b"{}"
        self.send_response(200 if good else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def start(program, work, api):
    """A controller with its files in WORK that follows port API; the process, and its two ports."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "1", "-subj", "/CN=x", "-keyout", f"{work}/key", "-out", f"{work}/crt"],
                   check=True, capture_output=True)
    with open(f"{work}/kubeconfig", "w", encoding="utf-8") as f:
        f.write(KUBECONFIG % api)
    with open(f"{work}/config.yaml", "w", encoding="utf-8") as f:
        f.write(open("tests/data/config/minimal.yaml", encoding="utf-8").read())
        f.write("issuer: {registeredKeys: [a, b, d, e, f]}\n")
    process = subprocess.Popen(
        [program, "--config", f"{work}/config.yaml", "--tls-cert", f"{work}/crt", "--tls-key", f"{work}/key",
         "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--port-file", f"{work}/ports",
         "--kubeconfig", f"{work}/kubeconfig", "--drain", "0"], stderr=open(f"{work}/log", "wb"))
    while not os.path.exists(f"{work}/ports"):
        if process.poll() is not None:
            sys.exit(open(f"{work}/log", encoding="utf-8").read())
        time.sleep(0.02)
    ports = dict(line.split() for line in open(f"{work}/ports", encoding="utf-8"))
    return process, int(ports["listen"]), int(ports["metrics"])


def post(port, body):
    """What the webhook answers to BODY."""
    done = subprocess.run(["curl", "-sk", "--noproxy", "*", "--data-binary", body, f"https://127.0.0.1:{port}/mutate"],
                          capture_output=True, check=True, text=True)
    return done.stdout


def judge(text):
    """Check what the figures' TEXT says."""
    families = {f.name: f for f in text_string_to_metric_families(text)}
    check(set(families) == {PREFIX + n for n in FIGURES}, f"the figures are {sorted(families)}")
    for name, (kind, labels) in FIGURES.items():
        family = families.get(PREFIX + name)
        if not family:
            continue
        check(family.type == kind, f"{name} is a {family.type}")
        check(family.documentation, f"{name} has no HELP")
        check(family.samples, f"{name} has no sample")
        for sample in family.samples:
            check(set(sample.labels) - {"le"} == labels, f"{name} has labels {sample.labels}")
    value = {(s.name, *sorted(s.labels.values())): s.value for f in families.values() for s in f.samples}
    check(value.get((PREFIX + "admission_reviews_total", "ObjectUnknown", "denied")) == 1, "one review was denied")
    check(value.get((PREFIX + "admission_reviews_total", "NotAReview", "error")) == 1, "one request was no review")
    check(value.get((PREFIX + "admission_duration_seconds_count",)) == 2, "two were answered")
    check(value.get((PREFIX + "watch_age_seconds", "namespaces")) == float("inf"), "nothing was heard of namespaces")
    states = [value.get((PREFIX + "issuer_keys", state)) for state in ("registered", "unregistered", "unserved")]
    check(states == [2, 1, 3], f"the issuer's keys are {states}")
    ends = {s.labels["reason"]: s.value for s in families[PREFIX + "writer_terminations"].samples}
    check(len(ends) == 12 and not any(ends.values()), f"no writer ended: {ends}")
    check({"WriterDenied", "OOMKilled", "Error", "Unknown"} < set(ends), f"the reasons are {sorted(ends)}")
    check(value.get((PREFIX + "certificate_not_after_seconds",), 0) > time.time(), "the certificate is good")
    buckets = [s for s in families[PREFIX + "admission_duration_seconds"].samples if s.name.endswith("_bucket")]
    check([s.value for s in buckets] == sorted(s.value for s in buckets), "buckets are cumulative")
    check(buckets[-1].labels["le"] == "+Inf" and buckets[-1].value == 2, "the last bucket is all")
    bounds = [float(s.labels["le"]) for s in buckets]
    check(bounds == sorted(set(bounds)), "bounds grow")


def figures(port):
    """The figures' content type and text, once the issuer's keys are among them."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        with opener.open(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
            if PREFIX + "issuer_keys{" in text:
                return answer.headers["content-type"], text
        time.sleep(0.02)


def main():
    api = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as work:
        process, port, metrics = start(sys.argv[2], work, api.server_port)
        try:
            check("not known yet" in post(port, json.dumps(REVIEW)), "denied for now")
            post(port, "{}")
            kind, text = figures(metrics)
            check(kind == "text/plain; version=0.0.4; charset=utf-8", "content type")
            judge(text)
        finally:
            process.terminate()
            check(process.wait(30) == 0, open(f"{work}/log", encoding="utf-8").read())
    for failure in failures:
        print(failure)
    print("0 passed, 1 failed" if failures else "1 passed, 0 failed")
    return 1 if failures else 0


sys.exit(main())
