# SPDX-License-Identifier: Apache-2.0
"""
Pods by --dry-run=server, one after another, from several connections, at a steady pace: each must
come back with the writer in it. Ends when TOTAL were sent and the file WORK/phase is gone, whose text
says what goes on meanwhile.

usage: admissions.py WORK NAMESPACE POD-FILE TOTAL PER-SECOND <KUBECONFIG-AS-JSON
Prints a line for each phase and one in all, and what the first failed ones said.
"""

import collections
import http.client
import json
import pathlib
import sys
import threading
import time

from api import Api

WORKERS = 6
SAID_MOST = 100
WRITER = "claude-wif-writer"


class Load:
    def __init__(self, config, work, namespace, pod, total, rate):
        self.config, self.work, self.namespace, self.pod = config, work, namespace, pod
        self.total, self.pace = total, 1 / rate
        self.phase_file = pathlib.Path(work, "phase")
        self.lock = threading.Lock()
        self.begin = time.monotonic()
        self.sent = 0
        self.phase = "start"
        self.done, self.failed = collections.Counter(), collections.Counter()
        self.slowest = collections.Counter()
        self.said = []

    def turn(self):
        """When the next admission is due, None when there is none."""
        with self.lock:
            try:
                self.phase = self.phase_file.read_text().strip()
            except FileNotFoundError:
                if self.sent >= self.total:
                    return None
            now = time.monotonic()
            if self.begin + self.sent * self.pace < now - 1:  # no burst after a stall
                self.begin = now - self.sent * self.pace
            self.sent += 1
            return self.begin + self.sent * self.pace

    def note(self, phase, why, seconds):
        with self.lock:
            self.done[phase] += 1
            self.slowest[phase] = max(self.slowest[phase], seconds)
            if why:
                self.failed[phase] += 1
                self.said.append(f"{time.strftime('%H:%M:%S')} {phase}: {why}")

    def work_on(self, api):
        while (due := self.turn()) is not None:
            time.sleep(max(0.0, due - time.monotonic()))
            phase, begin = self.phase, time.monotonic()
            self.note(phase, failure(api, self.namespace, self.pod), time.monotonic() - begin)

    def run(self):
        apis = [Api(self.config, self.work) for _ in range(WORKERS)]
        threads = [threading.Thread(target=self.work_on, args=(a,)) for a in apis]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    def report(self):
        for phase, count in self.done.items():
            print(f"{phase}: admissions {count}, failed {self.failed[phase]},"
                  f" slowest {self.slowest[phase] * 1000:.0f} ms")
        for line in self.said[:SAID_MOST]:
            print(f"failed: {line[:400]}")
        print(f"admissions {self.done.total()}, failed {self.failed.total()}")


def failure(api, namespace, pod):
    """Why the pod was not admitted with the writer in it; a lost connection is a failure too."""
    try:
        status, said, _ = api.dry_run(namespace, pod)
    except (OSError, http.client.HTTPException, ValueError) as e:
        api.connection.close()
        return repr(e)
    if status != 201:
        return f"{status} {said.get('message')}"
    names = [c["name"] for c in said["spec"].get("initContainers", [])]
    return None if WRITER in names else f"admitted without {WRITER}"


def main():
    work, namespace, pod, total, rate = sys.argv[1:]
    load = Load(json.load(sys.stdin), work, namespace, pathlib.Path(pod).read_text(), int(total), int(rate))
    load.run()
    load.report()


main()
