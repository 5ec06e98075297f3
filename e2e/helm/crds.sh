#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Print the files of the real CustomResourceDefinitions of what the chart can make for others:
# cert-manager and the Prometheus operator, from their Go modules.
set -euo pipefail

# The folder of module $1 at version $2.
module() { go mod download -json "$1@$2" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'; }

dir=$(module github.com/cert-manager/cert-manager v1.21.2)
ls "$dir"/deploy/crds/cert-manager.io_{issuers,certificates}.yaml
dir=$(module github.com/prometheus-operator/prometheus-operator v0.85.0)
ls "$dir"/example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,prometheusrules}.yaml
