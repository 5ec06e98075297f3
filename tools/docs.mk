# SPDX-License-Identifier: Apache-2.0
# Documents that are made from the code, and the check that they, and what they name, are true.

$(BUILD)/reasons: tools/reasons.c $(call objs,rel,inject/reasons.c common/buf.c common/err.c)
	$(Q)$(CC) $(CSTD) $(CPPFLAGS) $(WARN) $(REL_FLAGS) -pie -o $@ $^

.PHONY: docs check-docs
docs: $(BUILD)/reasons ## Make docs/reasons.md from the reason table
	$(Q)$(BUILD)/reasons >docs/reasons.md

check-docs: $(BUILD)/reasons ## Docs made from code are current; names in the walkthrough exist
	$(Q)$(BUILD)/reasons | cmp - docs/reasons.md || { echo "docs/reasons.md is stale: run make docs" >&2; exit 1; }
	$(Q)tools/check-docs.sh
