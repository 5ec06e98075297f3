# SPDX-License-Identifier: Apache-2.0
"""The API server of the test cluster, for programs that ask it much more often than kubectl could."""

import base64
import http.client
import json
import pathlib
import re
import ssl


def decoded(text):
    return base64.b64decode(text).decode()


class Api:
    """By the administrator's certificate (CONFIG is a kubeconfig), over one connection; not for two threads.

    The key is in a file of the directory WORK while it is read.
    """

    def __init__(self, config, work):
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        tls = ssl.create_default_context(cadata=decoded(cluster["certificate-authority-data"]))
        pem = pathlib.Path(work, "admin.pem")
        pem.touch(mode=0o600)
        pem.write_text(decoded(user["client-certificate-data"]) + decoded(user["client-key-data"]))
        tls.load_cert_chain(pem)
        pem.unlink()
        host, port = cluster["server"].removeprefix("https://").split(":")
        self.connection = http.client.HTTPSConnection(host, int(port), context=tls, timeout=60)

    def ask(self, method, path, body=None):
        """The status, the object, and the warnings as kubectl would print them."""
        self.connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        warnings = [re.sub(r"\\(.)", r"\1", w.encode("latin-1").decode())
                    for line in answer.headers.get_all("Warning") or []
                    for w in re.findall(r'299 - "((?:[^"\\]|\\.)*)"', line)]
        return answer.status, json.loads(answer.read()), warnings

    def make(self, path, obj):
        """Create OBJ, or leave what has its name; what the API server says when it does not."""
        status, said, _ = self.ask("POST", path, json.dumps(obj))
        return None if status in (201, 409) else said["message"]

    def dry_run(self, namespace, pod):
        """Of the text POD."""
        path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All&fieldManager=e2e&fieldValidation=Ignore"
        return self.ask("POST", path, pod)
