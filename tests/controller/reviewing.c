/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/reviewing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"

void reviewing_send(struct tls_client *c, const char *namespace_, const char *account,
		    const char *metadata)
{
	AUTO(buf) struct buf body, post;

	buf_init(&body, 1 << 16);
	buf_init(&post, 1 << 16);
	buf_addf(&body,
		 "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
		 "\"request\":{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"namespace\":"
		 "\"%s\",\"object\":{\"metadata\":{\"name\":\"p\"%s},\"spec\":{"
		 "\"serviceAccountName\":\"%s\",\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}}}",
		 namespace_, metadata, account);
	buf_addf(&post, "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: %zu\r\n\r\n%s",
		 body.len, body.data);
	cr_assert(tls_client_send(c, post.data, post.len));
}

void reviewing_answer(struct tls_client *c, int status, const char *want)
{
	char head[2048], body[65536];
	size_t len;

	cr_expect(eq(int, tls_client_answer(c, head, sizeof(head), body, sizeof(body), &len),
		     status));
	cr_expect(strstr(body, want) != NULL, "%s not in %s", want, body);
}

void reviewing_expect(const struct process *p, const char *namespace_, const char *account,
		      const char *metadata, const char *want)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);

	reviewing_send(&c, namespace_, account, metadata);
	reviewing_answer(&c, 200, want);
}

int reviewing_get(const struct process *p, const char *path, char *out, size_t size)
{
	AUTO(client) struct tls_client c = tls_client_open(p->metrics_port, false);
	char head[2048], text[128];
	size_t len;

	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nhost: x\r\n\r\n", path);
	cr_assert(tls_client_sends(&c, text));
	return tls_client_answer(&c, head, sizeof(head), out, size, &len);
}

void reviewing_await_figure(const struct process *p, const char *want, bool there)
{
	AUTO(client) struct tls_client pace = tls_client_open(p->metrics_port, false);
	char text[16384];

	for (;;) {
		cr_assert(eq(int, reviewing_get(p, "/metrics", text, sizeof(text)), 200));
		if ((strstr(text, want) != NULL) == there)
			return;
		(void)tls_client_ready(&pace, 20); /* as below */
	}
}

bool reviewing_is_ready(const struct process *p, char *out, size_t size)
{
	return reviewing_get(p, "/readyz", out, size) == 200;
}

void reviewing_await_ready(const struct process *p)
{
	AUTO(client) struct tls_client pace = tls_client_open(p->metrics_port, false);
	char text[256];

	while (!reviewing_is_ready(p, text, sizeof(text)))
		(void)tls_client_ready(&pace, 20); /* nothing comes: it paces the questions */
}
