/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/former.h"

#include <string.h>

#include "inject/renew.h"
#include "inject/settings.h"
#include "inject/strip.h"

#define STATUS_VALUES_MAX (POD_CONTAINERS_MAX + 32)
#define VALUES_MAX (1u << 20)
#define TEXT_MAX (1u << 30) /* bytes; a pod's text, which has been read already */

static void auto_former(struct former *f)
{
	jsonspan_fini(&f->status);
	free(f->text);
}

static void auto_inject_result(struct inject_result *r)
{
	inject_result_fini(r);
}

/* Is MODE of the status one, and which? */
static bool read_mode(struct former *f)
{
	uint32_t mode = jsonspan_get(&f->status, 0, "mode");

	for (f->set.mode = 0; f->set.mode < MODES; f->set.mode++)
		if (jsonspan_eq(&f->status, mode, inject_mode_name(f->set.mode)))
			return true;
	return false;
}

/* Does the pod's status name another config? 1, 0, or -1 with an error. */
static int read_status(struct job *job, struct former *f)
{
	const struct level *l = &job->levels[LEVEL_POD];
	uint32_t v = l->value[ANNOT_STATUS], config;
	struct err e;
	size_t len;

	jsonspan_init(&f->status, STATUS_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	if (v == JSONSPAN_NONE)
		return 0;
	(void)jsonspan_raw(l->doc, v, &len);
	f->text = malloc(len + 1);
	if (!f->text)
		return err_set(job->e, ERR_NOMEM, 0, "no memory for a status");
	if (jsonspan_str(l->doc, v, f->text, len + 1) < 0)
		return 0;
	/* Anybody writes anything there: what cannot be read is none of ours. */
	if (jsonspan_parse(&f->status, f->text, strlen(f->text), &e))
		return 0;
	config = jsonspan_get(&f->status, 0, "config");
	f->containers = jsonspan_get(&f->status, 0, "containers");
	return jsonspan_type(&f->status, config) == JSONSPAN_STRING &&
	       !jsonspan_eq(&f->status, config, job->set->hash) && read_mode(f);
}

/* The endpoint that a writer of the pod has, and the image that ours come from. */
static bool read_containers(const struct pod *p, struct former *f)
{
	const struct container *c = pod_container(p, NAMES_INSTALL);
	uint32_t url = JSONSPAN_NONE, image;

	image = c ? jsonspan_member(p->doc, c->at, "image") : JSONSPAN_NONE;
	for (size_t i = 0; i < p->n && url == JSONSPAN_NONE; i++) {
		c = &p->all[i];
		if (c->ours)
			url = renew_endpoint(p->doc, jsonspan_member(p->doc, c->at, "args"));
		if (c->ours && image == JSONSPAN_NONE)
			image = jsonspan_member(p->doc, c->at, "image");
	}
	f->set.sidecar = pod_container(p, NAMES_ONCE) ? SIDECAR_CLASSIC : SIDECAR_NATIVE;
	return jsonspan_str(p->doc, url, f->base_url, sizeof(f->base_url)) > 0 &&
	       jsonspan_str(p->doc, image, f->image, sizeof(f->image)) > 0;
}

static bool read_audience(const struct pod *p, struct former *f)
{
	const struct jsonspan *d = p->doc;
	uint32_t v = jsonspan_first(d, p->volumes);

	while (v != JSONSPAN_NONE && !jsonspan_eq(d, jsonspan_member(d, v, "name"),
						  NAMES_ASSERTIONS))
		v = jsonspan_next(d, p->volumes, v);
	v = jsonspan_first(d, jsonspan_member(d, jsonspan_member(d, v, "projected"), "sources"));
	v = jsonspan_member(d, jsonspan_member(d, v, "serviceAccountToken"), "audience");
	return jsonspan_str(d, v, f->audience, sizeof(f->audience)) > 0;
}

/* Would ours be the same but for what renew.h takes over, piece by piece? */
static bool is_renewable(const struct job *job, const struct former *f)
{
	const struct federation *ours = job->wish.federation;
	bool classic = job->set->sidecar == SIDECAR_CLASSIC;

	/* What mode env gave to consumers is nowhere else. */
	return f->set.mode != MODE_ENV && f->set.mode == job->wish.mode &&
	       (f->set.mode != MODE_SIDECAR || (f->set.sidecar == SIDECAR_CLASSIC) == classic) &&
	       renew_is_version(f->image, job->set->image) &&
	       !strcmp(f->base_url, ours->base_url) && !strcmp(f->audience, ours->audience);
}

/* Make the settings of the other config, as far as they can be told. As read_status. */
static int read_config(struct job *job, struct former *f)
{
	int known;

	f->set = *job->set;
	f->federation = *job->wish.federation;
	known = read_status(job, f);
	if (known <= 0)
		return known;
	if (!read_audience(&job->pod, f) ||
	    (f->set.mode != MODE_ENV && !read_containers(&job->pod, f)) || is_renewable(job, f))
		return 0;
	f->federation.audience = f->audience;
	f->federation.base_url = f->base_url;
	f->set.image = f->image;
	f->set.federations = &f->federation;
	f->set.n_federations = 1;
	return 1;
}

/* Has the pod what that config would inject, and nothing else under our names? As read_status. */
static int is_injected(struct job *job, const struct former *f)
{
	AUTO(inject_result) struct inject_result r;

	inject_result_init(&r);
	if (job_decide(job, &f->set, NULL, job->pod.doc, job->pod.root, &r))
		return -1;
	return r.verdict == INJECT_PATCH || r.reason == REASON_ALREADY_INJECTED;
}

/* R is what follows from taking out, by the operations in TAKEN: make it the verdict. */
static int conclude(struct job *job, const struct buf *taken, struct inject_result *r)
{
	struct inject_result was = *job->out;
	AUTO(buf) struct buf rest = r->patch;

	buf_init(&r->patch, rest.max);
	if (r->verdict == INJECT_PATCH) {
		buf_add(&r->patch, taken->data, taken->len);
		buf_addc(&r->patch, ',');
		buf_add(&r->patch, rest.data + 1, rest.len - 1);
	}
	*job->out = *r;
	*r = was;
	return r->verdict == INJECT_PATCH ? make_check(job) : 1;
}

int former_renew(struct job *job)
{
	AUTO(former) struct former f = { .text = NULL };
	AUTO(jsonspan) struct jsonspan rest = { .max = VALUES_MAX, .depth_max = JSONSPAN_DEPTH_MAX };
	AUTO(buf) struct buf text = { .max = TEXT_MAX };
	AUTO(buf) struct buf taken = { .max = job->out->patch.max };
	AUTO(inject_result) struct inject_result r;
	int known;

	inject_result_init(&r);
	known = read_config(job, &f);
	if (known > 0)
		known = is_injected(job, &f);
	if (known <= 0)
		return known;
	if (strip(job, &f, &taken, &text) ||
	    jsonspan_parse(&rest, text.data, text.len, job->e) ||
	    job_decide(job, job->set, &f, &rest, 0, &r))
		return -1;
	/* Where nothing would be injected, what is there is left alone. */
	return r.verdict == INJECT_SKIP ? 0 : conclude(job, &taken, &r);
}

bool former_served(const struct former *f, const char *name)
{
	for (uint32_t i = f ? jsonspan_first(&f->status, f->containers) : JSONSPAN_NONE;
	     i != JSONSPAN_NONE; i = jsonspan_next(&f->status, f->containers, i))
		if (jsonspan_eq(&f->status, i, name))
			return true;
	return false;
}
