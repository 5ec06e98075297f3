/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/strip.h"

#include <stdio.h>
#include <string.h>

#include "inject/patch.h"
#include "inject/vars.h"

#define PATH_SIZE 128

struct strip {
	const struct jsonspan *doc;
	const struct former *former;
	struct patch ops;
	unsigned char *gone; /* owned; by value: is it to be left out of the text? */
	struct var vars[VARS_MAX];
	size_t n_vars;
	bool begun; /* in the env being read: the first variable was met */
};

static void auto_strip(struct strip *s)
{
	free(s->gone);
}

static bool is_ours(struct strip *s, uint32_t item)
{
	return pod_name_begins(s->doc, jsonspan_member(s->doc, item, "name"), NAMES_PREFIX);
}

/* Does ENTRY of a consumer's env say what the K-th variable said? */
static bool is_value(const struct strip *s, uint32_t entry, size_t k)
{
	uint32_t value = jsonspan_member(s->doc, entry, "value");

	if (jsonspan_member(s->doc, entry, "valueFrom") != JSONSPAN_NONE)
		return false;
	return (s->former->set.mode == MODE_ENV && k) || jsonspan_eq(s->doc, value, s->vars[k].value);
}

static bool is_put(struct strip *s, uint32_t entry)
{
	uint32_t name = jsonspan_member(s->doc, entry, "name");
	size_t k = 0;
	bool put;

	while (k < s->n_vars && !jsonspan_eq(s->doc, name, s->vars[k].name))
		k++;
	put = k < s->n_vars && (!k || s->begun) && is_value(s, entry, k);
	s->begun = put || (s->begun && s->former->set.mode != MODE_ENV);
	return put;
}

/* Take those out of LIST, which is at PATH, that PICK picks; and LIST, when none is left. */
static void strip_list(struct strip *s, uint32_t list, const char *path,
		       bool (*pick)(struct strip *, uint32_t))
{
	char at[PATH_SIZE + 32], name[64];
	size_t kept = 0, n = 0;

	for (uint32_t i = jsonspan_first(s->doc, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(s->doc, list, i)) {
		if (!pick(s, i)) {
			kept++;
			continue;
		}
		(void)jsonspan_show(s->doc, jsonspan_member(s->doc, i, "name"), name, sizeof(name));
		(void)snprintf(at, sizeof(at), "%s/%zu/name", path, kept);
		patch_test_string(&s->ops, at, name);
		(void)snprintf(at, sizeof(at), "%s/%zu", path, kept);
		patch_remove(&s->ops, at);
		s->gone[i] = 1;
		n++;
	}
	if (n && !kept) {
		patch_remove(&s->ops, path);
		s->gone[list] = 1;
	}
}

static void strip_consumer(struct strip *s, const struct container *c, const char *lists)
{
	char path[PATH_SIZE];

	s->begun = false;
	(void)snprintf(path, sizeof(path), "%s/%u/env", lists, c->index);
	strip_list(s, jsonspan_member(s->doc, c->at, "env"), path, is_put);
	(void)snprintf(path, sizeof(path), "%s/%u/volumeMounts", lists, c->index);
	strip_list(s, jsonspan_member(s->doc, c->at, "volumeMounts"), path, is_ours);
}

static void strip_spec(struct strip *s, const struct job *job)
{
	static const char init[] = "/spec/initContainers", ordinary[] = "/spec/containers";
	const struct pod *p = &job->pod;

	for (size_t i = 0; i < p->n; i++)
		if (!p->all[i].ours && (former_served(s->former, p->all[i].name) ||
					consumers_served(job, &p->all[i])))
			strip_consumer(s, &p->all[i], p->all[i].init ? init : ordinary);
	strip_list(s, jsonspan_member(s->doc, p->spec, "volumes"), "/spec/volumes", is_ours);
	strip_list(s, jsonspan_member(s->doc, p->spec, "initContainers"), init, is_ours);
	strip_list(s, jsonspan_member(s->doc, p->spec, "containers"), ordinary, is_ours);
}

/* Append V's text less what is gone. Recursion ends at the document's depth limit. */
static void copy(const struct strip *s, uint32_t v, struct buf *out)
{
	const struct jsonspan *d = s->doc;
	bool object = jsonspan_type(d, v) == JSONSPAN_OBJECT;
	const char *raw, *separator = "";
	size_t len;

	if (!object && jsonspan_type(d, v) != JSONSPAN_ARRAY) {
		raw = jsonspan_raw(d, v, &len);
		buf_add(out, raw, len);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	for (uint32_t i = jsonspan_first(d, v); i != JSONSPAN_NONE; i = jsonspan_next(d, v, i)) {
		uint32_t value = object ? jsonspan_of(d, i) : i;

		if (s->gone[value])
			continue;
		buf_adds(out, separator);
		separator = ",";
		raw = jsonspan_raw(d, i, &len);
		if (object) {
			buf_add(out, raw, len);
			buf_addc(out, ':');
		}
		copy(s, value, out);
	}
	buf_addc(out, object ? '}' : ']');
}

int strip(const struct job *job, const struct former *f, struct buf *ops, struct buf *text)
{
	const struct wish w = { .mode = f->set.mode, .federation = &f->federation,
				.workspace = "any" };
	AUTO(strip) struct strip s = { .doc = job->pod.doc, .former = f };

	s.n_vars = vars_consumer(&w, s.vars);
	s.gone = calloc(s.doc->n, 1);
	if (!s.gone)
		return err_set(job->e, ERR_NOMEM, 0, "no memory for the pod as it was");
	patch_begin(&s.ops, ops);
	strip_spec(&s, job);
	copy(&s, job->pod.root, text);
	if (buf_check(ops, "the patch", job->e))
		return -1;
	return buf_check(text, "the pod as it was", job->e);
}
