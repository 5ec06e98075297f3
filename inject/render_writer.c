/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "inject/plan.h"
#include "inject/render.h"

#define PROBE_NEVER_GIVES_UP 2147483647
#define GRACE_MAX 86400 /* s; what the writer takes */

/* Does W run in its consumer's image, whose USER decides the uid? */
static bool in_app_image(const struct writer *w)
{
	return w->identity.uid < 0;
}

static const char *bin_dir(const struct writer *w)
{
	return in_app_image(w) ? PATH_BIN : "";
}

/*
 * Append S as an argument of a container, where "$(" would begin a reference to
 * a variable and "$$" is a plain '$'. Source: Kubernetes Container, "args".
 */
static void add_arg(struct buf *out, const char *s)
{
	AUTO(buf) struct buf safe = { .max = out->max };
	size_t n;

	for (; s[n = strcspn(s, "$")]; s += n + 1) {
		buf_add(&safe, s, n);
		buf_adds(&safe, "$$");
	}
	buf_adds(&safe, s);
	out->failed = out->failed ? out->failed : safe.failed;
	buf_addc(out, ',');
	buf_add_json(out, safe.data ? safe.data : "", safe.len);
}

static void add_option(struct buf *out, const char *option, const char *value)
{
	if (!value[0])
		return;
	add_arg(out, option);
	add_arg(out, value);
}

/* Source: Kubernetes PodSpec, terminationGracePeriodSeconds: "Defaults to 30 seconds". */
static int64_t grace_s(const struct pod *p)
{
	int64_t s = 30;

	(void)jsonspan_int(p->doc,
			   jsonspan_member(p->doc, p->spec, "terminationGracePeriodSeconds"), &s);
	return s < 0 ? 0 : s > GRACE_MAX ? GRACE_MAX : s;
}

static void render_args(const struct job *job, const struct writer *w, enum render_kind kind,
			struct buf *out)
{
	const struct federation *f = job->wish.federation;
	const char *dir = bin_dir(w);

	buf_addf(out, "\"args\":[\"%s\"", kind == RENDER_ONCE ? "once" : "run");
	add_option(out, "--assertions", PATH_ASSERTIONS);
	add_option(out, "--output", PATH_CREDENTIALS);
	buf_addf(out, ",\"--exchange\",\"%s/wif-exchange\"", dir);
	add_option(out, "--base-url", f->base_url);
	buf_addf(out, ",\"--ca-bundle\",\"%s/ca-bundle.pem\"", dir);
	add_option(out, "--ca-pem", f->ca_bundle);
	add_option(out, "--proxy", f->proxy);
	add_option(out, "--no-proxy", f->no_proxy);
	if (f->insecure)
		add_arg(out, "--insecure");
	buf_addf(out, ",\"--lifetime\",\"%d\"",
		 f->token_lifetime_s ? f->token_lifetime_s : PLAN_LIFETIME);
	/* An ordinary container is stopped with its consumers, which may go on that long. */
	if (kind == RENDER_ORDINARY)
		buf_addf(out, ",\"--grace\",\"%lld\"", (long long)grace_s(&job->pod));
	buf_addc(out, ']');
}

static void add_variable(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "{\"name\":\"%s\",\"value\":", name);
	buf_add_json(out, value, strlen(value));
	buf_adds(out, "},");
}

/* All of them, always: what an image says in its ENV must never count. */
static void render_env(const struct wish *w, struct buf *out)
{
	buf_adds(out, "\"env\":[");
	add_variable(out, "ANTHROPIC_FEDERATION_RULE_ID", w->rule);
	add_variable(out, "ANTHROPIC_ORGANIZATION_ID", w->organization);
	add_variable(out, "ANTHROPIC_SERVICE_ACCOUNT_ID", w->service_account);
	add_variable(out, "ANTHROPIC_WORKSPACE_ID", w->workspace);
	buf_adds(out, "{\"name\":\"WIF_POD_UID\",\"valueFrom\":{\"fieldRef\":"
		      "{\"apiVersion\":\"v1\",\"fieldPath\":\"metadata.uid\"}}}]");
}

/*
 * A check that waits opens the gate at its first run; one that has failed for
 * however long leaves the retrying to the writer, which must not be killed.
 */
static void render_probe(const struct writer *w, struct buf *out)
{
	buf_addf(out,
		 "\"startupProbe\":{\"exec\":{\"command\":[\"%s/wif-writer\",\"check\","
		 "\"--output\",\"" PATH_CREDENTIALS "\",\"--wait\",\"4s\"]},\"timeoutSeconds\":6,"
		 "\"periodSeconds\":1,\"successThreshold\":1,\"failureThreshold\":%d}",
		 bin_dir(w), PROBE_NEVER_GIVES_UP);
}

/* Append `"FIELD":VALUE,` when the container's own security context sets FIELD. */
static void copy_security(const struct job *job, const struct container *c, const char *field,
			  struct buf *out)
{
	uint32_t v = jsonspan_member(job->pod.doc, c->security, field);
	size_t len;
	const char *raw = jsonspan_raw(job->pod.doc, v, &len);

