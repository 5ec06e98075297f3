# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A refusal as the user sees it in kubectl's output; a pod of that name never appears.
set -euo pipefail

refused() { # NAME SED-EXPRESSION WANTED-TEXT
	local out
	out=$(sed -e "s/name: endpoint-down/name: refused/" -e "$2" "$root/e2e/apps/endpoint-down.yaml" |
		k create -f - 2>&1) && { not_ok "refusals: $1 was admitted"; return; }
	say "$out"
	if grep -qF -- "$3" <<<"$out"; then ok "refusals: $1"; else not_ok "refusals: $1: $out"; fi
}
refused "unknown mode" 's/wif.anthropic.com.federation: flaky/wif.anthropic.com\/mode: sidcar/' 'not a mode; use sidecar, init or env'
refused "unknown federation" 's/federation: flaky/federation: flakey/' 'flakey'
refused "bad rule" 's/wif.anthropic.com.federation: flaky/wif.anthropic.com\/federation-rule: rule-1/' 'fdrl_'
refused "inject is not a boolean" 's/inject: "true"/inject: "yes"/' 'true'
