/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/issuer.h"

#include <stdio.h>
#include <string.h>

#include "controller/issuer_keys.h"
#include "inject/settings.h"

#define LIST_BYTES_MAX (16u << 10) /* 64 kids of 128, and what stands between them */

static struct mono now(const struct issuer *is)
{
	return is->log->sys->ops->boot_now(is->log->sys);
}

void issuer_init(struct issuer *is, struct log *log)
{
	*is = (struct issuer){ .log = log, .failed = -1 };
	is->next = now(is);
	buf_init(&is->unregistered, LIST_BYTES_MAX);
	buf_init(&is->unserved, LIST_BYTES_MAX);
}

void issuer_fini(struct issuer *is)
{
	strlist_fini(&is->served);
	buf_fini(&is->unregistered);
	buf_fini(&is->unserved);
}

const char *issuer_state_name(enum issuer_state state)
{
	static const char *const names[ISSUER_STATES] = { "registered", "unregistered", "unserved",
							  "unknown" };

	return names[state];
}

bool issuer_due(struct issuer *is)
{
	if (is->busy || now(is).ns < is->next.ns)
		return false;
	is->busy = true;
	return true;
}

static const char *cure(int status)
{
	return status == 403 ? "allow get of the nonResourceURL " ISSUER_PATH ", as the chart does" :
	       status == 404 ? "an API server whose issuer is no https URL serves no keys" :
			       NULL;
}

/* A bad answer, for WHY: said once for each status. */
static void fail(struct issuer *is, int status, const char *why)
{
	char code[16];

	if (is->failed == status)
		return;
	is->failed = status;
	(void)snprintf(code, sizeof(code), "%d", status);
	log_event(is->log, LOG_LEVEL_WARN, "unable to read the issuer's keys", "status#",
		  status ? code : NULL, "error", status == 200 || !status ? why : NULL, "advice",
		  cure(status), NULL);
}

/* What was known before has changed to FRESH; of the first time, all is said. */
static void note(const struct issuer *is, const struct strlist *fresh, bool listed)
{
	AUTO(buf) struct buf came, went;
	size_t n;

	buf_init(&came, LIST_BYTES_MAX);
	buf_init(&went, LIST_BYTES_MAX);
	n = issuer_keys_less(fresh, &is->served, &came) +
	    issuer_keys_less(&is->served, fresh, &went);
	if (!is->known)
		log_event(is->log, LOG_LEVEL_INFO, "the issuer's keys are known", "keys", came.data,
			  NULL);
	else if (n)
		log_event(is->log, listed ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
			  "the issuer's keys have changed", "new", came.data, "gone", went.data,
			  "advice", listed ? NULL : "if this issuer is registered inline, register "
			  "the new ones in the Claude Console before they sign", NULL);
	else if (is->failed >= 0)
		log_event(is->log, LOG_LEVEL_INFO, "the issuer's keys can be read again", NULL);
}

void issuer_answer(struct issuer *is, const struct strlist *registered, int status,
		   const char *text, const char *why)
{
	struct strlist fresh = { 0 };
	struct err e = { 0 };

	is->busy = false;
	is->next = mono_add_ms(now(is), status ? ISSUER_AGAIN_MS : ISSUER_RETRY_MS);
	if (status != 200) {
		fail(is, status, why);
		return;
	}
	if (issuer_keys_parse(text ? text : "", &fresh, &e) < 0) {
		fail(is, status, e.msg);
		return;
	}
	note(is, &fresh, registered->len > 0);
	strlist_fini(&is->served);
	is->served = fresh;
	is->known = true;
	is->heard = now(is);
	is->failed = -1;
	issuer_compare(is, registered);
}

/* Whether FRESH is other than what was SAID, which it then becomes. */
static bool is_news(struct buf *said, struct buf *fresh)
{
	struct buf was = *said;

	if (was.len == fresh->len && (!was.len || !memcmp(was.data, fresh->data, was.len)))
		return false;
	*said = *fresh;
	*fresh = was;
	return true;
}

static void compare_served(struct issuer *is, const struct strlist *registered)
{
	AUTO(buf) struct buf fresh;

	buf_init(&fresh, LIST_BYTES_MAX);
	if (registered->len)
		(void)issuer_keys_less(&is->served, registered, &fresh);
	if (!is_news(&is->unregistered, &fresh) || !registered->len)
		return;
	if (!is->unregistered.len)
		log_event(is->log, LOG_LEVEL_INFO, "all keys of the issuer are registered", NULL);
	else
		log_event(is->log, LOG_LEVEL_WARN, "keys of the issuer are not registered", "keys",
			  is->unregistered.data, "advice", "register them in the Claude Console "
			  "before they sign, then list them in issuer.registeredKeys", NULL);
}

static void compare_registered(struct issuer *is, const struct strlist *registered)
{
	AUTO(buf) struct buf fresh;

	buf_init(&fresh, LIST_BYTES_MAX);
	(void)issuer_keys_less(registered, &is->served, &fresh);
	if (is_news(&is->unserved, &fresh) && is->unserved.len)
		log_event(is->log, LOG_LEVEL_INFO, "registered keys are not served", "keys",
			  is->unserved.data, "advice", "keep those that are yet to come; once the "
			  "tokens of the others have expired, remove them from the Claude Console "
			  "and from issuer.registeredKeys", NULL);
}

void issuer_compare(struct issuer *is, const struct strlist *registered)
{
	if (!is->known)
		return;
	compare_served(is, registered);
	compare_registered(is, registered);
}

void issuer_measure(const struct issuer *is, const struct strlist *registered,
		    struct issuer_figures *out)
{
	size_t missing = issuer_keys_less(&is->served, registered, NULL);

	*out = (struct issuer_figures){ .known = is->known, .listed = registered->len > 0 };
	out->n[out->listed ? ISSUER_UNREGISTERED : ISSUER_UNKNOWN] = missing;
	out->n[ISSUER_REGISTERED] = is->served.len - missing;
	out->n[ISSUER_UNSERVED] = issuer_keys_less(registered, &is->served, NULL);
	out->age_ms = is->known ? mono_diff_ms(now(is), is->heard) : -1;
}
