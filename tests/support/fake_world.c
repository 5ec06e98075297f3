/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/scratch.h"

#define NEVER INT64_MAX

static void must(bool ok)
{
	if (!ok)
		abort(); /* the test's own machinery broke */
}

uint64_t fake_world_chance(struct fake_world *w)
{
	w->chance ^= w->chance << 13;
	w->chance ^= w->chance >> 7;
	w->chance ^= w->chance << 17;
	return w->chance;
}

static int64_t true_wall_s(const struct fake_world *w)
{
	return (w->sys->boot_ns + w->sys->true_off_ns) / NS_PER_S;
}

/* base64url of TEXT onto OUT. */
static void encode(const char *text, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, n = 0;

	for (; *text; text++) {
		bits = (bits << 8 | (unsigned char)*text) & 0xffff;
		for (n += 8; n >= 6; n -= 6)
			*out++ = digits[bits >> (n - 6) & 63];
	}
	if (n)
		*out++ = digits[bits << (6 - n) & 63];
	*out = '\0';
}

/* A fresh token for source I, valid by the world's true clock. */
static void mint(struct fake_world *w, unsigned i)
{
	struct world_token *t = &w->token[i];
	int64_t e = w->e_s - i;

	t->presented = t->lost = false;
	t->iat_s = true_wall_s(w);
	t->exp_s = t->iat_s + e;
	t->renew_s = t->iat_s + e * 8 / 10 - (int64_t)(fake_world_chance(w) % 11);
	(void)snprintf(t->id, sizeof(t->id), "%06u%016llx", w->generation % 1000000,
		       (unsigned long long)fake_world_chance(w));
}

static void write_token(const struct fake_world *w, const char *dir, unsigned i)
{
	const struct world_token *t = &w->token[i];
	char claims[128], payload[256], path[256];
	FILE *out;

	(void)snprintf(claims, sizeof(claims), "{\"iat\":%lld,\"exp\":%lld}", (long long)t->iat_s,
		       (long long)t->exp_s);
	encode(claims, payload);
	(void)snprintf(path, sizeof(path), "%s/assertion-%u", dir, i);
	out = fopen(path, "we");
	must(out && fprintf(out, "eyJhbGciOiJSUzI1NiJ9.%s.%sAAAAAAAA", payload, t->id) > 0);
	must(fclose(out) == 0);
}

