#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make what follows from the chart's values.schema.json: values.yaml and the README's table.

usage: chart.py values|readme SCHEMA [README]   The result goes to stdout; of the README, what is
between its two marker lines is replaced.
"""
import json
import sys
import textwrap

BEGIN, END = "<!-- values: made by `make charts` -->", "<!-- end of values -->"


def resolve(schema, root):
    """SCHEMA with what it refers to; its own words win."""
    ref = schema.get("$ref")
    return {**root["$defs"][ref.rsplit("/", 1)[1]], **schema} if ref else schema


def allowed(schema):
    """The values that SCHEMA takes, for a reader."""
    if "enum" in schema:
        return ", ".join(f"`{v}`" for v in schema["enum"])
    kind = schema.get("type", "")
    if kind == "integer":
        return f"{schema.get('minimum', '')}..{schema.get('maximum', '')}"
    if isinstance(kind, list):
        return "quantity"
    return {"array": "list", "object": "map", "boolean": "`true`, `false`"}.get(kind, "text")


def leaves(schema, root, path=()):
    """Yield (path, schema, required) of every key that a user sets, in the schema's order."""
    for key, sub in schema.get("properties", {}).items():
        sub, here = resolve(sub, root), path + (key,)
        if "patternProperties" in sub:
            for each in sub["patternProperties"].values():
                yield from leaves(each, root, here + ("NAME",))
        elif "properties" in sub and "default" not in sub:
            yield from leaves(sub, root, here)
        elif key != "global":
            yield here, sub, key in schema.get("required", ()) and "default" not in sub


def table(root):
    rows = ["| key | values | default | |", "|---|---|---|---|"]
    for path, schema, required in leaves(root, root):
        default = json.dumps(schema["default"]) if "default" in schema else ""
        default = "**required**" if required else f"`{default}`" if default else ""
        text = schema["description"].replace("|", "\\|")
        rows.append(f"| `{'.'.join(path)}` | {allowed(schema)} | {default} | {text} |")
    return rows


def values(root):
    """values.yaml: each key under a comment that says what it is. A default is one JSON value."""
    out, open_path = [], ()
    for path, schema, _ in leaves(root, root):
        if path[0] == "config":
            continue
        same = 0
        while same < min(len(path) - 1, len(open_path)) and path[same] == open_path[same]:
            same += 1
        for depth in range(same, len(path) - 1):
            out += [""] * (depth == 0) + ["  " * depth + path[depth] + ":"]
        indent = "  " * (len(path) - 1)
        text = schema["description"] + (f" {allowed(schema)}." if "enum" in schema else "")
        out += [""] * (len(path) == 1)
        out += textwrap.wrap(text, 98, initial_indent=indent + "# ", subsequent_indent=indent + "# ")
        out.append(f"{indent}{path[-1]}: {json.dumps(schema['default'])}")
        open_path = path[:-1]
    return out


HEAD = """\
# SPDX-License-Identifier: Apache-2.0
# Made by `make charts` from values.schema.json; change it there.

# The operator's config, verbatim, less writer.image (that is images.writer); wif-config(5) has every
# key, and the README's table the defaults.
# At least one federation is needed:
#
#   config:
#     federations:
#       default:
#         organizationId: 00000000-0000-0000-0000-000000000000
#         federationRuleId: fdrl_...
#         serviceAccountId: svac_...
#         tokenLifetimeSeconds: 3600
config: {}""".split("\n")


def main(argv):
    if len(argv) < 3 or argv[1] not in ("values", "readme") or len(argv) != 3 + (argv[1] == "readme"):
        sys.stderr.write(__doc__)
        return 100
    with open(argv[2], encoding="utf-8") as f:
        root = json.load(f)
    if argv[1] == "values":
        print("\n".join(HEAD + values(root)))
        return 0
    with open(argv[3], encoding="utf-8") as f:
        lines = f.read().split("\n")
    if BEGIN not in lines or END not in lines:
        sys.stderr.write(f"chart.py: {argv[3]}: the lines {BEGIN} and {END} are missing\n")
        return 100
    lines[lines.index(BEGIN) + 1:lines.index(END)] = [""] + table(root) + [""]
    sys.stdout.write("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
