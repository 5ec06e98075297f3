/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/render.h"

#include <stdio.h>
#include <string.h>

#include "inject/settings.h"

static void add_string(struct buf *out, const char *s)
{
	buf_add_json(out, s, strlen(s));
}

void render_credentials(const struct writer *w, struct buf *out)
{
	buf_addf(out,
		 "{\"name\":\"" NAMES_CREDENTIALS "%s\","
		 "\"emptyDir\":{\"medium\":\"Memory\",\"sizeLimit\":\"1Mi\"}}",
		 w->suffix);
}

void render_path(const struct job *job, int i, char out[RENDER_PATH_SIZE])
{
	if (job->wish.mode == MODE_ENV)
		(void)snprintf(out, RENDER_PATH_SIZE, "token");
	else
		(void)snprintf(out, RENDER_PATH_SIZE, "assertion-%d", i);
}

void render_assertions(const struct job *job, const struct writer *w, struct buf *out)
{
	char path[RENDER_PATH_SIZE];

	/* 420 is 0644, the API server's default: written out because it would be filled in. */
	buf_adds(out, "{\"defaultMode\":420,\"sources\":[");
	for (int i = 0; i < job->n_assertions; i++) {
		buf_adds(out, i ? "," : "");
		buf_adds(out, "{\"serviceAccountToken\":{\"audience\":");
		add_string(out, job->wish.federation->audience);
		render_path(job, i, path);
		buf_addf(out, ",\"expirationSeconds\":%d,\"path\":\"%s\"}}", w->expirations[i],
			 path);
	}
	buf_adds(out, "]}");
}

void render_bin(struct buf *out)
{
	/* On disk: a tmpfs would be charged to the pod for its whole life. */
	buf_adds(out, "{\"name\":\"" NAMES_BIN "\",\"emptyDir\":{\"sizeLimit\":\"16Mi\"}}");
}

void render_mount(const struct job *job, const struct writer *w, struct buf *out)
{
	buf_addf(out,
		 "{\"name\":\"%s%s\",\"mountPath\":\"" PATH_CREDENTIALS "\",\"readOnly\":true}",
		 job->wish.mode == MODE_ENV ? NAMES_ASSERTIONS : NAMES_CREDENTIALS, w->suffix);
}

void render_status(const struct job *job, struct buf *out)
{
	const char *separator = "";

	buf_adds(out, "{\"version\":\"" WIF_VERSION "\",\"mode\":");
	add_string(out, inject_mode_name(job->wish.mode));
	if (job->wish.mode != MODE_ENV)
		buf_addf(out, ",\"strategy\":\"%s\"", job->app_image ? "app-image" : "own-image");
	buf_adds(out, ",\"config\":");
	add_string(out, job->set->hash);
	buf_adds(out, ",\"containers\":[");
	for (size_t i = 0; i < job->pod.n; i++) {
		if (job->pod.all[i].writer < 0)
			continue;
		buf_adds(out, separator);
		add_string(out, job->pod.all[i].name);
		separator = ",";
	}
	buf_adds(out, "]}");
}