static void remove_generation(const struct fake_world *w, unsigned generation)
{
	char path[256], dir[200];

	(void)snprintf(dir, sizeof(dir), "%s/..%u", w->assertions, generation);
	for (unsigned i = 0; i < w->n_sources; i++) {
		(void)snprintf(path, sizeof(path), "%s/assertion-%u", dir, i);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

/* As the kubelet does it: a new directory, then one rename of the symlink ..data. */
static void project(struct fake_world *w)
{
	char dir[200], from[200], to[200], name[32];

	w->generation++;
	(void)snprintf(name, sizeof(name), "..%u", w->generation);
	(void)snprintf(dir, sizeof(dir), "%s/%s", w->assertions, name);
	must(mkdir(dir, 0755) == 0);
	for (unsigned i = 0; i < w->n_sources; i++)
		write_token(w, dir, i);
	(void)snprintf(from, sizeof(from), "%s/..data_tmp", w->assertions);
	(void)snprintf(to, sizeof(to), "%s/..data", w->assertions);
	must(symlink(name, from) == 0 && rename(from, to) == 0);
	remove_generation(w, w->generation - 1);
	fake_sys_notify(w->sys, false);
}

/* One pod sync: renew what is old by the node's clock. The next comes in 60 to 90 s. */
static void sync_pod(struct fake_world *w)
{
	int64_t node_s = fake_sys_wall_ns(w->sys) / NS_PER_S;
	bool any = false;

	w->sync_ns += (60 + (int64_t)(fake_world_chance(w) % 31)) * NS_PER_S;
	if (!w->renewing)
		return;
	for (unsigned i = 0; i < w->n_sources; i++) {
		if (w->token[i].renew_s <= node_s) {
			mint(w, i);
			any = true;
		}
	}
	if (any)
		project(w);
}

static void replace_dir(struct fake_world *w)
{
	char old[200];

	(void)snprintf(old, sizeof(old), "%s.old", w->assertions);
	must(rename(w->assertions, old) == 0 && mkdir(w->assertions, 0755) == 0);
	project(w);
	fake_sys_notify(w->sys, true);
}

static unsigned unspent(const struct fake_world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_sources; i++)
		n += !w->token[i].presented;
	return n;
}

static bool spoil(const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fputs("{}", f) >= 0;

	return f && fclose(f) == 0 && ok;
}

void fake_world_suspend(struct fake_world *w, int64_t s)
{
	fake_sys_suspend(w->sys, s);
	w->sync_ns += s * NS_PER_S;
}

static void happen(struct fake_world *w, enum world_event_kind kind, int64_t value)
{
	char path[200];

	switch (kind) {
	case WORLD_SIGNAL:
		fake_sys_signal(w->sys, (int)value);
		break;
	case WORLD_STEP:
		fake_sys_step_clock(w->sys, value);
		break;
	case WORLD_FREEZE:
		fake_sys_freeze(w->sys, value);
		break;
	case WORLD_SUSPEND:
		fake_world_suspend(w, value);
		break;
	case WORLD_CHMOD:
		(void)snprintf(path, sizeof(path), "%s/credentials/wif.json", w->out);
		w->client_off = chmod(path, (mode_t)value) == 0;
		break;
	case WORLD_SPOIL:
		(void)snprintf(path, sizeof(path), "%s/configs/wif.json", w->out);
		w->client_off = spoil(path);
		break;
	case WORLD_KUBELET:
		w->renewing = value;
		break;
	case WORLD_ANSWERS:
		w->answer = (int)value;
		w->outage_end_ns = value < 0 ? w->sys->boot_ns : 0;
		if (value >= 0) {
			w->phase = WORLD_OUTAGE;
			w->outage_left_s = fake_world_left_s(w);
		}
		w->unspent_at_end = unspent(w);
		w->dry_at_end = value < 0 && !fake_world_left_s(w);
		break;
	case WORLD_KILL:
		w->sys->kill.nth = w->sys->total + (unsigned)value;
		break;
	case WORLD_REPLACE_DIR:
		replace_dir(w);
		break;
	case WORLD_ORPHANS:
		fake_sys_orphans(w->sys, (unsigned)value);
		break;
	}
}

void fake_world_at(struct fake_world *w, int64_t in_s, enum world_event_kind kind, int64_t value)
{
	must(w->n_events < sizeof(w->event) / sizeof(w->event[0]));
	w->event[w->n_events].kind = kind;
	w->event[w->n_events].at_ns = w->sys->boot_ns + in_s * NS_PER_S;
	w->event[w->n_events++].value = value;
}

int64_t fake_world_next_ns(const struct fake_world *w)
{
	int64_t next = w->sync_ns;

	for (unsigned i = 0; i < w->n_events; i++)
		if (w->event[i].at_ns < next)
			next = w->event[i].at_ns;
	return next;
}

static void advance_one(struct fake_world *w, int64_t to_ns)
{
	fake_world_pass(w, to_ns);
	if (w->sys->boot_ns < to_ns)
		w->sys->boot_ns = to_ns;
	while (w->sync_ns <= w->sys->boot_ns)
		sync_pod(w);
	for (unsigned i = 0; i < w->n_events; i++) {
		enum world_event_kind kind = w->event[i].kind;
		int64_t value = w->event[i].value;

		if (w->event[i].at_ns > w->sys->boot_ns)
			continue;
		w->event[i--] = w->event[--w->n_events];
		happen(w, kind, value);
	}
}

void fake_world_advance(struct fake_world *w, int64_t to_ns)
{
	while (fake_world_next_ns(w) < to_ns)
		advance_one(w, fake_world_next_ns(w));
	advance_one(w, to_ns);
}

struct fake_world *fake_world_new(unsigned n, int64_t e_s, int64_t lifetime_s)
{
	const char *tmp = getenv("TMPDIR");
	struct fake_world *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(w != MAP_FAILED && n <= WORLD_SOURCES_MAX);
	w->sys = fake_sys_new(w);
	w->uid = getuid();
	scratch_make(w->dir, sizeof(w->dir),
		     tmp ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	(void)snprintf(w->assertions, sizeof(w->assertions), "%s/assertions", w->dir);
	(void)snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	must(mkdir(w->assertions, 0755) == 0);
	w->n_sources = n;
	w->e_s = e_s;
	w->lifetime_s = lifetime_s;
	w->renewing = w->watch_files = true;
	w->latency_ms = 50;
	w->answer = -1;
	w->chance = UINT64_C(88172645463325252);
	w->least_left_s = NEVER;
	for (unsigned i = 0; i < n; i++)
		mint(w, i);
	project(w);
	w->sync_ns = w->sys->boot_ns + 60 * NS_PER_S;
	return w;
}

void fake_world_own(struct fake_world *w, uid_t uid)
{
	char generation[200];

	(void)snprintf(generation, sizeof(generation), "%s/..%u", w->assertions, w->generation);
	must(chown(w->dir, uid, uid) == 0 && chown(w->assertions, uid, uid) == 0 &&
	     chown(generation, uid, uid) == 0);
	w->uid = uid;
}

void fake_world_free(struct fake_world *w)
{
	scratch_remove(w->dir);
	fake_sys_free(w->sys);
	must(munmap(w, sizeof(*w)) == 0);
}
