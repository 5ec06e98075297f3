# SPDX-License-Identifier: Apache-2.0
"""Call the Claude API with the official Python SDK, unmodified.

usage: call.py once | call.py loop

Prints one JSON line per call: {"sdk","kind","ok","error"}. `loop` makes one
call a second with one client until the file named by STOP_FILE exists.
"""
import json
import os
import sys
import time

import anthropic


def call(client, kind):
    line = {"sdk": "python", "kind": kind, "ok": True}
    try:
        answer = client.messages.create(
            model="sandbox-model",
            max_tokens=16,
            messages=[{"role": "user", "content": "ping"}],
        )
        line["ok"] = answer.type == "message"
    except Exception as error:  # every failure counts, whatever its class
        line.update(ok=False, error=f"{type(error).__name__}: {error}"[:300])
    line["t"] = int(time.time())
    print(json.dumps(line), flush=True)


def main():
    kind = sys.argv[1]
    # No retries: a call that only works at the second try is a failed call here.
    client = anthropic.Anthropic(max_retries=0, timeout=10)
    call(client, kind)
    while kind == "loop" and not os.path.exists(os.environ["STOP_FILE"]):
        time.sleep(1)
        call(client, kind)


main()
