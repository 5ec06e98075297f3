# SPDX-License-Identifier: Apache-2.0
"""A token endpoint of raw sockets for wire.py: each case scripts what it does, byte by byte."""

import pathlib
import queue
import socket
import ssl
import struct
import subprocess
import threading

TOKEN = "sk-ant-oat01-the_minted-token"
GRANT = b'{"access_token":"%s","token_type":"Bearer","expires_in":600}' % TOKEN.encode()


def answer(status=200, body=GRANT, headers=(), length=None):
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body) if length is None else length}"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode() + body


class Certificates:
    """One CA, another that nobody trusts, and leaves for localhost."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self.issue("ca", None, "CA:TRUE")
        self.stranger = self.issue("stranger", None, "CA:TRUE")
        self.good = self.issue("good", "ca", "CA:FALSE", "DNS:localhost,IP:127.0.0.1")
        self.untrusted = self.issue("untrusted", "stranger", "CA:FALSE", "DNS:localhost")
        self.wrong_name = self.issue("wrong", "ca", "CA:FALSE", "DNS:other.example")
        self.expired = self.issue("expired", "ca", "CA:FALSE", "DNS:localhost", days=-1)

    def issue(self, name, by, constraint, names=None, days=1):
        path = lambda n, end: str(self.folder / f"{n}.{end}")
        (self.folder / f"{name}.ext").write_text(
            f"basicConstraints=critical,{constraint}\n" + (f"subjectAltName={names}\n" if names else ""))
        run = lambda *a: subprocess.run(["openssl", *a], check=True, capture_output=True)
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", path(name, "key"), "-out", path(name, "csr"))
        sign = ["-CA", path(by, "crt"), "-CAkey", path(by, "key")] if by else ["-signkey", path(name, "key")]
        run("x509", "-req", "-in", path(name, "csr"), "-out", path(name, "crt"), "-days", str(days),
            "-set_serial", str(abs(hash(name))), "-extfile", path(name, "ext"), *sign)
        return path(name, "crt")


class Endpoint:
    """Listens on 127.0.0.1; BEHAVE(conn, request) runs for each connection. `seen` has what came."""

    def __init__(self, behave, cert=None, max_tls=None, greeting=b""):
        self.behave, self.seen, self.gone, self.greeting = behave, [], queue.Queue(), greeting
        self.connections = 0
        self.arrived = queue.Queue()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(cert, cert.replace(".crt", ".key"))
            if max_tls:
                self.tls.set_ciphers("ALL:@SECLEVEL=0")
                self.tls.minimum_version = self.tls.maximum_version = max_tls
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which would keep the port open
        self.listener.close()

    def _serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(conn,), daemon=True).start()

    def _one(self, conn):
        try:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn.sendall(self.greeting)
            if self.tls:
                conn = self.tls.wrap_socket(conn, server_side=True)
            request = read_request(conn)
            self.seen.append(request)
            self.arrived.put(request)
            self.behave(conn, request)
            conn.close()
        except OSError:
            conn.close()
        finally:
            self.gone.put(True)


def read_request(conn):
    """Head and body of one HTTP request; what came of them when the peer stops early."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(65536)
        if not piece:
            return data
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = [int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")]
    while length and len(body) < length[0]:
        piece = conn.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def send(data):
    return lambda conn, request: conn.sendall(data)


def hang(conn, request):
    """Until the client goes."""
    while conn.recv(65536):
        pass


def reset(conn, request):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def flood(head, piece):
    def behave(conn, request):
        conn.sendall(head)
        while True:
            conn.sendall(piece)
    return behave


def tunnel(conn, request):
    """A CONNECT proxy: pass bytes both ways until one side ends."""
    host, port = request.split(b" ")[1].rsplit(b":", 1)
    far = socket.create_connection((host.decode(), int(port)))
    conn.sendall(b"HTTP/1.1 200 Connection established\r\nrequest-id: from-the-proxy\r\n\r\n")

    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    back = threading.Thread(target=pump, args=(far, conn), daemon=True)
    back.start()
    pump(conn, far)
    back.join()
