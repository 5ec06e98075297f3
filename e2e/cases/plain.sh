# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# (d) An un-annotated pod stays byte-equal: created before the webhook was there
# (e2e/install.sh), after, and both compared less what the API server draws anew.
set -euo pipefail

k apply -f "$root/e2e/apps/plain.yaml"
plain_object >"$work/plain-after.json"
check "plain: byte-equal with and without the webhook" cmp "$work/plain-before.json" "$work/plain-after.json"
k -n restricted delete pod plain --wait=false
