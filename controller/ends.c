/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ends.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/fnv.h"
#include "common/plain.h"
#include "common/utf8.h"
#include "controller/review.h"
#include "inject/names.h"

#define MESSAGE_MAX (64u << 10)	/* before it is cut; names have 253 bytes */
#define SLOT_CHARS 15		/* "2026-11-28T03:4", ten minutes of an RFC 3339 time */

const char *ends_reason(unsigned why)
{
	static const char *const kubelets[] = { "OOMKilled", "Error", "Unknown" };

	return why < LASTWORDS ? lastword_text(why) : kubelets[why - LASTWORDS];
}

/* --- of one pod, on the kube thread --- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

bool ends_is_writer(const json_t *status)
{
	const char *name = text_of(status, "name");

	return !strncmp(name, NAMES_WRITER, strlen(NAMES_WRITER)) ||
	       !strncmp(name, NAMES_ONCE, strlen(NAMES_ONCE));
}

/* The last bad end that STATUS shows, or NULL. */
static const json_t *bad_end(const json_t *status)
{
	static const char *const states[] = { "state", "lastState" };

	for (size_t i = 0; i < COUNTOF(states); i++) {
		const json_t *end = json_object_get(json_object_get(status, states[i]),
						    "terminated");

		if (json_integer_value(json_object_get(end, "exitCode")) != 0)
			return end;
	}
	return NULL;
}

/* What the kubelet saw goes before what the container says. */
static unsigned why_of(const json_t *end)
{
	const char *seen = text_of(end, "reason");
	enum lastword word = lastword_of(text_of(end, "message"));

	if (!strcmp(seen, ends_reason(ENDS_OOM_KILLED)))
		return ENDS_OOM_KILLED;
	if (word != LASTWORDS)
		return word;
	return !strcmp(seen, ends_reason(ENDS_ERROR)) ? ENDS_ERROR : ENDS_UNKNOWN;
}

static bool take_field(const json_t *object, const char *key, char *out, size_t size)
{
	int len = snprintf(out, size, "%s", text_of(object, key));

	return len > 0 && (size_t)len < size;
}

/* At most one reference is the controller. */
static bool find_controller(const json_t *metadata, struct owner *out)
{
	const json_t *refs = json_object_get(metadata, "ownerReferences"), *ref;
	size_t i;

	json_array_foreach(refs, i, ref)
		if (json_is_true(json_object_get(ref, "controller")))
			return take_field(ref, "apiVersion", out->api_version,
					  sizeof(out->api_version)) &&
			       take_field(ref, "kind", out->kind, sizeof(out->kind)) &&
			       take_field(ref, "name", out->name, sizeof(out->name)) &&
			       take_field(ref, "uid", out->uid, sizeof(out->uid));
	return false;
}

static void find_owner(const json_t *metadata, struct owner *out)
{
	if (find_controller(metadata, out))
		return;
	*out = (struct owner){ .api_version = "v1", .kind = "Pod" };
	(void)take_field(metadata, "name", out->name, sizeof(out->name));
	(void)take_field(metadata, "uid", out->uid, sizeof(out->uid));
}

/* Which end it is: seen as the state, and later as the last one, it is the same. */
static uint64_t mark_of(const json_t *metadata, const json_t *status, const json_t *end)
{
	const char *const parts[] = { text_of(metadata, "uid"), text_of(status, "name"),
				      text_of(end, "containerID"), text_of(end, "finishedAt") };
	uint64_t mark = FNV_START;

	for (size_t i = 0; i < COUNTOF(parts); i++)
		mark = fnv_adds(fnv_adds(mark, parts[i]), "/");
	return mark;
}

static uint64_t shared_of(const struct owner *owner, unsigned why, const json_t *end)
{
	const char *at = text_of(end, "finishedAt");
	uint64_t shared = fnv_adds(fnv_adds(FNV_START, owner->uid), ends_reason(why));

	shared = fnv_add(shared, at, strnlen(at, SLOT_CHARS));
	return shared ? shared : 1;
}

static void write_message(const json_t *metadata, const json_t *status, const json_t *end,
			  struct buf *out)
{
	const char *said = text_of(end, "message");
	AUTO(buf) struct buf raw;
	size_t len;

