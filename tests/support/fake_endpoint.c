/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint and the client of tests/support/fake_world.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/creddir.h"
#include "tests/support/fake_world.h"

static int64_t true_ns(const struct fake_world *w)
{
	return w->sys->boot_ns + w->sys->true_off_ns;
}

static struct world_token *token_of(struct fake_world *w, const char *id)
{
	for (unsigned i = 0; i < w->n_sources; i++)
		if (!strcmp(w->token[i].id, id))
			return &w->token[i];
	return NULL;
}

/* Remember the assertion ID. False when it was presented before and must not be again. */
static bool fresh(struct fake_world *w, const char *id, bool throttled)
{
	unsigned held = w->n_seen < WORLD_SEEN_MAX ? w->n_seen : WORLD_SEEN_MAX;

	for (unsigned i = 0; i < held; i++) {
		if (strcmp(w->seen[i].id, id) != 0)
			continue;
		if (!w->seen[i].once_more) {
			w->replays++;
			return false;
		}
		w->seen[i].once_more = false;
		return true;
	}
	/* The oldest is forgotten long after it expired. */
	(void)snprintf(w->seen[w->n_seen % WORLD_SEEN_MAX].id, sizeof(w->seen[0].id), "%s", id);
	w->seen[w->n_seen++ % WORLD_SEEN_MAX].once_more = throttled;
	return true;
}

static enum world_answer choose(struct fake_world *w)
{
	if (w->next_script < w->n_script)
		return w->script[w->next_script++];
	if (w->answer >= 0)
		return (enum world_answer)w->answer;
	if (fake_world_chance(w) % 1000 < w->fail_permille)
		return fake_world_chance(w) % 2 ? WORLD_TRANSIENT : WORLD_CRASH;
	return WORLD_GRANT;
}

enum world_answer fake_world_present(struct fake_world *w, const char *request, size_t len)
{
	const char *assertion = strstr(request, "\n\n"), *signature = strrchr(request, '.');
	enum world_answer a = choose(w);
	struct world_token *t;
	char id[WORLD_ID_LEN + 1];

	if (w->dry_at_end && !w->recovery_ns)
		w->recovery_ns = w->sys->boot_ns - w->outage_end_ns;
	if (!len || !assertion || !signature || strlen(signature) <= WORLD_ID_LEN)
		abort(); /* not a request at all */
	if (a == WORLD_NOT_SENT) {
		w->not_sent++;
		return a;
	}
	(void)snprintf(id, sizeof(id), "%.*s", WORLD_ID_LEN, signature + 1);
	w->presentations++;
	t = token_of(w, id);
	if (!fresh(w, id, a == WORLD_THROTTLE) && a == WORLD_GRANT)
		a = WORLD_DENY;
	if (a == WORLD_GRANT && (!t || t->exp_s + 30 < true_ns(w) / NS_PER_S))
		a = WORLD_DENY;
	if (t) {
		t->presented = true;
		t->lost |= w->answer >= 0;
	}
	w->presented_left_s = t ? t->exp_s - true_ns(w) / NS_PER_S : 0;
	return a;
}

static enum world_phase phase_after_a_grant(const struct fake_world *w)
{
	if (w->phase == WORLD_OUTAGE && !w->outage_end_ns)
		return WORLD_OUTAGE;
	for (unsigned i = 0; w->phase != WORLD_CALM && i < w->n_sources; i++)
		if (w->token[i].lost)
			return WORLD_AFTERMATH;
	return WORLD_CALM;
}

static int64_t grant(struct fake_world *w)
{
	int64_t s = 2 * w->presented_left_s;

	if (s < 60 && !w->allow_short)
		s = 60;
	if (s > w->lifetime_s)
		s = w->lifetime_s;
	/* Minted when the request arrived, which is not before it was made. */
	w->token_end_s[w->n_tokens++ % WORLD_SEEN_MAX] =
		true_ns(w) / NS_PER_S + s - w->latency_ms / 1000;
	w->grants++;
	return s;
}

void fake_world_reply(struct fake_world *w, enum world_answer a, int fd)
{
	static const char *const texts[] = {
		[WORLD_DENY] = "result denied\nstatus 401\nrequest-id req_1\n\n",
		[WORLD_MALFORMED] = "result malformed\nstatus 400\nrequest-id req_2\n\n",
		[WORLD_THROTTLE] = "result throttled\nstatus 429\nretry-after 1\n\n",
		[WORLD_TRANSIENT] = "result transient\nstatus 503\ndetail HTTP 503\n\n",
		[WORLD_NOT_SENT] = "result not-sent\ndetail connection refused\n\n",
	};
	char text[256] = "";
	size_t len;

	if (a == WORLD_GRANT || a == WORLD_CUT_OFF || a == WORLD_CRASH) {
		int64_t s = grant(w);

		(void)snprintf(text, sizeof(text),
			       "result granted\nstatus 200\nexpires-in %" PRId64
			       "\ndate %" PRId64 "\nrequest-id req_%u\n%s\nsk-ant-oat01-%u\n",
			       s, true_ns(w) / NS_PER_S, w->presentations,
			       w->unconfined ? "unconfined landlock\n" : "", w->n_tokens - 1);
	} else if ((size_t)a < sizeof(texts) / sizeof(texts[0]) && texts[a]) {
		(void)snprintf(text, sizeof(text), "%s", texts[a]);
	}
	if (a == WORLD_GRANT)
		w->phase = phase_after_a_grant(w);
	len = a == WORLD_CUT_OFF ? strlen(text) - 9 : strlen(text);
	if (write(fd, text, len) != (ssize_t)len)
		abort();
}

