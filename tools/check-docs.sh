#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/walkthrough.md names places as `file.c` `function`: each function must be in its file.
# README.md and docs/ link to files: each must exist. man pages must be readable by man.
set -euo pipefail
cd "$(dirname "$0")/.."

bad=0
complain() {
	echo "check-docs: $*" >&2
	bad=1
}
# shellcheck disable=SC2016 # backquotes are Markdown's
while read -r file function; do
	[ -f "$file" ] || { complain "docs/walkthrough.md: no file $file"; continue; }
	grep -qE "^[a-z].*\b$function\(" "$file" || complain "docs/walkthrough.md: $file has no function $function"
done < <(grep -oE '`[a-z]+/[a-z_]+\.c` `[a-z_]+`' docs/walkthrough.md | tr -d '`')

for doc in README.md CONTRIBUTING.md docs/*.md charts/*/README.md; do
	while read -r link; do
		[ -e "$(dirname "$doc")/$link" ] || complain "$doc: link to $link, which is not there"
	done < <(grep -oE '\]\([^)#]+' "$doc" | cut -c 3- | grep -v '^https\?:' || true)
done

for page in docs/man/*.[158]; do
	grep -q '^\.S[hH] NAME' "$page" || complain "$page: no NAME section"
done
exit $bad
