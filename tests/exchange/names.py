# SPDX-License-Identifier: Apache-2.0
"""wif-exchange looks names up although it is confined by then. usage: names.py PROGRAM, in a
network and mount namespace of its own, where this is the name server; run by names.sh."""

import fcntl
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from endpoint import Certificates, Endpoint, answer, send

SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # netdevice(7)
NAME = "api.example.test"


def serve(sock, asked):
    """Answer A of NAME with 127.0.0.1, its AAAA with nothing, and any other name with NXDOMAIN."""
    while True:
        query, peer = sock.recvfrom(512)
        end, labels = 12, []
        while size := query[end]:
            labels.append(query[end + 1:end + 1 + size].decode())
            end += size + 1
        kind, known = struct.unpack(">H", query[end + 1:end + 3])[0], ".".join(labels) == NAME
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if known and kind == 1 else b""
        asked.append(".".join(labels))
        flags = 0x8180 if known else 0x8183
        sock.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, 1 if record else 0, 0, 0) + query[12:end + 5] + record, peer)


def bind_over(target, text, folder):
    path = pathlib.Path(folder, pathlib.Path(target).name)
    path.write_text(text)
    subprocess.run(["mount", "--bind", path, target], check=True)


def result_of(program, host, port, ca):
    request = (f"base-url https://{host}:{port}\nfederation-rule f\norganization o\nservice-account s\n"
               f"ca-bundle {ca}\ntimeout-ms 20000\n\na.b.c")
    done = subprocess.run([program], input=request.encode(), capture_output=True, env={}, timeout=60)
    return done.stdout.decode().split("\n")[0]


def main():
    asked, passed, failed = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        # As in a pod: the search list comes first for any name of fewer than five dots.
        bind_over("/etc/resolv.conf", "nameserver 127.0.0.1\nsearch ns.svc.cluster.local\noptions ndots:5\n", folder)
        bind_over("/etc/hosts", "127.0.0.1 localhost hosted.example.test\n", folder)
        sock.bind(("127.0.0.1", 53))
        threading.Thread(target=serve, args=(sock, asked), daemon=True).start()
        certs = Certificates(folder)
        leaf = certs.issue("names", "ca", "CA:FALSE", f"DNS:{NAME},DNS:hosted.example.test")
        for host, want, lookups in ((NAME, "result granted", {f"{NAME}.ns.svc.cluster.local", NAME}),
                                    ("hosted.example.test", "result granted", set()),
                                    ("none.test", "result not-sent", {"none.test.ns.svc.cluster.local", "none.test"})):
            asked.clear()
            with Endpoint(send(answer()), leaf) as e:
                got = result_of(sys.argv[1], host, e.port, certs.ca)
            good = got == want and set(asked) == lookups
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAIL names/{host}: {got}, asked {asked}")
        subprocess.run(["umount", "/etc/resolv.conf", "/etc/hosts"], check=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
