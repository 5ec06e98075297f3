/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/apiversion.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NATIVE_MAJOR 1
#define NATIVE_MINOR 32

static struct mono now(const struct apiversion *v)
{
	return v->log->sys->ops->boot_now(v->log->sys);
}

void apiversion_init(struct apiversion *v, struct log *log)
{
	*v = (struct apiversion){ .log = log, .sidecar = SIDECAR_AUTO };
	v->next = now(v);
}

bool apiversion_due(struct apiversion *v)
{
	if (v->busy || now(v).ns < v->next.ns)
		return false;
	v->busy = true;
	return true;
}

/* The number that S starts with ("31+" of a vendor is 31), or -1. */
static int number(const char *s)
{
	size_t n = s ? strspn(s, "0123456789") : 0;

	return n && n < 5 ? atoi(s) : -1;
}

static enum sidecar_kind judge(const char *text)
{
	json_error_t why;
	json_auto_t *doc = json_loads(text, 0, &why);
	int major = number(json_string_value(json_object_get(doc, "major")));
	int minor = number(json_string_value(json_object_get(doc, "minor")));

	if (major < 0 || minor < 0)
		return SIDECAR_AUTO;
	return major > NATIVE_MAJOR || (major == NATIVE_MAJOR && minor >= NATIVE_MINOR) ?
		       SIDECAR_NATIVE :
		       SIDECAR_CLASSIC;
}

/* A refusal that will be the same next time; others (401, 429, 5xx, none at all) may pass. */
static bool is_final(int status)
{
	return status == 200 || status == 403 || status == 404;
}

static void note(struct apiversion *v, enum sidecar_kind sidecar)
{
	if (v->sidecar == sidecar)
		return;
	v->sidecar = sidecar;
	log_event(v->log, LOG_LEVEL_INFO, "the API server's version is known", "sidecar",
		  sidecar == SIDECAR_NATIVE ? "native" : "classic", NULL);
}

void apiversion_answer(struct apiversion *v, int status, const char *text, const char *why)
{
	enum sidecar_kind sidecar = status == 200 && text ? judge(text) : SIDECAR_AUTO;
	bool fresh = !v->failed;
	char code[16];

	v->busy = false;
	v->next = mono_add_ms(now(v), is_final(status) ? APIVERSION_AGAIN_MS :
							 APIVERSION_RETRY_MS);
	v->answered = v->answered || is_final(status);
	v->failed = sidecar == SIDECAR_AUTO;
	if (!v->failed) {
		note(v, sidecar);
		return;
	}
	if (!fresh)
		return;
	(void)snprintf(code, sizeof(code), "%d", status);
	log_event(v->log, LOG_LEVEL_WARN, "unable to learn the API server's version", "sidecar",
		  v->sidecar == SIDECAR_CLASSIC ? "classic" : "native", "status#",
		  status ? code : NULL, "error", status ? NULL : why, NULL);
}
