/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rewrite.h"

#include "cli/edit.h"
#include "common/plain.h"

static void auto_result(struct inject_result *r)
{
	inject_result_fini(r);
}

/* CHANGED is set when the workload was; 1: it was refused. */
static int decide_one(struct run *run, struct document *doc, const struct workload *w,
		      bool *changed, struct err *e)
{
	AUTO(result) struct inject_result r;

	inject_result_init(&r);
	if (run_decide(run, doc, w, &r, e) < 0)
		return -1;
	*changed = *changed || r.verdict == INJECT_PATCH;
	if (r.verdict != INJECT_DENY)
		return 0;
	run_where(run, doc, w, &run->refusal);
	buf_adds(&run->refusal, r.message.data);
	return 1;
}

static int rewrite_one(struct run *run, struct document *doc, struct buf *out, struct err *e)
{
	const struct stream_part *part = &doc->part;
	AUTO(buf) struct buf made = { .max = out->max };
	bool changed = false, anew = false;

	for (size_t i = 0; i < doc->workloads.n; i++) {
		int decided = decide_one(run, doc, &doc->workloads.items[i], &changed, e);

		if (decided)
			return decided;
	}
	if (!changed) {
		buf_add(out, part->text, part->len);
		return 0;
	}
	if (edit_write(&doc->tree, part->text, part->len, &made, &anew, e) < 0)
		return err_wrap(e, "%s: document %d", run->name, part->number);
	/* Brackets may follow JSON on its line, the block they became may not. */
	if (anew && !doc->tree.json && out->len && out->data[out->len - 1] != '\n')
		buf_adds(out, "\n---\n");
	buf_add(out, made.data, made.len);
	if (anew) {
		plain_addf(&run->warnings, "Warning: %s: document %d: written anew, without its "
			   "comments%s", run->name, part->number,
			   doc->tree.aliased ? ": its aliases had to be written out" : "");
		buf_addc(&run->warnings, '\n');
	}
	return 0;
}

int rewrite(struct run *run, struct buf *out, struct err *e)
{
	AUTO(document) struct document doc = { .tree = { .root = NULL } };
	int more;

	if (run_look_around(run, e) < 0)
		return -1;
	while ((more = run_next(run, &doc, e)) > 0) {
		int ret = doc.part.between ? 0 : rewrite_one(run, &doc, out, e);

		if (doc.part.between)
			buf_add(out, doc.part.text, doc.part.len);
		if (ret)
			return ret < 0 ? -1 : 0;
	}
	return more < 0 ? -1 : buf_check(out, "the output", e);
}
