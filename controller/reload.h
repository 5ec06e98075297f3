/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_RELOAD_H
#define CONTROLLER_RELOAD_H

/*
 * What the operator may change while the controller runs: config, certificate
 * and key. Each file's identity (inode, size, times) is looked at once a second,
 * which sees a Secret's or ConfigMap's symlink swap, an edit in place and a
 * replaced directory alike, and has no event to lose. A version that is not good
 * is refused with one log line, and the one before stays in force: so is a certificate
 * that the API server would not take now, as long as it takes the one before. What could
 * not be read, and what may be good later, is tried again at every look.
 */

#include <stdbool.h>
#include <time.h>

#include "common/log.h"
#include "controller/metrics.h"
#include "controller/tls_identity.h"
#include "inject/inject.h"

struct reload_file {
	const char *path;	/* borrowed */
	bool there;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

struct reload {
	struct log *log;		/* borrowed; its sys is used too */
	struct metrics *metrics;	/* borrowed */
	struct reload_file config, cert, key;
	char host[192];			/* who the API server calls; "": not known */
	bool config_again, identity_again;	/* it could not be read, or is not to be shown yet */
	struct settings settings;	/* in force */
	struct tls_identity *identity;	/* in force; NULL without files */
};

struct reload_names {
	const char *config, *cert, *key;	/* paths */
	const char *host;
};

/*
 * Load all three files, or the config alone when the certificate is NULL: it is then
 * another's. R needs reload_fini also after an error.
 *
 * names   its paths are borrowed, its host is copied.
 * Errors  of config_load and tls_identity_load.
 */
int reload_init(struct reload *r, struct log *log, struct metrics *metrics,
		const struct reload_names *names, struct err *e) MUST_CHECK;
void reload_fini(struct reload *r);

/* Load again what has changed since; to be called about once a second. */
void reload_poll(struct reload *r);

#endif
