# SPDX-License-Identifier: Apache-2.0
"""wif-exchange against endpoints that misbehave. usage: wire.py PROGRAM [FILTER]; run by wire.sh."""

import ctypes
import errno
import fnmatch
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

from endpoint import GRANT, TOKEN, Certificates, Endpoint, answer, flood, hang, reset, send, tunnel

PROGRAM = sys.argv[1]
# qemu-user (tools/test-arm64.sh) passes neither Landlock nor seccomp on to the kernel: each answer says so.
EMULATED = os.environ.get("WIF_EMULATED")
LACKS = "landlock,seccomp" if EMULATED else ""
ASSERTION = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
WORK = tempfile.TemporaryDirectory()
CERTS = Certificates(WORK.name)
IDS = "federation-rule fdrl_1\norganization 0-0\nservice-account svac_1\n"
CASES = {}


def case(f):
    CASES[f.__name__.replace("_", "-")] = f


class Said:
    def __init__(self, done):
        self.code, self.err = done.returncode, done.stderr.decode()
        head, _, self.rest = done.stdout.decode().partition("\n\n")
        self.keys = dict(l.split(" ", 1) for l in head.splitlines())
        self.result, self.detail = self.keys.get("result"), self.keys.get("detail", "")
        if ASSERTION in done.stdout.decode() + self.err or TOKEN in self.err:
            raise AssertionError("a secret came out")

    def __repr__(self):
        return f"exit {self.code} {self.keys} stderr={self.err!r}"


def ask(url, *lines, ca=None, env=None, timeout_ms=20000, text=None, kernel=None):
    ca = CERTS.ca if ca is None else ca
    text = text or "".join([f"base-url {url}\n", IDS, f"ca-bundle {ca}\n" if ca else "",
                            f"timeout-ms {timeout_ms}\n", *(l + "\n" for l in lines), "\n", ASSERTION])
    return Said(subprocess.run([PROGRAM], input=text.encode(), capture_output=True, env=env or {}, timeout=120,
                               preexec_fn=kernel))


def url(endpoint, host="localhost"):
    return f"https://{host}:{endpoint.port}"


def want(said, result, detail=""):
    """DETAIL is a part of the detail, or a pattern for the whole."""
    fits = detail.fullmatch(said.detail) if isinstance(detail, re.Pattern) else detail in said.detail
    assert said.code == 0 and said.result == result and fits and said.err == "", said
    assert (said.rest == TOKEN + "\n") == (result == "granted"), said
    return said


def served(behave, result, detail="", **kw):
    """One exchange with a good endpoint that does BEHAVE; it is asked exactly once."""
    with Endpoint(behave, CERTS.good) as e:
        said = want(ask(url(e), **kw), result, detail)
        assert e.connections == 1, e.connections
        return said, e


@case
def request_is_the_contracts():
    said, e = served(send(answer(headers=["request-id: req_7", "Date: Sun, 06 Nov 1994 08:49:37 GMT"])), "granted")
    head, body = e.seen[0].decode().split("\r\n\r\n")
    first, *lines = head.split("\r\n")
    assert first == "POST /v1/oauth/token HTTP/1.1", first
    headers = {k.lower(): v for k, v in (l.split(": ", 1) for l in lines)}
    assert headers.pop("user-agent").startswith("claude-wif/"), headers
    assert headers == {"host": f"localhost:{e.port}", "content-type": "application/json", "accept": "application/json",
                       "anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01",
                       "content-length": str(len(body))}, headers
    assert json.loads(body) == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": ASSERTION,
                                "federation_rule_id": "fdrl_1", "organization_id": "0-0",
                                "service_account_id": "svac_1"}, body
    assert said.keys == {"result": "granted", "status": "200", "expires-in": "600", "request-id": "req_7",
                         "date": "784111777",
                         **({"unconfined": LACKS} if LACKS else {})}, said


@case
def workspace_and_path_are_sent():
    with Endpoint(send(answer()), CERTS.good) as e:
        want(ask(url(e) + "/gateway/", "workspace default"), "granted")
        assert e.seen[0].startswith(b"POST /gateway/v1/oauth/token ") and b'"workspace_id":"default"' in e.seen[0]


