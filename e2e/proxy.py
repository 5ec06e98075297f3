#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy for tunnels alone, as a company's egress has it.

usage: proxy.py ADDRESS PORT UPSTREAM LOG

Each CONNECT is a line of LOG. Whatever the name, the tunnel leads to that port of UPSTREAM: names
of the cluster are known in its pods alone. Anything else than a CONNECT is refused.
"""

import selectors
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        port = self.path.rpartition(":")[2]
        if not port.isdigit():
            return self.send_error(400, f"{self.path}: use HOST:PORT")
        with open(self.server.events, "a", encoding="utf-8") as events:
            events.write(f"CONNECT {self.path}\n")
        try:
            upstream = socket.create_connection((self.server.upstream, int(port)), timeout=10)
        except OSError as error:
            return self.send_error(502, str(error))
        self.send_response(200, "Connection established")
        self.end_headers()
        self.close_connection = True
        with upstream:
            self.relay(upstream)

    def relay(self, upstream):
        """Until either side ends or is silent for a minute."""
        other = {self.connection: upstream, upstream: self.connection}
        with selectors.DefaultSelector() as ready:
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while events := ready.select(timeout=60):
                for key, _ in events:
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    other[key.fileobj].sendall(data)


def main():
    address, port, upstream, events = sys.argv[1:]
    server = ThreadingHTTPServer((address, int(port)), Handler)
    server.daemon_threads = True
    server.upstream, server.events = upstream, events
    server.serve_forever()


main()
