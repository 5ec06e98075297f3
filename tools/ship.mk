# SPDX-License-Identifier: Apache-2.0
# What leaves the checkout: images, demo, cluster tests.

.PHONY: demo e2e images
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
