#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job of claude-wif on this machine alone, with the real programs; `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 sandbox/demo.py "${BUILD:-build}"
