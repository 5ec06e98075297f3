# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# (c) Jobs complete, in mode sidecar and in mode init, and their calls succeed.
set -euo pipefail

k apply -f "$root/e2e/apps/job.yaml"
for job in call-once call-once-init; do
	check "job: $job completes" k -n restricted wait "job/$job" --for=condition=Complete --timeout=300s
	k -n restricted logs -l "job-name=$job" -c job --tail=-1 | grep '"sdk"' >"$work/$job.calls" || true
	is "job: $job failed calls" "$(jq -s 'map(select(.ok | not)) | length' "$work/$job.calls")" 0
done
is "job: calls" "$(cat "$work"/call-once*.calls | wc -l)" 6
