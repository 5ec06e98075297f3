/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/goal.h"

#include <stdio.h>

#include "inject/render.h"

#define TEXT_MAX (1u << 20) /* bytes; a CA bundle of 16 KiB in each of 8 containers fits */

/* Begin a piece in LIST; its text is what is appended to the goal's until end_piece. */
static struct piece *begin_piece(struct goal *g, struct piece *list, size_t *n, const char *name,
				 const char *suffix)
{
	struct piece *p = &list[(*n)++];

	*p = (struct piece){ .start = g->text.len, .found = JSONSPAN_NONE };
	(void)snprintf(p->name, sizeof(p->name), "%s%s", name, suffix);
	return p;
}

static void end_piece(const struct goal *g, struct piece *p)
{
	p->len = g->text.len - p->start;
}

static void build_volumes(const struct job *job, struct goal *g)
{
	struct piece *p;

	for (size_t i = 0; i < job->n_writers; i++) {
		const struct writer *w = &job->writers[i];

		if (job->wish.mode != MODE_ENV) {
			p = begin_piece(g, g->volumes, &g->n_volumes, NAMES_CREDENTIALS, w->suffix);
			render_credentials(w, &g->text);
			end_piece(g, p);
		}
		p = begin_piece(g, g->volumes, &g->n_volumes, NAMES_ASSERTIONS, w->suffix);
		buf_addf(&g->text, "{\"name\":\"%s\",\"projected\":", p->name);
		p->part = g->text.len;
		render_assertions(job, w, &g->text);
		p->part_len = g->text.len - p->part;
		buf_addc(&g->text, '}');
		end_piece(g, p);
	}
	if (!job->app_image)
		return;
	p = begin_piece(g, g->volumes, &g->n_volumes, NAMES_BIN, "");
	render_bin(&g->text);
	end_piece(g, p);
}

/* Do the pod's ordinary containers run on until it is deleted? */
static bool is_long_running(const struct pod *p)
{
	uint32_t policy = jsonspan_member(p->doc, p->spec, "restartPolicy");

	return policy == JSONSPAN_NONE || jsonspan_eq(p->doc, policy, "Always");
}

static void build_writer(const struct job *job, struct goal *g, const struct writer *w,
			 const struct resources *r)
{
	bool classic = job->wish.mode == MODE_SIDECAR && job->set->sidecar == SIDECAR_CLASSIC;
	const char *name = classic ? NAMES_ONCE : NAMES_WRITER;
	struct piece *p = begin_piece(g, g->init, &g->n_init, name, w->suffix);

	render_writer(job, w, classic || job->wish.mode == MODE_INIT ? RENDER_ONCE : RENDER_NATIVE,
		      name, r, &g->text);
	end_piece(g, p);
	if (!classic || !is_long_running(&job->pod))
		return;
	p = begin_piece(g, g->ordinary, &g->n_ordinary, NAMES_WRITER, w->suffix);
	render_writer(job, w, RENDER_ORDINARY, NAMES_WRITER, r, &g->text);
	end_piece(g, p);
}

int goal_build(struct job *job, struct goal *g)
{
	struct resources r;
	struct piece *p;

	*g = (struct goal){ .n_volumes = 0 };
	buf_init(&g->text, TEXT_MAX);
	for (size_t i = 0; i < job->n_writers; i++)
		job->app_image |= job->wish.mode != MODE_ENV && job->writers[i].identity.uid < 0;
	build_volumes(job, g);
	if (job->wish.mode == MODE_ENV)
		return buf_check(&g->text, "the rendered pod", job->e);
	if (resources_choose(job, &r))
		return 1;
	if (job->app_image) {
		p = begin_piece(g, g->init, &g->n_init, NAMES_INSTALL, "");
		render_install(job, &r, &g->text);
		end_piece(g, p);
	}
	for (size_t i = 0; i < job->n_writers; i++)
		build_writer(job, g, &job->writers[i], &r);
	return buf_check(&g->text, "the rendered pod", job->e);
}

void goal_fini(struct goal *g)
{
	buf_fini(&g->text);
}

const char *goal_text(const struct goal *g, const struct piece *p, size_t *len)
{
	*len = p->len;
	return g->text.data + p->start;
}
