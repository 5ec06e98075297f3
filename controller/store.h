/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_STORE_H
#define CONTROLLER_STORE_H

/*
 * What is known of Namespaces and ServiceAccounts: that each exists, and its
 * keys under the prefix; and of pods what pods.h keeps of them. It belongs to the
 * server's thread; what the kube thread learns comes in by messages.
 *
 * A list replaces all: store_begin, then every object by store_put, then
 * store_end, which drops what the list did not have. Until then the old stays.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/sys.h"
#include "inject/inject.h"

#define STORE_YOUNG_MS 10000
#define STORE_POD INJECT_KINDS	/* a kind of its own: no decision asks for it */
#define STORE_KINDS (INJECT_KINDS + 1)

struct store_entry;

struct store {
	struct store_table {
		struct store_entry **bucket;	/* chains; N_BUCKETS is a power of two */
		size_t n, n_buckets;
		unsigned generation;		/* of the list under way, or of the last */
		bool listing;			/* since store_begin; a list has old objects too */
		bool synced;			/* one list was complete */
	} table[STORE_KINDS];
	uint64_t seed;	/* names are chosen by strangers */
	struct sys *sys;	/* borrowed */
};

void store_init(struct store *s, struct sys *sys);
void store_fini(struct store *s);

void store_begin(struct store *s, unsigned kind);
void store_end(struct store *s, unsigned kind);

/*
 * Note an object. TEXT is its JSON as inject_object says, or NULL when it is
 * bare; the store frees it. Without memory the object is forgotten: it is then
 * a miss, never an old version.
 */
void store_put(struct store *s, unsigned kind, const char *namespace_, const char *name,
	       char *text);
void store_remove(struct store *s, unsigned kind, const char *namespace_,
		  const char *name);

/* Forget every object: each is a miss until it is put again. */
void store_clear(struct store *s);

/* What is known of an object; its text is valid until the next change. */
void store_find(const struct store *s, unsigned kind, const char *namespace_,
		const char *name, struct inject_object *out);

/*
 * Was the object first heard of, and not in a list, less than STORE_YOUNG_MS ago? Who makes a
 * Namespace gets a bare ServiceAccount "default" from a controller, and annotates it the
 * next moment: what is known of it may be behind.
 */
bool store_is_young(const struct store *s, unsigned kind, const char *namespace_,
		    const char *name);

/* Were all kinds that decisions ask for listed once? */
bool store_synced(const struct store *s);
bool store_listed(const struct store *s, unsigned kind);

size_t store_count(const struct store *s, unsigned kind);

/* Call SEE for each object: its "NAMESPACE/NAME", and its text, both until the next change. */
void store_each(const struct store *s, unsigned kind,
		void (*see)(void *ctx, const char *key, const char *text), void *ctx);

#endif
