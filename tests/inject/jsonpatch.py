# SPDX-License-Identifier: Apache-2.0
"""
Each case's patch, applied by PyPI's jsonpatch: the core has nothing to do on the result, and all
that is not ours is as it was. usage: jsonpatch.py SITE JUDGE; run by jsonpatch.sh
"""

import copy
import sys

sys.path.insert(0, sys.argv[1])
del sys.path[1]  # this file's folder: it would be the module of that name
import jsonpatch  # noqa: E402

sys.path.append("tests/inject")
import cases  # noqa: E402

OURS = "claude-wif-"
LOCAL_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


def is_ours(item):
    return isinstance(item, dict) and str(item.get("name", "")).startswith(OURS)


def without(holder, key, drop):
    """HOLDER's list KEY less what DROP picks; none, null and nothing left are the same."""
    if isinstance(holder, dict) and isinstance(holder.get(key), list):
        holder[key] = [item for item in holder[key] if not drop(item)]
    if isinstance(holder, dict) and not holder.get(key):
        holder.pop(key, None)


def rest(pod, prefix, removes):
    """POD less all that may be ours, as text: also the order and the numbers must be the same."""
    pod = copy.deepcopy(pod)
    spec, metadata = pod["spec"], pod.get("metadata", {})
    annotations = metadata.get("annotations") or {}
    annotations.pop(prefix + "/status", None)
    names = annotations.pop(LOCAL_VOLUMES, "").split(",")
    if names[-1] == OURS + "bin":  # ours is appended, the others stay
        names.pop()
    if names and names != [""]:
        annotations[LOCAL_VOLUMES] = ",".join(names)
    if not annotations:
        metadata.pop("annotations", None)
    if not metadata:
        pod.pop("metadata", None)

    def var(item):
        name = str(item.get("name")) if isinstance(item, dict) else ""
        return name.startswith("ANTHROPIC_") and (removes or name not in KEYS)

    without(spec, "volumes", is_ours)
    for key in ("initContainers", "containers"):
        without(spec, key, is_ours)
        for container in spec.get(key) or []:
            without(container, "volumeMounts", is_ours)
            without(container, "env", var)
    return cases.dump(pod)


def fault(case, after, again):
    """What does not hold of CASE, whose pod is AFTER then and has the answer AGAIN; or None."""
    if not case.patch:
        return f"a patch: {again}" if "patch" in again else None
    if again["verdict"] != "skip" or again["reason"] != "AlreadyInjected":
        return f"again: {again}"
    removes = any(w["reason"] == "StaticKeyRemoved" for w in case.want["warnings"])
    if rest(case.pod, case.prefix, removes) != rest(after, case.prefix, removes):
        return "something that is not ours changed"
    return None


def main():
    all_cases = cases.all_cases()
    after = [jsonpatch.apply_patch(c.pod, c.patch) if c.patch else c.pod for c in all_cases]
    again = cases.judge(sys.argv[2], [(c.name, pod) for c, pod in zip(all_cases, after)])
    faults = [(c, fault(c, pod, a)) for c, pod, a in zip(all_cases, after, again)]
    bad = [(c, f) for c, f in faults if f]
    for c, f in bad:
        print(f"{c.name}: {f}")
    patched = sum(1 for c in all_cases if c.patch)
    print(f"jsonpatch {jsonpatch.__version__}: {len(all_cases)} cases, {patched} with a patch")
    print(f"{len(all_cases) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


sys.exit(main())