/* The credential on disk; false when there is no readable one. */
static bool read_credential(struct fake_world *w, int64_t *true_end_s, int64_t *claimed_s)
{
	struct sys real = sys_real();
	struct creddir_credential c;
	struct err e = { 0 };
	char path[200];
	AUTO(buf) struct buf token;
	unsigned number;

	buf_init(&token, 4096);
	(void)snprintf(path, sizeof(path), "%s/credentials/wif.json", w->out);
	if (creddir_read_credential(&real, -1, path, w->uid, &token, &c, &e) < 0 ||
	    sscanf(token.data, "sk-ant-oat01-%u", &number) != 1 || number >= w->n_tokens)
		return false;
	*true_end_s = w->token_end_s[number % WORLD_SEEN_MAX];
	*claimed_s = c.expires_at_s;
	return true;
}

void fake_world_look(struct fake_world *w)
{
	struct wall wall = { fake_sys_wall_ns(w->sys) / NS_PER_S };
	struct sys real = sys_real();
	struct creddir c;

	w->looks++;
	creddir_judge(&real, w->out, CREDDIR_PROFILE, w->uid, wall, 0, &c);
	if (w->client_off && c.state == CREDDIR_REFUSED)
		return; /* a test spoilt the file; the writer has not seen it yet */
	w->client_off = false;
	if (c.state == CREDDIR_REFUSED)
		w->torn++;
	if (c.state == CREDDIR_NONE && w->had_file)
		w->vanished++;
	if (c.state == CREDDIR_FRESH || c.state == CREDDIR_EXPIRED)
		w->had_file = true;
}

int64_t fake_world_left_s(struct fake_world *w)
{
	int64_t end_s, claimed_s;

	if (!read_credential(w, &end_s, &claimed_s) || end_s * NS_PER_S <= true_ns(w))
		return 0;
	return end_s - true_ns(w) / NS_PER_S;
}

static void count_gap(struct fake_world *w, int64_t ns)
{
	w->gap_ns += ns;
	w->outage_gap_ns += w->phase == WORLD_OUTAGE ? ns : 0;
	w->aftermath_gap_ns += w->phase == WORLD_AFTERMATH ? ns : 0;
}

/* The file says CLAIMED_S by the node's clock, and its token ends at END_NS by boot time. */
static void count_lies(struct fake_world *w, int64_t claimed_s, int64_t end_ns, int64_t to_ns)
{
	int64_t from_ns = w->sys->boot_ns, left_ns = claimed_s * NS_PER_S - fake_sys_wall_ns(w->sys);
	int64_t until_ns = from_ns + left_ns, over_ns = until_ns - end_ns;

	if (w->sys->frozen_ns) { /* whoever has time left keeps it */
		over_ns += (end_ns < to_ns ? end_ns : to_ns) - from_ns;
		until_ns = left_ns > 0 ? to_ns : from_ns;
	}
	if (from_ns < end_ns && over_ns / NS_PER_S > w->most_over_s)
		w->most_over_s = over_ns / NS_PER_S;
	if (until_ns > to_ns)
		until_ns = to_ns;
	if (end_ns > from_ns)
		from_ns = end_ns;
	w->fooled_ns += until_ns > from_ns ? until_ns - from_ns : 0;
}

void fake_world_pass(struct fake_world *w, int64_t to_ns)
{
	int64_t end_s, claimed_s, end_ns, wall_s, from_ns = w->sys->boot_ns;

	if (to_ns <= from_ns)
		return;
	if (!read_credential(w, &end_s, &claimed_s)) {
		count_gap(w, w->had_file ? to_ns - from_ns : 0);
		return;
	}
	w->had_file = true;
	end_ns = end_s * NS_PER_S - w->sys->true_off_ns;
	wall_s = fake_sys_wall_ns(w->sys) / NS_PER_S;
	if (claimed_s - wall_s > (end_ns - from_ns) / NS_PER_S + 1)
		w->wrong++; /* the file says that it lives longer than it does */
	count_lies(w, claimed_s, end_ns, to_ns);
	if (end_ns < to_ns)
		count_gap(w, to_ns - (end_ns > from_ns ? end_ns : from_ns));
	if (w->phase == WORLD_CALM && (end_ns - to_ns) / NS_PER_S < w->least_left_s)
		w->least_left_s = end_ns > to_ns ? (end_ns - to_ns) / NS_PER_S : 0;
}
