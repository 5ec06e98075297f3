/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_NAMES_H
#define INJECT_NAMES_H

/*
 * The names that images, the writer and users of kubectl rely on. Every
 * container and volume whose name begins with NAMES_PREFIX is taken for ours.
 */

#define NAMES_PREFIX "claude-wif-"

#define NAMES_WRITER NAMES_PREFIX "writer"	     /* container; -2 to -4 for more identities */
#define NAMES_ONCE NAMES_PREFIX "once"		     /* init container of classic sidecars */
#define NAMES_INSTALL NAMES_PREFIX "install"	     /* init container of strategy app-image */
#define NAMES_CREDENTIALS NAMES_PREFIX "credentials" /* volume */
#define NAMES_ASSERTIONS NAMES_PREFIX "assertions"   /* volume */
#define NAMES_BIN NAMES_PREFIX "bin"		     /* volume of strategy app-image */

#define PATH_CREDENTIALS "/var/run/secrets/anthropic.com"
#define PATH_ASSERTIONS "/var/run/secrets/claude-wif"
#define PATH_BIN "/opt/claude-wif"

/* What every SDK prefers to a profile. Source: contract.md §3. */
#define NAMES_STATIC_KEYS { "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN" }

#define PROFILE "wif"
#define API_BASE_URL "https://api.anthropic.com"

#define WRITERS_MAX 4
#define ASSERTIONS_MAX 12

#endif