@case
def refusals_are_told_apart():
    error = b'{"error":{"type":"%s","message":"%s"}}'
    served(send(answer(401, error % (b"authentication_error", b"Authentication failed"))), "denied", "HTTP 401")
    served(send(answer(400, error % (b"invalid_grant", b"no"))), "denied", "no")
    served(send(answer(400, error % (b"invalid_request_error", b"bad rule"))), "malformed", "bad rule")
    served(send(answer(400, error % (b"x", ASSERTION.encode() * 2))), "malformed", "*")
    said, _ = served(send(answer(429, b"", ["Retry-After: 7"])), "throttled")
    assert said.keys["retry-after"] == "7", said
    served(send(answer(529, b"")), "transient", "HTTP 529")


@case
def a_certificate_that_does_not_verify_means_not_sent():
    for cert, why in [(CERTS.wrong_name, "no alternative certificate subject name matches target host name 'localhost'"),
                      (CERTS.untrusted, "unable to get local issuer certificate"),
                      (CERTS.expired, "certificate has expired")]:
        with Endpoint(send(answer()), cert) as e:
            want(ask(url(e)), "not-sent", re.compile(f"the certificate does not verify: {why}"))
            assert e.seen in ([], [b""]), "the request got out"


@case
def extra_roots_are_added_to_the_bundle():
    with Endpoint(send(answer()), CERTS.untrusted) as e:
        pem = pathlib.Path(CERTS.stranger).read_text().replace("\n", "|")
        want(ask(url(e), f"ca-pem {pem}"), "granted")
        want(ask(url(e), f"ca-pem {pem}", ca=""), "granted")


@case
def no_endpoint_means_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    want(ask(f"https://localhost:{port}"), "not-sent",
         re.compile(f"unable to connect to localhost:{port}: Connection refused"))
    # RFC 7686: never looked up
    want(ask("https://no-such-service.onion"), "not-sent", re.compile(r"unable to look up no-such-service\.onion( \(.+\))?"))


@case
def a_handshake_that_fails_means_not_sent():
    with Endpoint(hang, None, greeting=b"220 this is no TLS\r\n") as plain:
        want(ask(url(plain)), "not-sent", re.compile("the TLS handshake failed: wrong version number"))
    with Endpoint(send(answer()), CERTS.good, max_tls=ssl.TLSVersion.TLSv1_1) as old:
        want(ask(url(old)), "not-sent")
        assert old.seen == [], "TLS 1.1 was spoken"


@case
def silence_ends_at_the_deadline_and_counts_as_sent():
    # On a busy machine the deadline may already pass in the handshake.
    late = r"timed out after \d+ m?s, "
    served(hang, "transient", re.compile(late + "(waiting for the answer|setting up the connection)"), timeout_ms=600)
    served(hang, "transient", re.compile("timed out after [23] s, waiting for the answer"), timeout_ms=3000)
    with Endpoint(hang, None) as e:  # no TLS at all: hangs in the handshake
        want(ask(url(e), timeout_ms=600), "transient", re.compile(late + "setting up the connection"))


@case
def a_lost_answer_counts_as_sent():
    served(reset, "transient")
    served(send(b""), "transient")
    served(send(answer(length=5000)), "transient")
    served(send(b"HTTP/1.1 200 OK\r\nContent-Len"), "transient")
    served(send(b"this is no HTTP\r\n\r\n"), "transient")


@case
def redirects_are_not_followed():
    with Endpoint(send(answer()), CERTS.good) as target:
        for status in 301, 302, 303, 307, 308:
            served(send(answer(status, b"", [f"Location: {url(target)}/"])), "transient", "a redirect")
        assert target.connections == 0


@case
def an_endless_answer_is_cut():
    big = b"x" * 65536
    served(flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", big), "transient", "larger than 65536")
    served(flood(b"HTTP/1.1 200 OK\r\n\r\n", big), "transient", "larger than 65536")
    served(flood(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 1000 + b"\r\n"), "transient", "larger than 65536")
    served(flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "transient", "larger than 65536")


@case
def interim_answers_and_encodings_do_not_matter():
    said, _ = served(send(b"HTTP/1.1 103 Early Hints\r\nrequest-id: early\r\n\r\n" +
                          answer(headers=["request-id: final"])), "granted")
    assert said.keys["request-id"] == "final", said
    served(send(answer(headers=["Content-Encoding: gzip"])), "granted")
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(GRANT), GRANT)
    served(send(chunked), "granted")
    served(send(answer(417, b"")), "transient", "HTTP 417")


