# SPDX-License-Identifier: Apache-2.0
# ARCH=arm64 on another machine: everything in build/arm64/, by Debian's cross compiler, with
# Debian's libraries for that architecture in a folder of their own (tools/sysroot.sh).

HOST_ARCH := $(shell dpkg --print-architecture 2>/dev/null)
# From the command line alone: an environment may have ARCH for other ends.
ifneq ($(origin ARCH),command line)
ARCH := $(HOST_ARCH)
endif
BUILD ?= build$(if $(filter $(HOST_ARCH),$(ARCH)),,/$(ARCH))

ifneq ($(ARCH),$(HOST_ARCH))
ifneq ($(ARCH),arm64)
$(error ARCH=$(ARCH): use $(HOST_ARCH), this machine's, or arm64)
endif
CROSS := aarch64-linux-gnu
export SYSROOT := $(CACHE)/sysroot-$(ARCH)
# Named here too: a libc6-dev-arm64-cross of this machine would come before a mere --sysroot.
CC := $(CROSS)-gcc --sysroot=$(SYSROOT) -B$(SYSROOT)/usr/lib/$(CROSS) -isystem $(SYSROOT)/usr/include/$(CROSS) \
	-isystem $(SYSROOT)/usr/include
MUSL_CC := $(CROSS)-gcc -specs $(SYSROOT)/musl-gcc.specs
export STRIP := $(CROSS)-strip
DEPS := build $(ARCH)
endif

STRIP ?= strip
DEPS ?= build

$(BUILD)/.deps: | $(if $(CROSS),$(BUILD)/.sysroot)
$(BUILD)/.sysroot: tools/sysroot.sh tools/deps.sh
	$(Q)mkdir -p $(@D)
	$(Q)tools/deps.sh build
	$(Q)tools/sysroot.sh $(ARCH) $(SYSROOT)
	$(Q)touch $@
