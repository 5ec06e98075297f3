# SPDX-License-Identifier: Apache-2.0
# claude-wif: keyless Claude API for Kubernetes pods. `make help` lists the targets.

VERSION ?= 0.1.0
CACHE ?= $(or $(WIF_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/claude-wif)
CC ?= gcc
MUSL_CC ?= musl-gcc
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --jobs=$(shell nproc) --output-sync=target --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

include tools/cross.mk

WARN ?= -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wcast-qual -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond
HARDEN ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter arm64,$(ARCH)),-mbranch-protection=standard,-fcf-protection)
CPPFLAGS += -D_GNU_SOURCE -I. -DWIF_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
CSTD := -std=c11

include tools/programs.mk
include tools/test.mk
include tools/fuzz.mk
include tools/ship.mk
include tools/docs.mk

.PHONY: all help clean deps
all: programs ## Build all programs into build/

deps: $(BUILD)/.deps ## Install what a build needs (apt, with sudo when not root)
$(BUILD)/.deps: tools/deps.sh
	$(Q)mkdir -p $(BUILD)
	$(Q)for group in $(DEPS); do tools/deps.sh $$group; done
	$(Q)touch $@

clean: ## Remove build/ (the caches outside the checkout stay)
	$(Q)rm -rf $(BUILD)

help: ## List every target
	$(Q)grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sort | \
		awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'
