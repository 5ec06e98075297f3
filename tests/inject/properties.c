/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/properties.h"

#include <stdio.h>
#include <string.h>

#include "tests/inject/back.h"
#include "tests/inject/golden.h"
#include "tests/support/jsonpatch.h"

const char *properties_text(const json_t *answer, const char *key)
{
	const char *s = json_string_value(json_object_get(answer, key));

	return s ? s : "";
}

static char *PRINTF(1, 2) say(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		abort();
	va_end(ap);
	return out;
}

static bool removes_keys(const json_t *answer)
{
	const json_t *w;
	size_t i;

	json_array_foreach(
		json_object_get(answer, "warnings"), i,
		w) if (!strcmp(properties_text(w, "reason"), "StaticKeyRemoved")) return true;
	return false;
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Is PATH that of an annotation which is ours? Source of ~1: RFC 6901 §3. */
static bool at_our_annotation(const char *path, const char *prefix)
{
	static const char holder[] = "/metadata/annotations/";
	char key[256];
	const char *slash;

	if (!starts(path, holder))
		return false;
	path += strlen(holder);
	slash = strstr(path, "~1");
	if (!slash)
		return false;
	(void)snprintf(key, sizeof(key), "%.*s/%s", (int)(slash - path), path, slash + 2);
	return back_is_our_annotation(key, prefix);
}

/* May an operation at PATH take LOST, until then in HOLDER, out of the pod? */
static bool may_lose(const char *path, const json_t *lost, const json_t *holder,
		     const char *prefix, bool removes)
{
	return json_is_null(lost) || back_is_ours(lost) || back_is_given(lost) ||
	       (json_is_array(lost) && !json_array_size(lost)) ||
	       (removes && back_is_static_key(lost)) ||
	       (back_is_ours(holder) && starts(path, "/spec/volumes/")) ||
	       at_our_annotation(path, prefix);
}

/* Operation OP, before it is applied to POD. */
static char *operation_fault(json_t *pod, const json_t *op, const char *prefix, bool removes)
{
	const char *name = properties_text(op, "op"), *path = properties_text(op, "path");
	json_t *holder, *there = jsonpatch_at(pod, path, &holder);

	if (!strcmp(name, "test") || (!strcmp(name, "add") && !json_is_object(holder)))
		return NULL; /* an add to an array moves what is there along */
	if (there && !may_lose(path, there, holder, prefix, removes))
		return say("%s %s takes away what is not ours", name, path);
	return NULL;
}

static char *changed_fault(const json_t *pod, const json_t *after, const char *prefix,
			   bool removed)
{
	json_t *a = json_deep_copy(pod), *b = json_deep_copy(after);
	char *fault = NULL, *ta, *tb;

	back_strip(a, prefix, removed);
	back_strip(b, prefix, removed);
	if (!json_equal(a, b)) {
		ta = json_dumps(a, JSON_SORT_KEYS);
		tb = json_dumps(b, JSON_SORT_KEYS);
		fault = say("something that is not ours changed:\n%s\n%s", ta, tb);
		free(ta);
		free(tb);
	}
	json_decref(a);
	json_decref(b);
	return fault;
}

static bool says(const json_t *answer, const char *warning)
{
	const json_t *w;
	size_t i;

	json_array_foreach(json_object_get(answer, "warnings"), i, w)
	{
		if (!strcmp(properties_text(w, "text"), warning) ||
		    !strcmp(properties_text(w, "reason"), "MoreWarnings"))
			return true;
	}
	return false;
}

/* AGAIN, about what ANSWER made of the pod: nothing is left to do, and nothing new to say. */
static char *done_fault(const json_t *answer, const json_t *again)
{
	const json_t *w;
	size_t i;

	if (strcmp(properties_text(again, "reason"), "AlreadyInjected") != 0)
		return say("%s %s", properties_text(again, "reason"),
			   properties_text(again, "message"));
	json_array_foreach(json_object_get(again, "warnings"), i, w)
	{
		if (!says(answer, properties_text(w, "text")))
			return say("new warning: %s", properties_text(w, "text"));
	}
	return NULL;
}

/* Running on one's own output, also as an API server gives it back, changes nothing. */
static char *again_fault(json_t *pod, const struct settings *set, struct golden_around *around,
			 const json_t *answer)
{
	char *fault = NULL, *why;

	for (int filled = 0; filled < 2 && !fault; filled++) {
		json_t *again;

		if (filled)
			back_fill(pod);
		again = golden_run(pod, set, around);
		why = done_fault(answer, again);
		if (why)
			fault = say("again (%s): %s", filled ? "filled in" : "as patched", why);
		json_decref(again);
		free(why);
	}
	return fault;
}

static char *words_fault(const json_t *answer)
{
	const json_t *w;
	size_t i;

	json_array_foreach(json_object_get(answer, "warnings"), i,
			   w) if (strlen(properties_text(w, "text")) >
				  120) return say("long warning: %s", properties_text(w, "text"));
	if (strchr(properties_text(answer, "message"), '\n'))
		return say("the message has several lines");
	return NULL;
}

char *properties_patch_fault(json_t *pod, const json_t *patch, const char *prefix, bool removes)
{
	json_t *before = json_deep_copy(pod), *op;
	char *fault = NULL;
	struct err e;
	size_t i;

	json_array_foreach(patch, i, op)
	{
		json_t *one = json_pack("[O]", op);

		if (!fault)
			fault = operation_fault(pod, op, prefix, removes);
		if (!fault && jsonpatch_apply(pod, one, &e))
			fault = say("%s", e.msg);
		json_decref(one);
	}
	if (!fault)
		fault = changed_fault(before, pod, prefix, removes);
	json_decref(before);
	return fault;
}

char *properties_fault(const json_t *pod, const struct settings *set,
		       struct golden_around *around, const json_t *answer)
{
	const json_t *patch = json_object_get(answer, "patch");
	json_t *after = json_deep_copy(pod);
	char *fault = words_fault(answer);

	if (!fault && patch)
		fault = properties_patch_fault(after, patch, set->prefix, removes_keys(answer));
	if (!fault && patch)
		fault = again_fault(after, set, around, answer);
	json_decref(after);
	return fault;
}
