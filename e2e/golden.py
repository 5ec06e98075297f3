# SPDX-License-Identifier: Apache-2.0
"""
Every case of tests/data/inject on a real API server, by --dry-run=server: the pod that its patch
gives, sent where no webhook is, and the pod itself, sent through the webhook with the case's own
config, Namespace and ServiceAccount, come back the same; a refusal says what the case says.

usage: golden.py WORK CONTROLLER ADDRESS SITE <KUBECONFIG-AS-JSON; run by cases/golden.sh
Prints "ok ..." or "not ok ..." lines (golden_report.py), and which cases the API server cannot be asked.

All keys have another prefix here, as long as the usual one, and so have the names of the
namespaces: an installation in the same cluster has no say, and texts are cut at the same places.
"""

import base64
import collections
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import time

WORK, CONTROLLER, ADDRESS, SITE = sys.argv[1:]
sys.path[:0] = ["tests/inject", SITE]
import cases  # noqa: E402
del sys.path[0]
import jsonpatch  # noqa: E402
from api import Api  # noqa: E402
from golden_report import OTHERWISE, report  # noqa: E402

PREFIX, OWN = "wif.anthropic.com", "wif.golden-e2e.io"
TEAM = "team-a"
LABEL = {"claude-wif.test/golden": "webhook"}
WEBHOOK = "golden.claude-wif.test"
WAIT_S = 60
OUR_HASH = "0123456789abcdef"  # of the cases' config
SAYS = r'\"config\":\"%s\"'  # in the annotation status, which is JSON in JSON


def config_of(operator, namespaces):
    """The lines of tests/inject/operator.h as config.yaml, of which JSON is a part."""
    def federation(name):
        return {"organizationId": "6c1f4a52-6d2b-4f0e-9b63-0d0b6f6f2a10", "federationRuleId": f"fdrl_{name}",
                "serviceAccountId": f"svac_{name}", "tokenLifetimeSeconds": 600}

    first = federation("default")
    out = {"prefix": OWN, "defaults": {}, "federations": {"default": first},
           "writer": {"image": "registry.example/claude-wif/writer:0.1.0", "sidecar": "native",
                      "resources": {"requests": {}, "limits": {}}}}
    resources = out["writer"]["resources"]
    # What a line sets: the map and its key.
    plain = {"prefix": (out, "prefix"), "image": (out["writer"], "image"), "sidecar": (out["writer"], "sidecar"),
             "mode": (out["defaults"], "mode"), "static-key": (out["defaults"], "staticKey"),
             "cpu-request": (resources["requests"], "cpu"), "memory-request": (resources["requests"], "memory"),
             "cpu-limit": (resources["limits"], "cpu"), "memory-limit": (resources["limits"], "memory"),
             "base-url": (first, "baseUrl"), "audience": (first, "audience"), "ca-bundle": (first, "caBundle"),
             "workspace": (first, "workspaceId"), "lifetime": (first, "tokenLifetimeSeconds"),
             "proxy": (first.setdefault("proxy", {}), "https"), "no-proxy": (first["proxy"], "no")}
    lists = {"federations": "federations", "rules": "rules", "service-accounts": "serviceAccounts",
             "workspaces": "workspaces", "organizations": "organizations"}
    for line in operator.splitlines():
        key, _, value = line.partition(" ")
        if key == "federation":
            out["federations"][value] = federation(value)
        elif key == "no-federations":
            out["federations"].clear()
        elif key == "insecure":
            first["insecure"] = True
        elif key == "policy":
            glob, *words = value.split(" ")
            rule = {"namespaces": namespaces if glob == TEAM else [glob.replace("team-*", "team*")]}
            rule.update((lists[k], v.split(",")) for k, v in (w.split("=", 1) for w in words))
            out.setdefault("policy", []).append(rule)
        else:
            holder, name = plain[key]
            holder[name] = int(value) if key == "lifetime" else value
    return out


