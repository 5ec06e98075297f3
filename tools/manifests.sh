#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Render the static install from the chart: one file of manifests/ for each template that has
# something to say. The config is not among them: kustomize makes it from manifests/config.yaml,
# and the controller reads a changed one by itself, so the checksum that makes new pods is left out.
# usage: manifests.sh OUTDIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 OUTDIR" >&2; exit 100; }
out=$1
here=$(cd "$(dirname "$0")" && pwd)
helm=$("$here/helm.sh")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The ids only satisfy the schema: nothing that is rendered from them is kept.
"$helm" template claude-wif "$here/../charts/claude-wif" --namespace claude-wif-system \
	--kube-version 1.34 --output-dir "$tmp" --values - >"$tmp/log" <<'YAML'
config:
  federations:
    default:
      organizationId: 00000000-0000-0000-0000-000000000000
      federationRuleId: fdrl_example
      serviceAccountId: svac_example
YAML

for file in "$tmp"/claude-wif/templates/*.yaml; do
	name=${file##*/}
	case $name in config.yaml) continue ;; esac
	grep -q '^kind:' "$file" || continue
	{
		echo '# SPDX-License-Identifier: Apache-2.0'
		echo "# Made by \`make manifests\` from charts/claude-wif/templates/$name; change it there."
		sed -e '1{/^---$/d}' -e '/^# Source: /d' -e '/^      annotations:$/,/^        checksum\/config:/d' "$file"
	} >"$out/$name"
done
