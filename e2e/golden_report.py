# SPDX-License-Identifier: Apache-2.0
"""What golden.py says at its end: no case may leave the proof unless its name stands here."""

import fnmatch

# Refused, but in other words, because the API server writes out what the pod leaves out.
OTHERWISE = {"malformed-container-unnamed": "comes with an empty name, and is refused for that"}
# By kind of result: what that is, and the patterns of the cases of which it may be one.
UNCOMPARED = {
    "api": ("refused by the API server itself, with and without the webhook", (
        "malformed-*", "namespace-observe-malformed", "metadata-absent", "value-not-a-string",
        "config-not-arguments-of-strings", "config-not-expiration-a-text",
        "config-not-identifier-a-number")),
    "otherwise": ("refused in other words", tuple(OTHERWISE)),
    "unknown": ("about a Namespace or ServiceAccount that is not to be had", ("*-missing*", "*-unknown*")),
    # Refused are the operator's config, for its caBundle is no certificate, or the case's Namespace.
    "absent": ("not to be had on a real API server", ("endpoint-of-the-operator",)),
}
COMPARED = {"patched": "patched as the case says", "unchanged": "left as they are",
            "refused": "refused in the case's words"}


def may_be(kind, name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in UNCOMPARED[kind][1])


def report(results, total):
    """Lines "ok ...", "not ok ..." and others about RESULTS, kind -> [(case, why)], of TOTAL cases."""
    def of(kind):
        return results.get(kind, [])

    for kind, what in COMPARED.items():
        yield f"{'ok' if of(kind) else 'not ok'} golden: {len(of(kind))} cases {what}, by the API server too"
    for name, why in of("wrong"):
        yield f"not ok golden: {name}: {why}"
    for kind, (what, _) in UNCOMPARED.items():
        yield f"golden: {len(of(kind))} cases {what}:"
        for name, why in of(kind):
            why = " ".join(why.split())[:240]
            yield (f"golden:   {name}: {why}" if may_be(kind, name) else
                   f"not ok golden: {name}: {what}, and not one that may be (golden_report.py): {why}")
    seen = sum(len(of(kind)) for kind in ["wrong", *COMPARED, *UNCOMPARED])
    yield f"{'ok' if seen == total > 0 else 'not ok'} golden: {seen} of {total} cases accounted for"