class Controller:
    """A controller of our own; it takes each group's config by hot reload."""

    def __init__(self, kubeconfig, first):
        self.config, self.log = pathlib.Path(WORK, "config.yaml"), pathlib.Path(WORK, "controller.log")
        self.ports = pathlib.Path(WORK, "controller.ports")
        self.seen = 0
        self.write(first)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", CONTROLLER, "--config", self.config,
                 "--tls-cert", f"{WORK}/keys/tls.crt", "--tls-key", f"{WORK}/keys/tls.key",
                 "--listen", f"{ADDRESS}:0", "--metrics-listen", "127.0.0.1:0",
                 "--port-file", self.ports, "--kubeconfig", kubeconfig, "--drain", "0"], stderr=log)
        self.said()
        self.await_(self.ports.exists)
        port = dict(line.split() for line in self.ports.read_text().splitlines())["listen"]
        self.url = f"https://{ADDRESS}:{port}/mutate"

    def await_(self, there):
        end = time.monotonic() + WAIT_S
        while not there():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"the controller is not as wanted: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def write(self, config):
        fresh = self.config.with_suffix(".new")
        fresh.write_text(json.dumps(config, indent=1))
        fresh.rename(self.config)

    def said(self):
        """What it says next about its config: the hash in force, or why it is refused."""
        said = []

        def there():
            lines = self.log.read_text().splitlines()
            for line in lines[self.seen:]:
                event = json.loads(line) if line.startswith("{") else {"msg": line}
                if event["msg"] == "config in force" or "config refused" in event["msg"]:
                    said.append((event.get("hash"), event.get("error")))
            self.seen = len(lines)
            return said

        self.await_(there)
        return said[0]

    def take(self, config):
        self.write(config)
        return self.said()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def normal(pod, namespace, config_hash):
    """POD less what the API server draws anew or knows of the namespace, and the config's hash."""
    pod = copy.deepcopy(pod)
    meta, spec = pod["metadata"], pod["spec"]
    for key in ("uid", "creationTimestamp", "managedFields", *(["name"] if meta.get("generateName") else [])):
        meta.pop(key, None)
    assert meta.pop("namespace") == namespace
    spec["volumes"] = [v for v in spec.get("volumes", []) if not v["name"].startswith("kube-api-access-")]
    for container in spec.get("initContainers", []) + spec["containers"]:
        container["volumeMounts"] = [m for m in container.get("volumeMounts", [])
                                     if not m["name"].startswith("kube-api-access-")]
    for key, value in meta.get("annotations", {}).items():
        if key.endswith("/status"):
            value = value.replace(f'"config":"{config_hash}"', f'"config":"{OUR_HASH}"')
            meta["annotations"][key] = re.sub(r'^{"version":"[^"]*"', '{"version":"VERSION"', value)
    return pod


def difference(a, b, path=""):
    """Where A and B first differ, or None."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            if found := difference(a.get(key), b.get(key), f"{path}.{key}"):
                return found
        return None
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if found := difference(x, y, f"{path}[{i}]"):
                return found
        return None
    return None if a == b else f"{path}: patched here {json.dumps(a)[:300]}, by the webhook {json.dumps(b)[:300]}"


class Run:
    def __init__(self, api):
        self.api = api
        self.bare = "team00"  # where no webhook is
        self.namespaces, self.refused = {}, {}
        self.results = collections.defaultdict(list)
        self.make_namespace(self.bare, {}, {})

    def make_namespace(self, name, around, account):
        """The Namespace NAME and its ServiceAccounts; why not, when the API server takes none."""
        meta = around.get("metadata", {})
        labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != "kubernetes.io/metadata.name"}
        labels |= {} if name == self.bare else LABEL
        why = self.api.make("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels,
                                                                "annotations": meta.get("annotations")}})
        base = f"/api/v1/namespaces/{name}/serviceaccounts"
        for who in ("default", "web", "old", "chat"):
            own = account.get("metadata", {}) if account.get("metadata", {}).get("name") == who else {}
            why = why or self.api.make(base, {"metadata": {"name": who, "annotations": own.get("annotations"),
                                                           "labels": own.get("labels")}})
        return why

    def namespace_of(self, case):
        """The name of a namespace with the case's Namespace and ServiceAccount."""
        texts = tuple(case.text(n).replace(PREFIX, OWN) for n in ("namespace.json", "serviceaccount.json"))
        if texts not in self.namespaces:
            name = f"team{len(self.namespaces) + 1:02}"
            self.namespaces[texts] = name
            self.refused[name] = self.make_namespace(name, *(json.loads(t or "{}") for t in texts))
        return self.namespaces[texts]

    def note(self, kind, case, why=""):
        self.results[kind].append((case.name, why))

    def check(self, case, namespace, config_hash):
        def here(text):
            return text.replace(PREFIX, OWN)

        # A pod that says it was injected by the config in force says so of the one here, too.
        pod = cases.load(here(cases.dump(case.pod)).replace(SAYS % OUR_HASH, SAYS % config_hash))
        if isinstance(pod.get("metadata"), dict):
            pod["metadata"]["namespace"] = namespace
        got = self.api.dry_run(namespace, cases.dump(pod))
        if case.want["verdict"] == "deny":
            self.check_refusal(case, pod, got, here(case.want["message"]).replace(TEAM, namespace))
            return
        patch = cases.load(here(cases.dump(case.patch or [])))
        pod = jsonpatch.apply_patch(pod, patch)
        if isinstance(pod.get("metadata"), dict):
            pod["metadata"]["namespace"] = self.bare
        want = self.api.dry_run(self.bare, cases.dump(pod))
        if want[0] != 201:
            same = got[0] == want[0] and got[1]["message"].replace(namespace, self.bare) == want[1]["message"]
            self.note("api" if same else "wrong", case, want[1]["message"] if same else
                      f"patched here: {want[1]['message']}; by the webhook: {got[1].get('message')}")
            return
        if got[0] != 201:
            self.note("wrong", case, f"by the webhook: {got[1]['message']}")
            return
        fault = difference(normal(want[1], self.bare, config_hash), normal(got[1], namespace, config_hash))
        said = [here(w["text"]).replace(TEAM, namespace) for w in case.want["warnings"]]
        heard = [w for w in got[2] if w not in want[2]]
        if not fault and sorted(said) != sorted(heard):  # the API server sorts annotations
            fault = f"warnings: {heard}, not {said}"
        self.note("wrong" if fault else "patched" if case.patch else "unchanged", case, fault)

    def check_refusal(self, case, pod, got, want):
        by_us = f'admission webhook "{WEBHOOK}" denied the request: '
        if got[0] == 403 and got[1]["message"].startswith(by_us):
            said = got[1]["message"].removeprefix(by_us)
            kind = "refused" if said == want else "otherwise" if case.name in OTHERWISE else "wrong"
            self.note(kind, case, OTHERWISE.get(case.name, f"got {said!r}, want {want!r}"))
            return
        if isinstance(pod.get("metadata"), dict):
            pod["metadata"]["namespace"] = self.bare
        alone = self.api.dry_run(self.bare, cases.dump(pod))
        same = got[0] == alone[0] == 400
        self.note("api" if same else "wrong", case, alone[1]["message"] if same else got[1].get("message", "admitted"))


