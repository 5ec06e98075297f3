#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/walkthrough.md names places as `file.c` `function`: each function must be in its file.
# README.md and docs/ link to files and their headings: each must exist. Each reason code has one
# heading; those of the writer are in README and in its man page, which name no others.
# man pages must be readable by man.
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

# The anchors of a document, as GitHub makes them of its headings.
anchors() {
	grep -E '^#+ ' "$1" | sed -E 's/^#+ +//' | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}
for doc in README.md CONTRIBUTING.md docs/*.md charts/*/README.md; do
	while IFS='#' read -r file anchor; do
		file=${file:+$(dirname "$doc")/$file}
		anchors "${file:-$doc}" | grep -qxF -- "$anchor" || complain "$doc: no heading for ${file:-$doc}#$anchor"
	done < <(grep -oE '\]\([^):]*#[^)]+' "$doc" | cut -c 3- || true)
done
twice=$(anchors docs/reasons.md | sort | uniq -d)
[ -z "$twice" ] || complain "docs/reasons.md: more than one heading: $twice"

of_writer() { grep -ohE "$1" "${@:2}" | grep -oE 'Writer[A-Z][A-Za-z]+' | sort -u; }
codes=$(of_writer '"Writer[A-Z][A-Za-z]+"' common/lastword.c)
[ -n "$codes" ] || complain "common/lastword.c: no words of the writer"
[ "$codes" = "$(of_writer '^\| `Writer[A-Za-z]+`' README.md)" ] || complain "README.md: other codes of the writer than common/lastword.c has"
[ "$codes" = "$(of_writer 'Writer[A-Z][A-Za-z]+' docs/man/wif-writer.8)" ] ||
	complain "docs/man/wif-writer.8: other codes of the writer than common/lastword.c has"

for page in docs/man/*.[158]; do
	grep -q '^\.S[hH] NAME' "$page" || complain "$page: no NAME section"
done
exit $bad
