# SPDX-License-Identifier: Apache-2.0
# What leaves the checkout: images, demo, cluster tests.

.PHONY: demo e2e e2e-oldserver images bench
demo: programs ## The main job on this machine alone: admission, exchange, rotation, calls
	$(Q)tools/deps.sh demo
	$(Q)BUILD=$(BUILD) sandbox/demo.sh

# What the images say of their source; a checkout without git says nothing.
REVISION ?= $(shell git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
SOURCE_URL ?=
IMAGE_FACTS = VERSION=$(VERSION) REVISION=$(REVISION) SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) SOURCE_URL=$(SOURCE_URL) ARCH=$(ARCH)
IMAGE_TOOLS = $(BUILD)/images/.facts $(addprefix tools/,images.sh image.sh origins.sh sbom.py)
MAKE_IMAGE = $(Q)$(IMAGE_FACTS) CURL_VERSION_FILE=$(STATIC_CURL)/version tools/images.sh

images: $(BUILD)/images/controller.tar $(BUILD)/images/writer.tar ## Docker-loadable, reproducible tars, an SBOM beside each (ARCH=arm64: in build/arm64/images)
$(BUILD)/images/controller.tar: $(BUILD)/wif-controller $(call map,wif-controller) $(IMAGE_TOOLS)
	$(MAKE_IMAGE) controller $(BUILD) $@
$(BUILD)/images/writer.tar: $(BUILD)/wif-writer $(BUILD)/wif-exchange \
		$(call map,wif-writer) $(call map,wif-exchange) $(IMAGE_TOOLS)
	$(MAKE_IMAGE) writer $(BUILD) $@
$(BUILD)/images/.facts: .FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo "$(IMAGE_FACTS)" | cmp -s - $@ || echo "$(IMAGE_FACTS)" >$@
images-twice: ## Two clean builds of the images, in two folders: equal digests (a minute)
	$(Q)tools/images-twice.sh
test-arm64: ## The arm64 images, and their writer and exchange under qemu-user (Linux 6.7; 5 minutes, later 1)
	$(Q)MAKEFLAGS=--no-print-directory $(MAKE) ARCH=arm64 BUILD=$(BUILD)/arm64 images $(BUILD)/arm64/tests/support/fake-exchange
	$(Q)tools/test-arm64.sh $(BUILD)/arm64 '$(T)'
.PHONY: .FORCE images-twice test-arm64
.FORCE:

e2e: programs images ## The real cluster: API server, kubelet, SDKs (root; about 15 minutes warm)
	$(Q)tools/deps.sh e2e
	$(Q)BUILD=$(BUILD) e2e/run.sh

e2e-oldserver: programs ## The webhook path on an API server 1.30 (root; a minute and a half warm)
	$(Q)tools/deps.sh e2e
	$(Q)BUILD=$(BUILD) e2e/oldserver.sh

$(BUILD)/bench/load: bench/load.c bench/client.c $(call objs,rel,$(call src,common))
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(CPPFLAGS) $(WARN) $(REL_FLAGS) -pie -o $@ $^ -lssl -lcrypto -lpthread
bench: programs $(BUILD)/bench/load ## The measurements: start-up of the writer, cost of an admission, 1,000 cold starts
	$(Q)bench/start.sh
	$(Q)bench/admission.sh
	$(Q)python3 bench/coldstart.py $(BUILD)
