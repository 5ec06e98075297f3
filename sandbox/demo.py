# SPDX-License-Identifier: Apache-2.0
"""make demo: admission of a recorded pod, then that pod played with local processes.

The controller, the writer and the exchange are the real ones; wif-sandbox stands in for
the Kubernetes issuer and the Claude API. Only times are short: tokens live 12 seconds
and the "kubelet" brings new assertions every 15.

usage: demo.py BUILD-DIRECTORY
"""
import base64
import copy
import difflib
import json
import os
import pathlib
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

TOKEN_LIFETIME_S = 12
KUBELET_EVERY_S = 15
RUN_S = 36
KILL_AT_S = 16
ISSUER = "https://kubernetes.default.svc.cluster.local"
SUBJECT = "system:serviceaccount:default:chat"
AUDIENCE = "https://api.anthropic.com"
IDS = {
    "rule": "fdrl_demo",
    "organization": "5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11",
    "service-account": "svac_demo",
}
COLOR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOR else text


def say(text):
    print(text, flush=True)


def title(text):
    say("\n" + paint("1", text))


class Processes:
    """What the demo started; all of it is gone when the demo ends."""

    def __init__(self, logs):
        self.logs = logs
        self.running = []

    def start(self, name, argv, env=None):
        log = open(self.logs / f"{name}.log", "ab")
        p = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.running.append(p)
        return p

    def stop(self):
        for p in self.running:
            if p.poll() is None:
                p.terminate()
        for p in self.running:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def fail(problem, log):
    """End with the last lines of LOG: it goes with the demo's directory."""
    sys.exit(f"demo: {problem}; {log.name} ends:\n{log.read_text()[-2000:]}")


def wait_for_ports(path, process):
    """The ports that a server wrote once it listened."""
    end = time.monotonic() + 10
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            fail("a server did not start", path.with_suffix(".log"))
        time.sleep(0.02)
    return dict(line.split() for line in path.read_text().splitlines())


def post(url, body, context, headers):
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)
    # An opener of its own: proxies of the environment are not for 127.0.0.1.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    with opener.open(request, timeout=5) as answer:
        return json.load(answer)


def pointer(document, path):
    """The parent and last token of a JSON pointer (RFC 6901)."""
    tokens = [t.replace("~1", "/").replace("~0", "~") for t in path.split("/")[1:]]
    for t in tokens[:-1]:
        document = document[int(t)] if isinstance(document, list) else document[t]
    return document, tokens[-1]


def apply(pod, patch):
    """The pod as the API server will have it: `add`, `test` and `remove` of RFC 6902."""
    pod = copy.deepcopy(pod)
    for op in patch:
        parent, last = pointer(pod, op["path"])
        if isinstance(parent, list):
            last = len(parent) if last == "-" else int(last)
        if op["op"] == "add" and isinstance(parent, list):
            parent.insert(last, op["value"])
        elif op["op"] == "add":
            parent[last] = op["value"]
        elif op["op"] == "remove":
            del parent[last]
        elif op["op"] == "test":
            assert parent[last] == op["value"], op
    return pod


def flat(value):
    """Whether VALUE fits on one line: a scalar, or a small list or object of scalars."""
    if not isinstance(value, (dict, list)):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return not any(isinstance(v, (dict, list)) for v in inner) and len(json.dumps(value)) < 90


def outline(value, indent=""):
    """VALUE as lines in the shape of YAML."""
    if isinstance(value, list):
        for item in value:
            first, *rest = outline(item, indent + "  ") if not flat(item) else [indent + "  " + json.dumps(item)]
            yield indent + "- " + first[len(indent) + 2:]
            yield from rest
        return
    for key, item in value.items():
        if flat(item):
            yield f"{indent}{key}: {item if isinstance(item, str) and item.isalnum() else json.dumps(item)}"
        else:
            yield f"{indent}{key}:"
            yield from outline(item, indent + ("" if isinstance(item, list) else "  "))


def show_diff(before, after):
    lines = [list(outline(p)) for p in (before, after)]
    for line in difflib.unified_diff(*lines, "pod, as sent", "pod, as admitted", n=1, lineterm=""):
        line = line if len(line) <= 130 else line[:129] + "…"
        say("  " + (paint("32", line) if line[:1] == "+" else paint("31", line) if line[:1] == "-" else line))


