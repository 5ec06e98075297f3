# SPDX-License-Identifier: Apache-2.0
# What leaves the checkout: images, demo, cluster tests.

.PHONY: demo e2e e2e-oldserver images bench
demo: programs ## The main job on this machine alone: admission, exchange, rotation, calls
	$(Q)tools/deps.sh demo
	$(Q)BUILD=$(BUILD) sandbox/demo.sh

images: $(BUILD)/images/controller.tar $(BUILD)/images/writer.tar ## Docker-loadable, reproducible tars
$(BUILD)/images/controller.tar: $(BUILD)/wif-controller tools/images.sh tools/image.sh
	$(Q)VERSION=$(VERSION) tools/images.sh controller $(BUILD) $@
$(BUILD)/images/writer.tar: $(BUILD)/wif-writer $(BUILD)/wif-exchange tools/images.sh tools/image.sh
	$(Q)VERSION=$(VERSION) tools/images.sh writer $(BUILD) $@

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
