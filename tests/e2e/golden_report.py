# SPDX-License-Identifier: Apache-2.0
"""Made-up results of e2e/golden.py. usage: golden_report.py FILTER; run by golden_report.sh"""

import copy
import fnmatch
import pathlib
import sys

sys.path.insert(0, "e2e")
from golden_report import UNCOMPARED, report  # noqa: E402

# As a real cluster gave them.
GOOD = {
    "patched": [("plain", None), ("env", None)], "unchanged": [("ask-absent", None)],
    "refused": [("ask-bad-value", "")],
    "api": [(n, "cannot\nunmarshal") for n in (
        "malformed-annotations-list", "malformed-nothing", "metadata-absent", "namespace-observe-malformed",
        "value-not-a-string", "config-not-arguments-of-strings", "config-not-expiration-a-text",
        "config-not-identifier-a-number")],
    "otherwise": [("malformed-container-unnamed", "comes with an empty name")],
    "unknown": [(n, "missing") for n in (
        "namespace-missing", "namespace-missing-opted-out", "namespace-observe-service-account-unknown",
        "namespace-unknown-not-asked", "service-account-missing-deprecated-field", "service-account-unknown")],
    "absent": [("endpoint-of-the-operator", "caBundle")],
}
TOTAL = sum(map(len, GOOD.values()))


def faults(total=TOTAL, **moved):
    """The lines that are not ok, with each KIND=CASE of MOVED there too."""
    results = copy.deepcopy(GOOD)
    for kind, name in moved.items():
        results.setdefault(kind, []).append((name, "the config is refused"))
    return [line for line in report(results, total + len(moved)) if line.startswith("not ok ")]


def good_is_good():
    assert not faults(), faults()
    lines = list(report(GOOD, TOTAL))
    assert "golden:   malformed-nothing: cannot unmarshal" in lines
    assert lines[-1] == f"ok golden: {TOTAL} of {TOTAL} cases accounted for"


def a_case_that_is_compared_may_not_become_another():
    for kind in UNCOMPARED:
        for name in ("plain", "endpoint-of-the-operator-2", "config-not-image", "not-malformed"):
            found = faults(**{kind: name})
            assert len(found) == 1 and found[0].startswith(f"not ok golden: {name}: "), (kind, name, found)
    assert faults(absent="malformed-nothing") and faults(api="endpoint-of-the-operator")


def a_whole_group_of_a_refused_config_is_not_ok():
    results = {"absent": [(name, "refused") for kind in GOOD for name, _ in GOOD[kind]]}
    found = [line for line in report(results, TOTAL) if line.startswith("not ok ")]
    assert len(found) == TOTAL - 1 + 3, found  # each but one, and no case patched, unchanged or refused


def what_is_wrong_lost_or_of_no_kind_is_not_ok():
    assert faults(wrong="plain") == ["not ok golden: plain: the config is refused"]
    assert len(faults(total=TOTAL + 1)) == 1
    assert len(faults(other="plain")) == 1
    assert list(report({}, 0))[-1].startswith("not ok ")


def every_name_is_of_a_case():
    cases = [p.name for p in pathlib.Path("tests/data/inject").iterdir()]
    for _, patterns in UNCOMPARED.values():
        for pattern in patterns:
            assert fnmatch.filter(cases, pattern), f"no case {pattern}"


passed = failed = 0
for test in (good_is_good, a_case_that_is_compared_may_not_become_another,
             a_whole_group_of_a_refused_config_is_not_ok, what_is_wrong_lost_or_of_no_kind_is_not_ok,
             every_name_is_of_a_case):
    if not fnmatch.fnmatch(f"golden_report/{test.__name__}", sys.argv[1]):
        continue
    try:
        test()
        passed += 1
    except AssertionError as e:
        failed += 1
        print(f"FAIL golden_report/{test.__name__}: {e}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
