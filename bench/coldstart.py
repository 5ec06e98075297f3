# SPDX-License-Identifier: Apache-2.0
"""A cold start of many writers at once against an endpoint that allows few exchanges.

1,000 real writers start together; the sandbox answers 50 exchanges a second and 429 with
Retry-After to the rest. Prints how long it took until every credential was fresh, how many
requests it needed, and the replays (must be 0). Local use only.

usage: coldstart.py BUILD-DIRECTORY [WRITERS [PER-SECOND]]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

IDS = {"ANTHROPIC_FEDERATION_RULE_ID": "fdrl_bench", "ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_bench",
       "ANTHROPIC_ORGANIZATION_ID": "5f0e7d52-8a55-4cde-9d43-1f3f1b0a7c11"}
# What the webhook injects for a rule lifetime of 600 s.
EXPIRATIONS = "1200,1201,1202,1203,1204,1205"


def start_sandbox(build, tmp, rate):
    subprocess.run([build / "wif-sandbox", "keygen", "--alg", "ES256", "--out", tmp / "keys"],
                   check=True, stdout=subprocess.DEVNULL)
    sandbox = subprocess.Popen(
        [build / "wif-sandbox", "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
         "--port-file", tmp / "ports", "--tls-cert", tmp / "keys/tls.crt",
         "--tls-key", tmp / "keys/tls.key", "--issuer", "https://issuer.test",
         "--jwks", tmp / "keys/jwks.json", "--audience", "https://api.anthropic.com",
         "--subject", "system:serviceaccount:bench:*", "--rule", IDS["ANTHROPIC_FEDERATION_RULE_ID"],
         "--organization", IDS["ANTHROPIC_ORGANIZATION_ID"],
         "--service-account", IDS["ANTHROPIC_SERVICE_ACCOUNT_ID"], "--token-lifetime", "600",
         "--rate", str(rate)], stderr=open(tmp / "sandbox.log", "wb"))
    while not (tmp / "ports").exists():
        if sandbox.poll() is not None:
            sys.exit((tmp / "sandbox.log").read_text())
        time.sleep(0.02)
    return sandbox, dict(line.split() for line in (tmp / "ports").read_text().splitlines())


def project(build, tmp, i):
    subprocess.run([build / "wif-sandbox", "project", "--keys", tmp / "keys",
                    "--issuer", "https://issuer.test", "--audience", "https://api.anthropic.com",
                    "--subject", "system:serviceaccount:bench:default",
                    "--expiration", EXPIRATIONS, "--out", tmp / f"a{i}"], check=True)
    (tmp / f"o{i}").mkdir()


def start_writer(build, tmp, i, port, ca):
    return subprocess.Popen(
        [build / "wif-writer", "once", "--assertions", tmp / f"a{i}", "--output", tmp / f"o{i}",
         "--exchange", build / "wif-exchange", "--base-url", f"https://localhost:{port}",
         "--ca-bundle", "/etc/ssl/certs/ca-certificates.crt", "--ca-pem", ca,
         "--lifetime", "600", "--termination-log", tmp / f"t{i}"],
        env={**IDS, "WIF_POD_UID": f"bench-{i}"}, stdin=subprocess.DEVNULL,
        stderr=open(tmp / "writers.log", "ab"))


def fresh(directory):
    with open(directory / "credentials" / "wif.json") as f:
        return json.load(f)["expires_at"] > time.time() + 30


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rate = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        tmp = pathlib.Path(name)
        sandbox, ports = start_sandbox(build, tmp, rate)
        try:
            for i in range(n):
                project(build, tmp, i)
            ca = (tmp / "keys/ca.crt").read_text()
            begin = time.monotonic()
            writers = [start_writer(build, tmp, i, ports["listen"], ca) for i in range(n)]
            failed = sum(w.wait() != 0 for w in writers)
            took = time.monotonic() - begin
            good = sum(fresh(tmp / f"o{i}") for i in range(n) if not failed)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{ports['admin']}/stats") as answer:
                stats = json.load(answer)
        finally:
            sandbox.terminate()
            sandbox.wait()
    e = stats["exchanges"]
    print(f"cold start of {n} writers at {rate} exchanges/s: {good} fresh, {failed} gave up, "
          f"{took:.1f} s, {e['requests']} requests ({e['granted']} granted, {e['throttled']} throttled), "
          f"replays {stats['replays']}")
    sys.exit(0 if good == n and stats["replays"] == 0 and e["granted"] == n else 1)


os.environ.pop("HTTPS_PROXY", None)
main()
