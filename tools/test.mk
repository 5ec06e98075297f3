# SPDX-License-Identifier: Apache-2.0
# Tests: one Criterion binary per folder of tests/, built twice (rel, asan), and the
# scripted ones (tests/*/*.sh), which drive the programs. T='suite/*' picks some.

T ?= *
SAN_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -fPIE
$(eval $(call object_rules,asan,$$(CC),$$(SAN_FLAGS)))

AREAS = $(patsubst tests/%/,%,$(filter-out tests/support/ tests/data/ tests/fuzz/ tests/chart/ tests/e2e/ tests/images/,$(wildcard tests/*/)))

# What each area's tests link: folders and libraries.
folders_common = common
folders_inject = common inject
folders_net = common net
folders_config = common inject config
folders_cli = common inject config cli
folders_controller = common inject config kube controller net
folders_writer = common writer
folders_exchange = common exchange net
folders_sandbox = common sandbox net
TEST_LIBS = -lcriterion -lwebsockets -lcurl -lssl -lcrypto -ljansson -lyaml -lm -lpthread

# $(1) area, $(2) kind, $(3) flags
define test_binary
$(BUILD)/tests/$(2)/$(1): $$(call objs,$(2),$$(call src,$$(folders_$(1)) tests/support tests/$(1)))
	$$(Q)mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $(3) -pie -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach a,$(AREAS),$(eval $(call test_binary,$(a),rel,$$(REL_FLAGS))))
$(foreach a,$(AREAS),$(eval $(call test_binary,$(a),asan,$$(SAN_FLAGS))))

# The controller has threads: tests/controller/threads.sh drives it under ThreadSanitizer. (The
# test binaries cannot be: Criterion's arena and the sanitizer want the same addresses.)
TSAN_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=thread -fPIE
$(eval $(call object_rules,tsan,$$(CC),$$(TSAN_FLAGS)))
$(BUILD)/tsan/wif-controller: $(call objs,tsan,$(CONTROLLER_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(TSAN_FLAGS) -pie -o $@ $^ $(CONTROLLER_LIBS)

# The served programs under sanitizers: the hostile-client tests drive these.
$(BUILD)/asan/wif-controller: $(call objs,asan,$(CONTROLLER_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -pie -o $@ $^ $(CONTROLLER_LIBS)
$(BUILD)/asan/wif-sandbox: $(call objs,asan,$(SANDBOX_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -pie -o $@ $^ $(SANDBOX_LIBS)
$(BUILD)/asan/kubectl-wif: $(call objs,asan,$(CLI_SRC))
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -pie -o $@ $^ $(CLI_LIBS)
$(BUILD)/asan/wif-writer: $(call objs,asan,$(WRITER_SRC))
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -pie -o $@ $^
$(BUILD)/asan/wif-exchange: $(call objs,asan,$(EXCHANGE_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -no-pie -o $@ $^ $(STATIC_CURL_LIBS)

# Hostile connections and good reviews: tests/controller/soak.sh runs it against the controller.
$(BUILD)/asan/soak: $(call objs,asan,$(wildcard tests/controller/soak/*.c) bench/client.c $(call src,common))
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) -pie -o $@ $^ -lssl -lcrypto -lpthread

# The sandbox's tests run the program of their kind.
$(BUILD)/tests/rel/sandbox: | $(BUILD)/wif-sandbox
$(BUILD)/tests/asan/sandbox: | $(BUILD)/asan/wif-sandbox

ASAN_PROGRAMS = $(addprefix $(BUILD)/asan/,wif-controller wif-sandbox wif-writer wif-exchange \
	kubectl-wif soak)
TEST_BINARIES = $(foreach k,rel asan,$(addprefix $(BUILD)/tests/$(k)/,$(AREAS)))

.PHONY: test test-build soak check-deps check-globals check-binary
test: programs images test-build check-deps check-globals check-binary check-docs ## All tests, plain and under ASan + UBSan (T='suite/*' picks)
	$(Q)tests/run '$(T)'

soak: programs $(BUILD)/asan/wif-controller $(BUILD)/asan/soak ## 10,000 hostile sequences and a million reviews under ASan
	$(Q)SEQUENCES=10000 REVIEWS=1000000 tests/controller/soak.sh

# A child for the writer's own tests; static, as Landlock leaves it no loader.
FAKE_EXCHANGE = $(BUILD)/tests/support/fake-exchange
$(FAKE_EXCHANGE): tests/support/fake_exchange/main.c | $(BUILD)/.deps
	$(Q)mkdir -p $(@D)
	$(call say,CC/musl,$<)
	$(Q)$(MUSL_CC) $(CSTD) $(CPPFLAGS) $(WARN) -O1 -static -no-pie -o $@ $<

# The core as a program, for tests in Python.
JUDGE = $(BUILD)/tests/support/judge
$(JUDGE): $(call objs,rel,$(call src,common inject) tests/inject/judge/main.c tests/inject/golden_run.c \
	tests/inject/operator.c)
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(REL_FLAGS) -pie -o $@ $^ -ljansson

test-build: helm $(JUDGE) $(TEST_BINARIES) $(ASAN_PROGRAMS) $(BUILD)/tsan/wif-controller $(FAKE_EXCHANGE)

check-deps: ## Folders depend one way; third-party headers stay in their files
	$(Q)tools/check-deps.sh
check-globals: programs ## No writable global state beyond the allow-list
	$(Q)tools/check-globals.sh $(BUILD)
check-binary: programs ## The writer: static, no interpreter, no socket or connect
	$(Q)tools/check-binary.sh $(BUILD)