@case
def the_environment_does_not_count():
    conf = pathlib.Path(WORK.name, "hostile.cnf")
    conf.write_text("openssl_conf = x\n[x]\nssl_conf = y\nengines = z\nproviders = p\n[p]\ndefault = d\n[d]\nactivate = 0\n"
                    "[z]\nq = q\n[q]\ndynamic_path = /nonexistent.so\ninit = 1\n[y]\nsystem_default = w\n"
                    "[w]\nMinProtocol = TLSv1.3\nMaxProtocol = TLSv1.1\nCipherString = NONE\n")
    keylog = pathlib.Path(WORK.name, "keylog")
    with Endpoint(send(answer()), CERTS.good) as trap, Endpoint(send(answer()), CERTS.good) as e:
        proxies = {k: f"http://127.0.0.1:{trap.port}" for p in ("https_proxy", "all_proxy", "http_proxy") for k in (p, p.upper())}
        env = {**proxies, "OPENSSL_CONF": str(conf), "SSL_CERT_FILE": CERTS.stranger, "CURL_CA_BUNDLE": CERTS.stranger,
               "SSLKEYLOGFILE": str(keylog), "OPENSSL_MODULES": "/nonexistent", "RES_OPTIONS": "timeout:1",
               "ANTHROPIC_BASE_URL": f"https://localhost:{trap.port}", "HOSTALIASES": str(conf)}
        want(ask(url(e), env=env), "granted")
        assert trap.connections == 0 and not keylog.exists()
    with Endpoint(send(answer()), CERTS.untrusted) as e:
        want(ask(url(e), env=env), "not-sent")


@case
def the_operators_proxy_is_used():
    with Endpoint(send(answer()), CERTS.good) as e, Endpoint(tunnel, None) as proxy:
        said = want(ask(url(e), f"proxy http://127.0.0.1:{proxy.port}"), "granted")
        assert proxy.seen[0].startswith(b"CONNECT localhost:%d " % e.port), proxy.seen
        assert b"Authorization" not in proxy.seen[0], proxy.seen
        assert ASSERTION.encode() not in proxy.seen[0] and "request-id" not in said.keys, said
        want(ask(url(e), f"proxy http://127.0.0.1:{proxy.port}", "no-proxy localhost"), "granted")
        assert proxy.connections == 1
        want(ask("https://localhost:1", f"proxy http://127.0.0.1:{proxy.port}"), "transient", "CONNECT")
    want(ask(url(e), f"proxy http://127.0.0.1:{proxy.port}"), "not-sent")


@case
def a_proxy_may_speak_tls():
    with Endpoint(send(answer()), CERTS.good) as e, Endpoint(tunnel, CERTS.good) as proxy:
        want(ask(url(e), f"proxy https://localhost:{proxy.port}"), "granted")
    with Endpoint(tunnel, CERTS.untrusted) as proxy:
        want(ask(url(e), f"proxy https://localhost:{proxy.port}"), "not-sent")


@case
def http_needs_insecure():
    with Endpoint(send(answer()), None) as e:
        http = f"http://localhost:{e.port}"
        want(ask(http, "insecure true", ca=""), "granted")
        said = ask(http, ca="")
        assert said.code == 100 and "insecure true" in said.err and e.connections == 1, said


@case
def what_this_pod_lacks_spends_nothing():
    empty = pathlib.Path(WORK.name, "empty.pem")
    empty.write_text("no certificate\n")
    want(ask("https://h", ca=str(empty)), "not-sent", "hold no PEM certificate")
    want(ask("https://h", ca="/nonexistent/ca.pem"), "not-sent", "unable to open /nonexistent/ca.pem")