	if (!len)
		return;
	buf_addf(out, "\"%s\":", field);
	buf_add(out, raw, len);
	buf_addc(out, ',');
}

/*
 * In its own image the writer names the consumer's uid. In the consumer's image
 * it has the user fields exactly as the consumer has them: adding runAsNonRoot
 * would keep an image with `USER name` from starting.
 */
static void render_security(const struct job *job, const struct writer *w, struct buf *out)
{
	static const char *const as_consumer[] = { "runAsGroup", "seLinuxOptions" };
	static const char *const in_its_image[] = { "runAsNonRoot", "appArmorProfile" };
	bool app = in_app_image(w);
	bool profiled =
		jsonspan_member(job->pod.doc, job->pod.security, "seccompProfile") != JSONSPAN_NONE;

	buf_adds(out, "\"securityContext\":{");
	for (size_t i = 0; i < COUNTOF(as_consumer); i++)
		copy_security(job, w->model, as_consumer[i], out);
	for (size_t i = 0; app && i < COUNTOF(in_its_image); i++)
		copy_security(job, w->model, in_its_image[i], out);
	if (!app)
		buf_addf(out, "\"runAsUser\":%lld,\"runAsNonRoot\":%s,", (long long)w->identity.uid,
			 w->identity.uid ? "true" : "false");
	if (!app || !profiled)
		buf_adds(out, "\"seccompProfile\":{\"type\":\"RuntimeDefault\"},");
	buf_adds(out, "\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},"
		      "\"readOnlyRootFilesystem\":true}");
}

static void render_image(const struct job *job, const struct writer *w, struct buf *out)
{
	const struct jsonspan *d = job->pod.doc;
	size_t len;
	const char *raw;

	if (!in_app_image(w)) {
		buf_adds(out, "\"image\":");
		buf_add_json(out, job->set->image, strlen(job->set->image));
		buf_addf(out, ",\"imagePullPolicy\":\"%s\"", job->set->image_pull_policy);
		return;
	}
	raw = jsonspan_raw(d, w->identity.image, &len);
	buf_adds(out, "\"image\":");
	buf_add(out, raw, len);
	raw = jsonspan_raw(d, jsonspan_member(d, w->model->at, "imagePullPolicy"), &len);
	if (len) {
		buf_adds(out, ",\"imagePullPolicy\":");
		buf_add(out, raw, len);
	}
}

static void render_mounts(const struct writer *w, struct buf *out)
{
	buf_addf(out,
		 "\"volumeMounts\":[{\"name\":\"" NAMES_CREDENTIALS "%s\",\"mountPath\":"
		 "\"" PATH_CREDENTIALS "\"},{\"name\":\"" NAMES_ASSERTIONS "%s\",\"mountPath\":"
		 "\"" PATH_ASSERTIONS "\",\"readOnly\":true}%s]",
		 w->suffix, w->suffix,
		 in_app_image(w) ? ",{\"name\":\"" NAMES_BIN "\",\"mountPath\":\"" PATH_BIN
				   "\",\"readOnly\":true}" :
				   "");
}

void render_writer(const struct job *job, const struct writer *w, enum render_kind kind,
		   const char *name, const struct resources *r, struct buf *out)
{
	buf_addf(out, "{\"name\":\"%s%s\",", name, w->suffix);
	render_image(job, w, out);
	buf_addf(out, ",\"command\":[\"%s/wif-writer\"],", bin_dir(w));
	render_args(job, w, kind, out);
	buf_addc(out, ',');
	render_env(&job->wish, out);
	buf_addc(out, ',');
	if (kind == RENDER_NATIVE) {
		buf_adds(out, "\"restartPolicy\":\"Always\",");
		render_probe(w, out);
		buf_addc(out, ',');
	}
	buf_adds(out, "\"resources\":");
	resources_render(r, out);
	buf_addc(out, ',');
	render_mounts(w, out);
	buf_addc(out, ',');
	render_security(job, w, out);
	buf_adds(out, ",\"terminationMessagePolicy\":\"File\"}");
}

void render_install(const struct job *job, const struct resources *r, struct buf *out)
{
	buf_adds(out, "{\"name\":\"" NAMES_INSTALL "\",\"image\":");
	buf_add_json(out, job->set->image, strlen(job->set->image));
	buf_addf(out, ",\"imagePullPolicy\":\"%s\"", job->set->image_pull_policy);
	buf_adds(out, ",\"command\":[\"/wif-writer\"],\"args\":[\"install\",\"" PATH_BIN "\"],"
		      "\"resources\":");
	resources_render(r, out);
	buf_adds(out,
		 ",\"volumeMounts\":[{\"name\":\"" NAMES_BIN "\",\"mountPath\":\"" PATH_BIN "\"}],"
		 "\"securityContext\":{\"runAsUser\":65532,\"runAsNonRoot\":true,"
		 "\"seccompProfile\":{\"type\":\"RuntimeDefault\"},"
		 "\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},"
		 "\"readOnlyRootFilesystem\":true},\"terminationMessagePolicy\":\"File\"}");
}
