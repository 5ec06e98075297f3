# SPDX-License-Identifier: Apache-2.0
# How sources become programs. Three kinds of objects:
#   rel   glibc, dynamic: controller, sandbox, cli
#   stat  glibc, static, no PIE: the exchange
#   musl  musl, static, no PIE: the writer
# and two for tests (tools/test.mk): asan, tsan.

src = $(foreach d,$(1),$(filter-out %/main.c,$(wildcard $(d)/*.c)))
objs = $(patsubst %.c,$(BUILD)/obj/$(1)/%.o,$(2))

HTTPD_SRC = $(wildcard net/httpd*.c)
CONTROLLER_SRC = $(call src,common inject config kube controller) $(HTTPD_SRC) net/cert.c net/guard.c \
	controller/main.c
SANDBOX_SRC = $(call src,common sandbox net) sandbox/main.c
CLI_SRC = $(call src,common inject config cli) cli/main.c
WRITER_SRC = $(call src,common writer) writer/main.c
EXCHANGE_SRC = $(call src,common exchange) net/cause.c net/fetch.c net/guard.c \
	net/roots.c exchange/main.c

STATIC_CURL = $(CACHE)/curl-static$(if $(CROSS),-$(ARCH))
# libcurl is the minimal static one: the shared one would bring 26 libraries along.
CONTROLLER_LIBS = -lwebsockets $(STATIC_CURL)/lib/libcurl.a -lcares -lssl -lcrypto -ljansson -lyaml -lpthread
CLI_LIBS = -lyaml -lm
SANDBOX_LIBS = -lwebsockets $(STATIC_CURL)/lib/libcurl.a -lcares -lssl -lcrypto -ljansson -lpthread

REL_FLAGS = $(CFLAGS) $(HARDEN) -ftrivial-auto-var-init=zero -fPIE
STAT_FLAGS = $(CFLAGS) $(HARDEN) -ftrivial-auto-var-init=zero -ffunction-sections -fdata-sections \
	-fno-pie -I$(STATIC_CURL)/include
TRIPLET = $(shell $(CC) -print-multiarch)
# -fcf-protection and stack protectors stay; _FORTIFY_SOURCE needs glibc.
MUSL_FLAGS = -Os -g -fstack-protector-strong -ftrivial-auto-var-init=zero -ffunction-sections \
	-fdata-sections -fno-pie -fno-asynchronous-unwind-tables \
	-idirafter $(SYSROOT)/usr/include -idirafter $(SYSROOT)/usr/include/$(TRIPLET)

# $(1) kind, $(2) compiler, $(3) flags
define object_rules
$(BUILD)/obj/$(1)/%.o: %.c | $(BUILD)/.deps
	$$(Q)mkdir -p $$(@D)
	$$(call say,CC/$(1),$$<)
	$$(Q)$(2) $$(CSTD) $$(CPPFLAGS) $$(WARN) $(3) -MMD -MP -c -o $$@ $$<
endef
$(eval $(call object_rules,rel,$$(CC),$$(REL_FLAGS)))
$(eval $(call object_rules,stat,$$(CC),$$(STAT_FLAGS)))
$(eval $(call object_rules,musl,$$(MUSL_CC),$$(MUSL_FLAGS)))

# What is linked into a program, for its image's SBOM (tools/origins.sh): made with it, of one recipe.
map = $(BUILD)/obj/$(1).map

PROGRAMS = $(addprefix $(BUILD)/,wif-controller wif-writer wif-exchange wif-sandbox \
	kubectl-wif)
.PHONY: programs
programs: $(PROGRAMS)

$(BUILD)/wif-controller $(call map,wif-controller) &: $(call objs,rel,$(CONTROLLER_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(call say,LINK,$(BUILD)/wif-controller)
	$(Q)$(CC) $(REL_FLAGS) -pie -Wl,-z,relro,-z,now,-Map=$(call map,wif-controller) \
		-o $(BUILD)/wif-controller $^ $(CONTROLLER_LIBS)

$(BUILD)/wif-sandbox: $(call objs,rel,$(SANDBOX_SRC)) | $(STATIC_CURL)/lib/libcurl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(REL_FLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(SANDBOX_LIBS)

$(BUILD)/kubectl-wif: $(call objs,rel,$(CLI_SRC))
	$(call say,LINK,$@)
	$(Q)$(CC) $(REL_FLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(CLI_LIBS)

# musl-gcc -static-pie would give a binary with an interpreter: FROM scratch has none.
# The unstripped one is for check-binary: what is not linked there cannot be called.
$(BUILD)/obj/wif-writer $(call map,wif-writer) &: $(call objs,musl,$(WRITER_SRC))
	$(call say,LINK,$(BUILD)/wif-writer)
	$(Q)$(MUSL_CC) $(MUSL_FLAGS) -static -no-pie -Wl,--gc-sections,-z,relro,-z,now,-z,noseparate-code \
		-Wl,-Map=$(call map,wif-writer) -o $(BUILD)/obj/wif-writer $^
$(BUILD)/wif-writer: $(BUILD)/obj/wif-writer $(call map,wif-writer)
	$(Q)$(STRIP) -o $@ $<

# A minimal libcurl.a (HTTP(S), c-ares, OpenSSL) from Debian's own source package.
STATIC_CURL_LIBS = $(STATIC_CURL)/lib/libcurl.a -lcares -lssl -lcrypto -ljansson -ldl -lpthread

$(STATIC_CURL)/lib/libcurl.a: tools/static-curl.sh | $(BUILD)/.deps
	$(Q)tools/static-curl.sh $(STATIC_CURL) $(CROSS)
$(call objs,stat,$(EXCHANGE_SRC)): | $(STATIC_CURL)/lib/libcurl.a

$(BUILD)/wif-exchange $(call map,wif-exchange) &: $(call objs,stat,$(EXCHANGE_SRC)) $(STATIC_CURL)/lib/libcurl.a
	$(call say,LINK,$(BUILD)/wif-exchange)
	$(Q)$(CC) $(STAT_FLAGS) -static -no-pie -Wl,--gc-sections,-z,relro,-z,now -s -Wl,-Map=$(call map,wif-exchange) \
		-o $(BUILD)/wif-exchange $(filter %.o,$^) $(STATIC_CURL_LIBS) 2> >(grep -v -E 'statically linked|in function' >&2)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
