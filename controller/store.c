/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/store.h"

#include <string.h>

#include "common/fnv.h"

#define BUCKETS_MIN 64

struct store_entry {
	struct store_entry *next;
	char *text;	/* owned; NULL: bare */
	uint64_t hash;
	struct mono since;	/* when it was heard of; 0: it was in a list */
	unsigned generation;
	char key[];	/* NAMESPACE/NAME */
};

void store_init(struct store *s, struct sys *sys)
{
	*s = (struct store){ .sys = sys };
	/* Without chance the table still works; it is only easier to make slow. */
	(void)sys->ops->random(sys, &s->seed, sizeof(s->seed));
}

static void free_entry(struct store_entry *e)
{
	free(e->text);
	free(e);
}

/* Drop the entries of T that are not of KEEP. */
static void sweep(struct store_table *t, unsigned keep)
{
	for (size_t i = 0; i < t->n_buckets; i++)
		for (struct store_entry **at = &t->bucket[i]; *at;) {
			struct store_entry *e = *at;

			if (e->generation == keep) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			free_entry(e);
			t->n--;
		}
}

void store_clear(struct store *s)
{
	for (size_t kind = 0; kind < STORE_KINDS; kind++)
		sweep(&s->table[kind], s->table[kind].generation + 1);
}

void store_fini(struct store *s)
{
	store_clear(s);
	for (size_t kind = 0; kind < STORE_KINDS; kind++) {
		free(s->table[kind].bucket);
		s->table[kind] = (struct store_table){ .bucket = NULL };
	}
}

/* FNV-1a over "NAMESPACE/NAME", begun at the seed. */
static uint64_t hash_of(const struct store *s, const char *namespace_, const char *name)
{
	uint64_t h = fnv_adds(fnv_adds(fnv_adds(FNV_START ^ s->seed, namespace_), "/"), name);

	return h ^ h >> 32;
}

static bool is_key(const struct store_entry *e, const char *namespace_, const char *name)
{
	size_t n = strlen(namespace_);

	return !strncmp(e->key, namespace_, n) && e->key[n] == '/' && !strcmp(e->key + n + 1, name);
}

/* Where the pointer to the entry is, or the NULL at its chain's end; NULL: no table. */
static struct store_entry **locate(const struct store_table *t, uint64_t hash,
				   const char *namespace_, const char *name)
{
	struct store_entry **at;

	if (!t->n_buckets)
		return NULL;
	at = &t->bucket[hash & (t->n_buckets - 1)];
	while (*at && ((*at)->hash != hash || !is_key(*at, namespace_, name)))
		at = &(*at)->next;
	return at;
}

/* Keep chains short. Without memory they only grow longer; false when there is no table. */
static bool grow(struct store_table *t)
{
	size_t n = t->n_buckets ? 2 * t->n_buckets : BUCKETS_MIN;
	struct store_entry **fresh;

	if (t->n < t->n_buckets)
		return true;
	fresh = calloc(n, sizeof(struct store_entry *));
	if (!fresh)
		return t->n_buckets > 0;
	for (size_t i = 0; i < t->n_buckets; i++)
		for (struct store_entry *e = t->bucket[i], *next; e; e = next) {
			next = e->next;
			e->next = fresh[e->hash & (n - 1)];
			fresh[e->hash & (n - 1)] = e;
		}
	free(t->bucket);
	t->bucket = fresh;
	t->n_buckets = n;
	return true;
}

void store_begin(struct store *s, unsigned kind)
{
	s->table[kind].generation++;
	s->table[kind].listing = true;
}

void store_end(struct store *s, unsigned kind)
{
	sweep(&s->table[kind], s->table[kind].generation);
	s->table[kind].listing = false;
	s->table[kind].synced = true;
}

static struct mono now(const struct store *s)
{
	return s->sys->ops->boot_now(s->sys);
}

static void add(const struct store *s, struct store_table *t, uint64_t hash,
		const char *namespace_, const char *name, char *text)
{
	size_t n = strlen(namespace_), len = n + strlen(name) + 2;
	struct store_entry *e = grow(t) ? malloc(sizeof(*e) + len) : NULL;
	struct store_entry **bucket;

	if (!e) {
		free(text);
		return;
	}
	bucket = &t->bucket[hash & (t->n_buckets - 1)];
	*e = (struct store_entry){ .next = *bucket, .text = text, .hash = hash,
				   .generation = t->generation };
	if (!t->listing)
		e->since = now(s);
	memcpy(e->key, namespace_, n);
	e->key[n] = '/';
	memcpy(e->key + n + 1, name, len - n - 1);
	*bucket = e;
	t->n++;
}

void store_put(struct store *s, unsigned kind, const char *namespace_, const char *name,
	       char *text)
{
	struct store_table *t = &s->table[kind];
	uint64_t hash = hash_of(s, namespace_, name);
	struct store_entry **at = locate(t, hash, namespace_, name);

	if (!at || !*at) {
		add(s, t, hash, namespace_, name, text);
		return;
	}
	free((*at)->text);
	(*at)->text = text;
	(*at)->generation = t->generation;
}

void store_remove(struct store *s, unsigned kind, const char *namespace_, const char *name)
{
	struct store_table *t = &s->table[kind];
	struct store_entry **at = locate(t, hash_of(s, namespace_, name), namespace_, name);
	struct store_entry *e = at ? *at : NULL;

	if (!e)
		return;
	*at = e->next;
	free_entry(e);
	t->n--;
}

void store_find(const struct store *s, unsigned kind, const char *namespace_,
		const char *name, struct inject_object *out)
{
	const struct store_table *t = &s->table[kind];
	struct store_entry **at = locate(t, hash_of(s, namespace_, name), namespace_, name);

	*out = (struct inject_object){ .known = INJECT_MISSING };
	if (!at || !*at)
		return;
	out->known = (*at)->text ? INJECT_SAYS : INJECT_BARE;
	out->text = (*at)->text;
	out->len = out->text ? strlen(out->text) : 0;
}

bool store_is_young(const struct store *s, unsigned kind, const char *namespace_,
		    const char *name)
{
	struct store_entry **at =
		locate(&s->table[kind], hash_of(s, namespace_, name), namespace_, name);

	return at && *at && (*at)->since.ns &&
	       mono_diff_ms(now(s), (*at)->since) < STORE_YOUNG_MS;
}

bool store_synced(const struct store *s)
{
	for (size_t kind = 0; kind < INJECT_KINDS; kind++)
		if (!s->table[kind].synced)
			return false;
	return true;
}

size_t store_count(const struct store *s, unsigned kind)
{
	return s->table[kind].n;
}

bool store_listed(const struct store *s, unsigned kind)
{
	return s->table[kind].synced;
}

void store_each(const struct store *s, unsigned kind,
		void (*see)(void *ctx, const char *key, const char *text), void *ctx)
{
	const struct store_table *t = &s->table[kind];

	for (size_t i = 0; i < t->n_buckets; i++)
		for (const struct store_entry *e = t->bucket[i]; e; e = e->next)
			see(ctx, e->key, e->text ? e->text : "");
}
