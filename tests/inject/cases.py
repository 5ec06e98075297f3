# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/data/inject, for tests in Python: numbers keep their text, objects their order."""

import json
import pathlib
import subprocess

DIR = pathlib.Path("tests/data/inject")


class Number(str):
    """A JSON number as it is written: 1.0 is not 1, and no digit is lost."""


def load(text):
    return json.loads(text, parse_float=Number, parse_int=Number, strict=True)


def dump(value):
    """JSON on one line; numbers as they were."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(v) for v in value) + "]"
    return json.dumps(value)


class Case:
    def __init__(self, path):
        self.name, self.path = path.name, path
        doc = load(self.text("pod.json"))
        self.pod = doc.get("request", {}).get("object", doc)
        self.want = load(self.text("want.json"))
        self.patch = self.want.get("patch")
        lines = [line.split() for line in self.text("operator").splitlines()]
        self.prefix = next((words[1] for words in lines if words[:1] == ["prefix"]), "wif.anthropic.com")

    def text(self, name):
        file = self.path / name
        return file.read_text() if file.exists() else ""


def all_cases():
    return [Case(p) for p in sorted(DIR.iterdir())]


def judge(program, questions):
    """What the core says to each (case's name, pod)."""
    text = "".join(f"{name}\t{dump(pod)}\n" for name, pod in questions)
    done = subprocess.run([program], input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=300)
    # Of bytes: in a str a U+2028, say, ends a line as well.
    return [load(line.decode()) for line in done.stdout.splitlines()]
