/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

/* The operator's config: YAML text in, checked settings out. docs/man/wif-config.5 describes it. */

#include <stddef.h>

#include "common/err.h"
#include "common/sys.h"
#include "inject/inject.h"

/*
 * Parse and check LEN bytes of TEXT; NAME stands at the start of every message.
 *
 * Owns    OUT's strings; end it with settings_fini. Set only on success.
 * Errors  ERR_INVALID "NAME:LINE: path.to.key="value": what; use …", ERR_TOO_BIG,
 *         ERR_NOMEM.
 */
int config_parse(const char *text, size_t len, const char *name, struct settings *out,
		 struct err *e) MUST_CHECK;

/* config_parse on the file at PATH. Errors: also ERR_IO. */
int config_load(struct sys *sys, const char *path, struct settings *out, struct err *e) MUST_CHECK;

#endif
