# SPDX-License-Identifier: Apache-2.0
# Documents that are made from the code, and the check that they, and what they name, are true.

$(BUILD)/reasons: tools/reasons.c $(call objs,rel,inject/reasons.c)
	$(Q)$(CC) $(CSTD) $(CPPFLAGS) $(WARN) $(REL_FLAGS) -pie -o $@ $^

.PHONY: docs check-docs
docs: $(BUILD)/reasons ## Make docs/reasons.md from the reason table
	$(Q)$(BUILD)/reasons >docs/reasons.md

check-docs: $(BUILD)/reasons ## Docs made from code are current; names in the walkthrough exist
	$(Q)$(BUILD)/reasons | cmp - docs/reasons.md || { echo "docs/reasons.md is stale: run make docs" >&2; exit 1; }
	$(Q)tools/check-docs.sh

CHART = charts/claude-wif
SCHEMA = $(CHART)/values.schema.json
.PHONY: charts manifests helm check-charts
charts: ## Make the chart's values.yaml and README table from its schema
	$(Q)tools/chart.py values $(SCHEMA) >$(CHART)/values.yaml
	$(Q)mkdir -p $(BUILD)
	$(Q)tools/chart.py readme $(SCHEMA) $(CHART)/README.md >$(BUILD)/chart-readme
	$(Q)cat $(BUILD)/chart-readme >$(CHART)/README.md
manifests: charts ## Render manifests/ from the chart (needs Go once, to build Helm)
	$(Q)tools/manifests.sh manifests

# Where no Go is, tests/chart says that it is skipped; in CI that is a failure.
helm:
	$(Q)tools/helm.sh >/dev/null || [ $$? -eq 100 ]

check-charts:
	$(Q)tools/chart.py values $(SCHEMA) | cmp - $(CHART)/values.yaml || \
		{ echo "$(CHART)/values.yaml is stale: run make charts" >&2; exit 1; }
	$(Q)tools/chart.py readme $(SCHEMA) $(CHART)/README.md | cmp - $(CHART)/README.md || \
		{ echo "$(CHART)/README.md is stale: run make charts" >&2; exit 1; }
check-docs: check-charts
