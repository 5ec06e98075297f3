/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/decide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/apply.h"
#include "common/fileio.h"
#include "common/plain.h"
#include "config/config.h"
#include "inject/reasons.h"

static int read_input(struct run *run, struct sys *sys, const char *file, struct err *e)
{
	AUTO(close) int fd = -1;

	if (!strcmp(file, "-"))
		return fileio_read_fd(sys, STDIN_FILENO, run->name, &run->input, e);
	/* Not only regular files: <(helm template ...) is a pipe. */
	fd = sys->ops->openat(sys, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to open %.150s", file);
	return fileio_read_fd(sys, fd, run->name, &run->input, e);
}

/* A file that was named wrongly is for the caller to mend; trying again would not help. */
static int blame_name(struct err *e)
{
	if (e->kind == ERR_IO && (e->sys == ENOENT || e->sys == ENOTDIR || e->sys == EISDIR ||
				  e->sys == EACCES || e->sys == ELOOP))
		e->kind = ERR_INVALID;
	return -1;
}

int run_init(struct run *run, struct sys *sys, const struct args *args, struct err *e)
{
	*run = (struct run){
		.name = strcmp(args->file, "-") != 0 ? args->file : "standard input",
		.namespace_ = args->namespace_ ? args->namespace_ : "default",
		.only = args->namespace_,
	};
	settings_init(&run->settings);
	buf_init(&run->input, INPUT_MAX);
	buf_init(&run->warnings, OUTPUT_MAX);
	buf_init(&run->refusal, 1u << 16);
	if (config_load(sys, args->config, &run->settings, e) < 0 ||
	    read_input(run, sys, args->file, e) < 0)
		return blame_name(e);
	run->stream = (struct stream){ .text = run->input.data, .len = run->input.len, .line = 1 };
	return 0;
}

void run_fini(struct run *run)
{
	settings_fini(&run->settings);
	beside_fini(&run->beside);
	buf_fini(&run->input);
	buf_fini(&run->warnings);
	buf_fini(&run->refusal);
}

/* A document whose bytes say neither has none of them: most need no second parse. */
static bool may_count(const struct stream_part *part)
{
	static const char *const kinds[] = { "Namespace", "ServiceAccount" };

	for (size_t i = 0; !part->between && i < COUNTOF(kinds); i++)
		if (memmem(part->text, part->len, kinds[i], strlen(kinds[i])))
			return true;
	return false;
}

int run_look_around(struct run *run, struct err *e)
{
	struct stream all = run->stream;
	struct stream_part part;

	while (stream_next(&all, &part)) {
		AUTO(tree) struct tree t = { .root = NULL };

		if (may_count(&part) &&
		    (tree_parse(&t, part.text, part.len, run->name, part.line, e) < 0 ||
		     beside_add(&run->beside, &t, run->namespace_, e) < 0))
			return -1;
	}
	return 0;
}

void document_fini(struct document *d)
{
	workloads_fini(&d->workloads);
	tree_fini(&d->tree);
}

int run_next(struct run *run, struct document *out, struct err *e)
{
	const struct stream_part *part = &out->part;

	document_fini(out);
	if (!stream_next(&run->stream, &out->part))
		return 0;
	if (part->between)
		return 1;
	if (tree_parse(&out->tree, part->text, part->len, run->name, part->line, e) < 0)
		return -1;
	if (workloads_find(&out->tree, run->namespace_, run->only, &out->workloads, e) < 0)
		return err_wrap(e, "%s: document %d", run->name, part->number);
	if (out->workloads.n && out->tree.fault.kind) {
		*e = out->tree.fault;
		return -1;
	}
	return 1;
}

void run_where(const struct run *run, const struct document *doc, const struct workload *w,
	       struct buf *out)
{
	plain_addf(out, "%s: document %d (%s): ", run->name, doc->part.number, w->label);
}

static void warn_misplaced(struct inject_result *out, const char *key, const char *kind)
{
	struct inject_warning *warning = &out->warnings[out->n_warnings++];
	AUTO(buf) struct buf text = { .max = sizeof(warning->text) - 1 };

	warning->reason = REASON_MISPLACED;
	reason_text(REASON_MISPLACED, (const char *const[]){ key, kind, NULL },
		    INJECT_WARNING_BYTES, &text);
	(void)snprintf(warning->text, sizeof(warning->text), "%s", text.data ? text.data : "");
}

/* A key on the workload itself asks nobody: only the template becomes the pod's metadata. */
static void find_misplaced(const struct run *run, const struct workload *w,
			   struct inject_result *out)
{
	static const char *const maps[] = { "annotations", "labels" };
	const char *prefix = run->settings.prefix;
	size_t n = strlen(prefix);

	for (size_t i = 0; w->template != w->object && i < COUNTOF(maps); i++) {
		const struct node *map = node_get(node_get(w->object, "metadata"), maps[i]);

		if (!map || map->kind != NODE_MAP)
			continue;
		EACH_NODE(c, map) {
			if (strncmp(c->key, prefix, n) != 0 || c->key[n] != '/' ||
			    out->n_warnings == INJECT_WARNINGS_MAX)
				continue;
			warn_misplaced(out, c->key, w->kind);
		}
	}
}

/* The pod has metadata by its controller, also where the template has none to be patched. */
static int give_metadata(struct document *doc, const struct workload *w, struct err *e)
{
	static const char op[] = "[{\"op\":\"add\",\"path\":\"/metadata\",\"value\":{}}]";
	const struct node *metadata = node_get(w->template, "metadata");
	AUTO(buf) struct buf patch = { .max = sizeof(op) };

	if (w->template == w->object || (metadata && metadata->kind != NODE_NULL))
		return 0;
	buf_adds(&patch, op);
	return apply_patch(&doc->tree, w->template, &patch, e);
}

int run_decide(struct run *run, struct document *doc, const struct workload *w,
	       struct inject_result *out, struct err *e)
{
	AUTO(buf) struct buf pod = { .max = OUTPUT_MAX };
	const struct inject_around around = beside_view(&run->beside);
	struct inject_request req = { .namespace_ = w->namespace_, .settings = &run->settings,
				      .around = &around };

	workload_pod(w, &pod);
	if (buf_check(&pod, "the pod", e) < 0)
		return -1;
	req.pod = pod.data;
	req.pod_len = pod.len;
	if (inject(&req, out, e) < 0 ||
	    (out->verdict == INJECT_PATCH &&
	     (give_metadata(doc, w, e) < 0 ||
	      apply_patch(&doc->tree, w->template, &out->patch, e) < 0)))
		return err_wrap(e, "%.60s: document %d (%.80s)", run->name, doc->part.number,
				w->label);
	find_misplaced(run, w, out);
	for (size_t i = 0; i < out->n_warnings; i++) {
		buf_adds(&run->warnings, "Warning: ");
		run_where(run, doc, w, &run->warnings);
		buf_addf(&run->warnings, "%s\n", out->warnings[i].text);
	}
	return 0;
}
