/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_OPERATOR_H
#define TESTS_INJECT_OPERATOR_H

/*
 * Settings as an operator would have them: design.md §10's example, changed by
 * the lines of a case's `operator` file:
 *
 *   mode init | static-key deny | sidecar classic | prefix NAME
 *   base-url URL | lifetime SECONDS | ca-bundle TEXT | proxy URL | no-proxy LIST | insecure
 *   workspace ID | cpu-limit Q | memory-limit Q | cpu-request Q | memory-request Q
 *   federation NAME      one more, with rule fdrl_NAME and service account svac_NAME
 *   no-federations       begin with none
 *   policy NAMESPACES [federations=..] [rules=..] [service-accounts=..] [workspaces=..]
 *          [organizations=..]      lists with commas
 */

#include "inject/settings.h"

/* Fill OUT; TEXT may be NULL. The process ends at a line that it does not know. */
void operator_settings(const char *text, struct settings *out);

#endif
