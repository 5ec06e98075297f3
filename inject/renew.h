/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_RENEW_H
#define INJECT_RENEW_H

/*
 * Is a part of the pod what another config of the same operator would inject?
 * While a changed config is rolled out, the API server may ask a replica with
 * the old one about a pod, and then one with the new one about it again; and a
 * manifest may hold what was injected once. Such a part is not refused: it is
 * put anew, as a whole, so nothing of it counts, whoever wrote it.
 *
 * Because of that nothing here is a proof, and need be none. It draws the line
 * between an old injection and a thing that somebody put under our names and
 * would miss. Beyond what same.h lets pass, these may differ:
 *   image         tag and digest, of the config's repository
 *   args          all but the verb and the endpoint
 *   env           the values of the identifiers
 *   startupProbe  the figures
 *   assertions    how many, and their expirations
 * The audience and the endpoint may not: they say whom an assertion is for and
 * who gets it, and the consumers' ANTHROPIC_BASE_URL stays as it is.
 * Where they differ, former.h takes the whole injection out, when the pod's status
 * names another config.
 *
 * Other admission's additions to a container (same.h lists them) go when it is
 * put anew. The API server asks the built-in plugins again after any change, and
 * webhooks whose reinvocationPolicy says so.
 *
 * Source  Kubernetes, Dynamic Admission Control, "Reinvocation policy".
 */

#include "inject/job.h"

/*
 * Compare the container HAVE of the pod with WANT, the text we would inject. NULL
 * when they may only differ as said above; else the first other field, in FIELD.
 */
const char *renew_container(const struct job *job, uint32_t have, const struct jsonspan *want,
			    char field[64]);

/* Is IMAGE of the repository that OWN, the config's image, is of, whatever its tag and digest? */
bool renew_is_version(const char *image, const char *own);

/* What follows the option --base-url in the list ARGS; JSONSPAN_NONE unless it is there once. */
uint32_t renew_endpoint(const struct jsonspan *j, uint32_t args);

/* Is the pod's volume V nothing but assertions like those in WANT? */
bool renew_assertions(const struct job *job, uint32_t v, const struct jsonspan *want);

#endif