def webhook(url):
    ca = base64.b64encode(pathlib.Path(WORK, "keys/ca.crt").read_bytes()).decode()
    return {"metadata": {"name": WEBHOOK}, "webhooks": [{
        "name": WEBHOOK, "clientConfig": {"url": url, "caBundle": ca},
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
        "namespaceSelector": {"matchLabels": LABEL}, "failurePolicy": "Fail", "sideEffects": "NoneOnDryRun",
        "reinvocationPolicy": "IfNeeded", "admissionReviewVersions": ["v1"], "timeoutSeconds": 10}]}


def await_webhook(api, run):
    """A new configuration takes effect a little later: until a bad value is refused by it."""
    probe = next(c for c in cases.all_cases() if c.name == "ask-bad-value")
    pod = cases.load(cases.dump(probe.pod).replace(PREFIX, OWN))
    pod["metadata"]["namespace"] = namespace = run.namespace_of(probe)
    end = time.monotonic() + WAIT_S
    while (said := api.dry_run(namespace, cases.dump(pod)))[0] != 403 or WEBHOOK not in said[1]["message"]:
        if time.monotonic() > end:
            sys.exit(f"the webhook does not answer: {said}")
        time.sleep(0.2)


def groups(run, every):
    """The cases by the operator's settings; what has no place on a real cluster is noted."""
    out = collections.defaultdict(list)
    for case in every:
        around = [t for t in map(case.text, ("namespace.json", "serviceaccount.json")) if t and not t.startswith("{")]
        namespace = None if around else run.namespace_of(case)
        if around:
            run.note("unknown", case, f"a Namespace or ServiceAccount about which the case says: {around[0]}")
        elif run.refused[namespace]:
            run.note("absent", case, run.refused[namespace])
        else:
            out[case.text("operator")].append((case, namespace))
    # Another prefix makes the controller list all objects anew: last.
    return sorted(out.items(), key=lambda item: "prefix " in item[0])


def main():
    config = json.load(sys.stdin)
    api = Api(config, WORK)
    run = Run(api)
    every = cases.all_cases()
    by_operator = groups(run, every)
    controller = Controller(os.environ["KUBECONFIG"], config_of("", []))
    path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    try:
        why = api.make(path, webhook(controller.url))
        if why:
            sys.exit(why)
        await_webhook(api, run)
        for operator, members in by_operator:
            config_hash, why = controller.take(config_of(operator, sorted({n for _, n in members})))
            for case, namespace in members:
                if why:
                    run.note("absent", case, f"the operator's config is refused: {why}")
                else:
                    run.check(case, namespace, config_hash)
    finally:
        api.ask("DELETE", f"{path}/{WEBHOOK}")
        for name in [run.bare, *run.namespaces.values()]:
            api.ask("DELETE", f"/api/v1/namespaces/{name}")
        controller.stop()
    print("\n".join(report(run.results, len(every))))


main()
