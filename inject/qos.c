/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/qos.h"

#include "common/syntax.h"

/* A container's quantity KIND ("requests", "limits") of RESOURCE, in thousandths; 0: none. */
static int64_t amount(const struct pod *p, uint32_t resources, const char *kind,
		      const char *resource)
{
	uint32_t v = jsonspan_member(p->doc, jsonspan_member(p->doc, resources, kind), resource);
	char text[64];
	int64_t milli = 0, whole;

	if (jsonspan_str(p->doc, v, text, sizeof(text)) > 0 && syntax_quantity(text, &milli))
		return milli;
	/* YAML manifests may say `cpu: 1`; the API server makes it a string. */
	if (jsonspan_int(p->doc, v, &whole) && whole >= 0 && whole < INT64_MAX / 1000)
		return whole * 1000;
	return 0;
}

enum qos qos_of(const struct pod *p)
{
	static const char *const resource[] = { "cpu", "memory" };
	int64_t requests[2] = { 0 }, limits[2] = { 0 };
	bool limited = true, any = false;

	for (size_t i = 0; i < p->n; i++) {
		uint32_t r = jsonspan_member(p->doc, p->all[i].at, "resources");

		if (p->all[i].ours)
			continue;
		for (size_t k = 0; k < 2; k++) {
			int64_t limit = amount(p, r, "limits", resource[k]);
			int64_t request = amount(p, r, "requests", resource[k]);

			if (!request)
				request = limit; /* the API server's default */
			limited = limited && limit;
			any = any || limit || request;
			/* Sums that overflow are no quantities of a real pod. */
			if (__builtin_add_overflow(limits[k], limit, &limits[k]) ||
			    __builtin_add_overflow(requests[k], request, &requests[k]))
				limited = false;
		}
	}
	if (!any)
		return QOS_BEST_EFFORT;
	return limited && requests[0] == limits[0] && requests[1] == limits[1] ? QOS_GUARANTEED :
										 QOS_BURSTABLE;
}

bool qos_is_pod_level(const struct pod *p)
{
	uint32_t r = jsonspan_member(p->doc, p->spec, "resources");

	return jsonspan_count(p->doc, jsonspan_member(p->doc, r, "requests")) ||
	       jsonspan_count(p->doc, jsonspan_member(p->doc, r, "limits"));
}

bool qos_has_cpu_limit(const struct pod *p, const struct container *c)
{
	return amount(p, jsonspan_member(p->doc, c->at, "resources"), "limits", "cpu") > 0;
}
