# SPDX-License-Identifier: Apache-2.0
# Fuzzing. tests/fuzz/fuzz_MODULE.c becomes two programs:
#   build/fuzz/MODULE         gcc, replays the corpus (tests/fuzz/replay.c); `make test` runs it
#   build/fuzz/clang/MODULE   clang's libFuzzer; `make fuzz-MODULE` runs it
# SECS is how long for each; KEEP=1 adds small new finds to the committed corpus.

SECS ?= 60
KEEP ?= 0
CLANG ?= clang
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# What each target links beside common/ and tests/fuzz/fuzz.c.
fuzz_answer = writer/answer.c writer/kv.c
fuzz_assertion = writer/assertion.c writer/kv.c
fuzz_ledger = writer/ledger.c writer/kv.c
fuzz_status = writer/status.c writer/answer.c writer/kv.c writer/outdir.c writer/dirscan.c
fuzz_exchange_answer = exchange/answer.c exchange/httpdate.c tests/fuzz/heard.c $(fuzz_answer)
fuzz_exchange_request = exchange/request.c
fuzz_creddir =
fuzz_jsonspan = tests/support/agree.c
fuzz_config = $(call src,config inject)
fuzz_issuer_keys = controller/issuer_keys.c config/checks.c $(call src,inject)
# The core, and what must hold of its answers.
fuzz_core = $(call src,inject) tests/support/jsonpatch.c tests/fuzz/parts.c \
	$(addprefix tests/inject/,back.c golden_run.c operator.c properties.c)
fuzz_inject = $(fuzz_core) tests/inject/reconfigure.c
fuzz_annotations = $(fuzz_core)
fuzz_review = $(fuzz_core) $(wildcard controller/review*.c)
fuzz_pods = $(call src,inject) $(addprefix controller/,ends.c events.c pods.c store.c)
fuzz_manifest = $(call src,cli config inject) tests/inject/operator.c
# How libFuzzer changes inputs, where bytes are not enough.
mutator_inject = tests/fuzz/mutator_pod.c tests/inject/mutate.c
mutator_review = $(mutator_inject)
FUZZ_LIBS = -ljansson -lyaml -lm

CLANG_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -Wno-unknown-warning-option
$(eval $(call object_rules,fuzz,$$(CLANG),$$(CLANG_FLAGS)))

$(BUILD)/.deps-fuzz: tools/deps.sh
	$(Q)mkdir -p $(BUILD)
	$(Q)tools/deps.sh fuzz
	$(Q)touch $@

# $(1) module
define fuzz_target
fuzz_sources_$(1) = tests/fuzz/fuzz_$(1).c tests/fuzz/fuzz.c $$(call src,common) $$(fuzz_$(1))
$(BUILD)/fuzz/$(1): $$(call objs,asan,$$(fuzz_sources_$(1)) tests/fuzz/replay.c)
	$$(Q)mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(SAN_FLAGS) -pie -o $$@ $$^ $$(FUZZ_LIBS)
$$(call objs,fuzz,$$(fuzz_sources_$(1)) $$(mutator_$(1))): | $(BUILD)/.deps-fuzz
$(BUILD)/fuzz/clang/$(1): $$(call objs,fuzz,$$(fuzz_sources_$(1)) $$(mutator_$(1)))
	$$(Q)mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CLANG) -g -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(FUZZ_LIBS)
.PHONY: fuzz-$(1)
fuzz-$(1): $(BUILD)/fuzz/clang/$(1)
	$$(Q)BUILD=$(BUILD) KEEP=$(KEEP) tools/fuzz.sh $(SECS) $(1)
endef
$(foreach m,$(FUZZ),$(eval $(call fuzz_target,$(m))))

test-build: $(addprefix $(BUILD)/fuzz/,$(FUZZ))

.PHONY: fuzz
fuzz: $(addprefix $(BUILD)/fuzz/clang/,$(FUZZ)) ## Every fuzzer for SECS=60; one: make fuzz-ledger SECS=300
	$(Q)BUILD=$(BUILD) KEEP=$(KEEP) tools/fuzz.sh $(SECS) $(FUZZ)