@case
def a_bad_request_is_one_line_and_100():
    for said, code, text in [
            (ask("", text="x"), 100, "the request has no empty line"),
            (ask("ftp://h"), 100, "base-url"),
            (ask("https://h", "scope all"), 100, "unknown key"),
            (ask("https://h", text="a" * (1024 * 1024 + 1)), 100, "the request is larger than 1048576 bytes")]:
        assert said.code == code and said.keys == {} and said.err.count("\n") == 1 and text in said.err, (said, text)
    done = subprocess.run([PROGRAM, ASSERTION], capture_output=True)
    assert done.returncode == 100 and done.stderr.startswith(b"usage:") and ASSERTION.encode() not in done.stderr


def kernel_without(landlock, seccomp):
    """Refuses the calls that ask for them from then on. Source: seccomp(2), linux/bpf_common.h, asm/unistd.h."""
    prctl = {"x86_64": 157, "aarch64": 167}[platform.machine()]
    load, equal, end = 0x20, 0x15, 0x06
    refuse = 0x00050000
    steps = [(load, 0, 0, 0)]  # the number
    if landlock:
        steps += [(equal, 0, 1, 444), (end, 0, 0, refuse | errno.ENOSYS)]
    if seccomp:
        steps += [(equal, 0, 3, prctl), (load, 0, 0, 16), (equal, 0, 1, 22), (end, 0, 0, refuse | errno.EINVAL)]
    steps += [(end, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *s) for s in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None)

    def kernel():
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
            raise OSError("no seccomp here")
        return code
    return kernel


@case
def what_the_kernel_lacks_is_told_with_any_answer():
    for landlock, seccomp, word in [(True, False, "landlock"), (False, True, "seccomp"), (True, True, "landlock,seccomp")]:
        for behave, result, detail in [(send(answer()), "granted", ""), (send(answer(401, b"")), "denied", "HTTP 401")]:
            said, _ = served(behave, result, detail, kernel=kernel_without(landlock, seccomp))
            assert said.keys["unconfined"] == (LACKS or word) and ("detail" in said.keys) == bool(detail), said


def status_of(pid):
    return dict(l.split(":\t", 1) for l in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in l)


@case
def while_it_talks_it_is_confined_and_dies_with_its_parent():
    nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 and not EMULATED else {}
    work = pathlib.Path(WORK.name)
    work.chmod(0o755)
    shutil.copy(PROGRAM, work / "program")
    with Endpoint(hang, CERTS.good) as e:
        (work / "request").write_text(f"base-url {url(e)}\n{IDS}ca-bundle {CERTS.ca}\ntimeout-ms 300000\n\n{ASSERTION}")
        parent = subprocess.Popen(["sh", "-c", "./program <request & echo $!; wait"], cwd=work, stdout=subprocess.PIPE,
                                  **nobody)
        pid = int(parent.stdout.readline())
        e.arrived.get(timeout=60)
        status = status_of(pid)
        assert status["Seccomp"] == ("0" if EMULATED else "2") and status["NoNewPrivs"] == "1", status
        assert "Max core file size        0 " in pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert os.stat(f"/proc/{pid}/fd").st_uid == 0, "what is not dumpable belongs to root: proc(5)"
        parent.kill()
        parent.wait()
        e.gone.get(timeout=60)  # the connection ended: the orphan is gone, long before its deadline


@case
def an_answer_that_cannot_be_written_is_111():
    with Endpoint(send(answer()), CERTS.good) as e:
        gone, out = os.pipe()
        os.close(gone)
        done = subprocess.run([PROGRAM], input=f"base-url {url(e)}\n{IDS}ca-bundle {CERTS.ca}\n\n{ASSERTION}".encode(),
                              stdout=out, stderr=subprocess.PIPE)
        os.close(out)
        assert done.returncode == 111 and b"unable to write the answer" in done.stderr, done


def main():
    passed = failed = 0
    for name, f in CASES.items():
        if not fnmatch.fnmatch("exchange/" + name, sys.argv[2] if len(sys.argv) > 2 else "*"):
            continue
        try:
            f()
            passed += 1
        except Exception as why:  # a case that breaks in any way has failed
            failed += 1
            print(f"FAIL exchange/{name}: {why!r}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