class Client(threading.Thread):
    """An application: reads the credential file as the SDKs do, calls four times a second."""

    def __init__(self, credentials, url, context):
        super().__init__(daemon=True)
        self.path = credentials / "credentials" / "wif.json"
        self.url, self.context = url, context
        self.calls = self.failed = 0
        self.errors = []
        self.halt = threading.Event()

    def token(self):
        fd = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(fd) as f:
            st = os.fstat(fd)
            if stat.S_IMODE(st.st_mode) != 0o600 or st.st_uid != os.geteuid():
                raise PermissionError("credential file: wrong mode or owner")
            credential = json.load(f)
        if credential["expires_at"] <= time.time():
            raise ValueError("credential file: expired")
        return credential["access_token"]

    def run(self):
        while not self.halt.wait(0.25):
            self.calls += 1
            try:
                post(
                    self.url + "/v1/messages",
                    {"model": "sandbox-model", "max_tokens": 16,
                     "messages": [{"role": "user", "content": "ping"}]},
                    self.context,
                    {"authorization": "Bearer " + self.token(), "content-type": "application/json",
                     "anthropic-version": "2023-06-01"},
                )
            except (OSError, ValueError) as error:
                self.failed += 1
                self.errors.append(str(error))


def local(args, mapping):
    """Arguments of the container, with the pod's paths turned into this machine's."""
    out = []
    for a in args:
        for pod_path, here in mapping.items():
            if a == pod_path or a.startswith(pod_path + "/"):
                a = str(here) + a[len(pod_path):]
        out.append(a)
    return out


def admit(build, tmp, processes, sandbox_url):
    ca = (tmp / "keys" / "ca.crt").read_text()
    config = {
        "federations": {"default": {
            "organizationId": IDS["organization"], "federationRuleId": IDS["rule"],
            "serviceAccountId": IDS["service-account"], "audience": AUDIENCE,
            "baseUrl": sandbox_url, "caBundle": ca}},
        "writer": {"image": "claude-wif/writer:demo"},
    }
    (tmp / "config.yaml").write_text(json.dumps(config, indent=1))  # JSON is YAML too
    ports = tmp / "controller.ports"
    controller = processes.start("controller", [
        build / "wif-controller", "--config", tmp / "config.yaml", "--no-cluster",
        "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--port-file", ports,
        "--tls-cert", tmp / "keys/tls.crt", "--tls-key", tmp / "keys/tls.key"])
    port = wait_for_ports(ports, controller)["listen"]
    review = json.loads(pathlib.Path("tests/data/reviews/deployment-pod.json").read_text())
    context = ssl.create_default_context(cafile=tmp / "keys/ca.crt")
    started = time.monotonic()
    response = post(f"https://localhost:{port}/mutate", review, context,
                    {"content-type": "application/json"})["response"]
    took_ms = (time.monotonic() - started) * 1000
    if not response["allowed"] or "patch" not in response:
        sys.exit(f"demo: the pod was not injected: {response}")
    pod = review["request"]["object"]
    injected = apply(pod, json.loads(base64.b64decode(response["patch"])))
    show_diff(pod, injected)
    say(f"  admitted in {took_ms:.1f} ms, a new TLS connection included")
    for warning in response.get("warnings", []):
        say("  Warning: " + warning)
    return injected


def writer_command(build, tmp, pod):
    """The injected sidecar as a local command, and the expirations of its assertions."""
    spec = pod["spec"]
    container = next(c for c in spec["initContainers"] if c["name"] == "claude-wif-writer")
    volume = next(v for v in spec["volumes"] if v["name"] == "claude-wif-assertions")
    expirations = [s["serviceAccountToken"]["expirationSeconds"] for s in volume["projected"]["sources"]]
    mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
    args = local(container["args"], {
        mounts["claude-wif-credentials"]: tmp / "credentials",
        mounts["claude-wif-assertions"]: tmp / "assertions",
        "/wif-exchange": build / "wif-exchange",
        "/ca-bundle.pem": "/etc/ssl/certs/ca-certificates.crt"})
    args[args.index("--lifetime") + 1] = str(TOKEN_LIFETIME_S)
    env = {e["name"]: e.get("value", "demo-pod-uid") for e in container["env"]}
    command = [build / "wif-writer", *args, "--termination-log", tmp / "termination-log"]
    return command, env, expirations


