/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/vars.h"

#include <string.h>

#define PATH_TOKEN PATH_CREDENTIALS "/token"

static const struct var profile[] = {
	{ "ANTHROPIC_CONFIG_DIR", PATH_CREDENTIALS },
	{ "ANTHROPIC_PROFILE", PROFILE },
};

size_t vars_consumer(const struct wish *w, struct var out[VARS_MAX])
{
	size_t n = 0;

	if (w->mode != MODE_ENV) {
		for (; n < COUNTOF(profile); n++)
			out[n] = profile[n];
	} else {
		out[n++] = (struct var){ "ANTHROPIC_IDENTITY_TOKEN_FILE", PATH_TOKEN };
		out[n++] = (struct var){ "ANTHROPIC_FEDERATION_RULE_ID", w->rule };
		out[n++] = (struct var){ "ANTHROPIC_ORGANIZATION_ID", w->organization };
		out[n++] = (struct var){ "ANTHROPIC_SERVICE_ACCOUNT_ID", w->service_account };
		if (w->workspace[0])
			out[n++] = (struct var){ "ANTHROPIC_WORKSPACE_ID", w->workspace };
	}
	if (strcmp(w->federation->base_url, API_BASE_URL) != 0)
		out[n++] = (struct var){ "ANTHROPIC_BASE_URL", w->federation->base_url };
	return n;
}

const char *vars_own_profile(const struct pod *p, const struct container *c)
{
	for (size_t i = 0; i < COUNTOF(profile); i++) {
		uint32_t entry = pod_env(p, c, profile[i].name);

		if (entry != JSONSPAN_NONE && !pod_env_is(p, entry, profile[i].value))
			return profile[i].name;
	}
	return NULL;
}