	if (!*said)
		said = text_of(end, "reason");
	len = utf8_cut(said, REVIEW_MESSAGE_SIZE);
	while (len && strchr("\n ", said[len - 1]))
		len--;
	buf_init(&raw, out->max);
	buf_addf(&raw, "pod %s: container %s ended with exit code %lld%s%.*s",
		 text_of(metadata, "name"), text_of(status, "name"),
		 (long long)json_integer_value(json_object_get(end, "exitCode")), len ? ": " : "",
		 (int)len, said);
	if (raw.failed)
		out->failed = raw.failed;
	else
		plain_add(out, raw.data, utf8_cut(raw.data, REVIEW_MESSAGE_SIZE - 1));
}

/* One end as ends_take reads it, or NULL without memory. */
static json_t *write_end(const json_t *metadata, const json_t *status, const json_t *end,
			 const char *mark)
{
	unsigned why = why_of(end);
	AUTO(buf) struct buf message;
	struct owner owner;

	buf_init(&message, MESSAGE_MAX);
	find_owner(metadata, &owner);
	write_message(metadata, status, end, &message);
	if (message.failed)
		return NULL;
	return json_pack("[s,i,I,s,s,s,s,s]", mark, (int)why,
			 (json_int_t)shared_of(&owner, why, end), owner.api_version, owner.kind,
			 owner.name, owner.uid, message.data);
}

static int add_ends(const json_t *metadata, const json_t *statuses, char *marks, json_t *ends)
{
	const json_t *status, *end;
	size_t i, used;

	json_array_foreach(statuses, i, status) {
		end = ends_is_writer(status) ? bad_end(status) : NULL;
		if (!end || json_array_size(ends) == ENDS_MAX)
			continue;
		used = strlen(marks);
		(void)snprintf(marks + used, ENDS_MARKS_SIZE - used, "%c%016" PRIx64, ENDS_MARK,
			       mark_of(metadata, status, end));
		if (json_array_append_new(ends, write_end(metadata, status, end, marks + used)) < 0)
			return -1;
	}
	return 0;
}

int ends_reduce(const json_t *pod, char marks[ENDS_MARKS_SIZE], char **news)
{
	const json_t *metadata = json_object_get(pod, "metadata");
	const json_t *status = json_object_get(pod, "status");
	json_auto_t *ends = json_array();

	marks[0] = '\0';
	*news = NULL;
	/* Where the whole pod was ended (evicted, its node shut down), its status has a reason. */
	if (json_object_get(metadata, "deletionTimestamp") ||
	    !strcmp(text_of(status, "phase"), "Succeeded") || *text_of(status, "reason"))
		return 0;
	if (!ends ||
	    add_ends(metadata, json_object_get(status, "initContainerStatuses"), marks, ends) < 0 ||
	    add_ends(metadata, json_object_get(status, "containerStatuses"), marks, ends) < 0)
		return -1;
	if (!marks[0])
		return 0;
	*news = json_dumps(ends, JSON_COMPACT);
	return *news ? 0 : -1;
}

/* --- of all, on the server's --- */

/* What write_end wrote. */
static bool read_end(json_t *text, const char **mark, struct ends_end *out)
{
	const char *api_version, *kind, *name, *uid;
	json_int_t shared;
	int why;

	if (json_unpack(text, "[s,i,I,s,s,s,s,s]", mark, &why, &shared, &api_version, &kind, &name,
			&uid, &out->message) < 0)
		return false;
	out->why = (unsigned)why;
	out->shared = (uint64_t)shared;
	(void)snprintf(out->owner.api_version, sizeof(out->owner.api_version), "%s", api_version);
	(void)snprintf(out->owner.kind, sizeof(out->owner.kind), "%s", kind);
	(void)snprintf(out->owner.name, sizeof(out->owner.name), "%s", name);
	(void)snprintf(out->owner.uid, sizeof(out->owner.uid), "%s", uid);
	return true;
}

char *ends_take(const char *namespace_, const char *before, char *text,
		void (*tell)(void *ctx, const struct ends_end *end), void *ctx)
{
	char *news = text ? strchr(text, '\n') : NULL, *kept;
	json_auto_t *ends = NULL;
	json_t *end;
	size_t i;

	if (!news)
		return text;
	*news = '\0';
	if (tell)
		ends = json_loads(news + 1, 0, NULL);
	json_array_foreach(ends, i, end) {
		struct ends_end e = { .namespace_ = namespace_ };
		const char *mark;

		if (read_end(end, &mark, &e) && !(before && strstr(before, mark)))
			tell(ctx, &e);
	}
	kept = realloc(text, (size_t)(news - text) + 1);
	return kept ? kept : text;
}