def watch_rotations(tmp, until, seen):
    """Print each new credential until the given time; returns how many there were."""
    path = tmp / "credentials" / "credentials" / "wif.json"
    while time.monotonic() < until:
        inode = path.stat().st_ino
        if inode != seen.get("inode"):
            seen["inode"] = inode
            seen["count"] = seen.get("count", 0) + 1
            left = json.loads(path.read_text())["expires_at"] - time.time()
            what = "first credential" if seen["count"] == 1 else f"rotation {seen['count'] - 1}"
            say(f"  {time.strftime('%H:%M:%S')}  {what}: a token with {left:.0f} s left")
        time.sleep(0.05)


def play(build, tmp, processes, pod, sandbox_url, admin):
    command, env, expirations = writer_command(build, tmp, pod)
    (tmp / "credentials").mkdir()
    (tmp / "assertions").mkdir()
    processes.start("kubelet", [
        build / "wif-sandbox", "project", "--keys", tmp / "keys", "--issuer", ISSUER,
        "--subject", SUBJECT, "--audience", AUDIENCE, "--out", tmp / "assertions",
        "--expiration", ",".join(map(str, expirations)), "--every", str(KUBELET_EVERY_S)])
    started = time.monotonic()
    writer = processes.start("writer", command, env)
    check = [build / "wif-writer", "check", "--output", tmp / "credentials", "--wait", "10s",
             "--min-ttl", "1"]  # SDKs want 30 s left; these tokens never have it
    if subprocess.run(check).returncode != 0:
        fail("no credential", tmp / "writer.log")
    say(f"  the startup probe opened after {(time.monotonic() - started) * 1000:.0f} ms; the application starts")
    context = ssl.create_default_context(cafile=tmp / "keys/ca.crt")
    client = Client(tmp / "credentials", sandbox_url, context)
    client.start()
    begin, seen = time.monotonic(), {}
    watch_rotations(tmp, begin + KILL_AT_S, seen)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    say(f"  {time.strftime('%H:%M:%S')}  {paint('31', 'the writer is killed with SIGKILL')} and started again, as the kubelet does")
    processes.start("writer", command, env)
    watch_rotations(tmp, begin + RUN_S, seen)
    client.halt.set()
    client.join()
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://127.0.0.1:{admin}/stats", timeout=5) as answer:
        return client, seen["count"] - 1, json.load(answer)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="claude-wif-demo-") as name:
        tmp = pathlib.Path(name)
        processes = Processes(tmp)
        try:
            subprocess.run([build / "wif-sandbox", "keygen", "--out", tmp / "keys"], check=True,
                           stdout=subprocess.DEVNULL)
            sandbox = processes.start("sandbox", [
                build / "wif-sandbox", "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                "--tls-cert", tmp / "keys/tls.crt", "--tls-key", tmp / "keys/tls.key",
                "--issuer", ISSUER, "--jwks", tmp / "keys/jwks.json", "--audience", AUDIENCE,
                "--subject", SUBJECT, "--rule", IDS["rule"], "--organization", IDS["organization"],
                "--service-account", IDS["service-account"], "--allow-short",
                "--token-lifetime", str(TOKEN_LIFETIME_S), "--port-file", tmp / "sandbox.ports"])
            ports = wait_for_ports(tmp / "sandbox.ports", sandbox)
            url = f"https://localhost:{ports['listen']}"

            title("1. Admission: the recorded Deployment pod, through the real webhook")
            pod = admit(build, tmp, processes, url)
            title(f"2. The injected pod, played here: tokens live {TOKEN_LIFETIME_S} s, {RUN_S} s of calls")
            client, rotations, stats = play(build, tmp, processes, pod, url, ports["admin"])
        finally:
            processes.stop()
        title("Summary")
        say(f"  calls made    {client.calls} (the endpoint counted {stats['messages']['requests']})")
        say(f"  calls failed  {client.failed}")
        say(f"  rotations     {rotations}")
        say(f"  replays       {stats['replays']}")
        for error in client.errors[:3]:
            say("  error: " + error)
        good = (client.failed == 0 and stats["replays"] == 0 and rotations >= 3
                and client.calls == stats["messages"]["requests"] > 50)
        sys.exit(0 if good else 1)


main()
