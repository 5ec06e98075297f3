/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CREDDIR_H
#define COMMON_CREDDIR_H

/*
 * Judge a credential directory as the official SDKs do, taking the strictest of
 * them at each point, so that "fresh" here means that every client accepts it.
 *
 * Source  contract.md §3 (DIR/configs/PROFILE.json, DIR/credentials/PROFILE.json).
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/sys.h"

#define CREDDIR_MAX_BYTES 32768
#define CREDDIR_PROFILE "wif"

enum creddir_state {
	CREDDIR_NONE,	 /* a file is missing */
	CREDDIR_REFUSED, /* there, but some client would not take it: see `problem` */
	CREDDIR_EXPIRED, /* well-formed, with too little life left */
	CREDDIR_FRESH,
	CREDDIR_STATES
};

struct creddir {
	enum creddir_state state;
	int64_t expires_at_s; /* wall seconds; 0 unless EXPIRED or FRESH */
	char problem[240];    /* one line, "" when FRESH */
};

/* "none", "refused", "expired" or "fresh". */
const char *creddir_state_name(enum creddir_state state);

/*
 * Judge PROFILE in the directory PATH for a reader of UID at the time NOW.
 *
 * min_ttl_s  FRESH needs more than this left.
 * Errors     none: what goes wrong is the verdict.
 */
void creddir_judge(struct sys *sys, const char *path, const char *profile, uid_t uid,
		   struct wall now, int64_t min_ttl_s, struct creddir *out);

struct creddir_credential {
	int64_t expires_at_s;
	bool mode_wrong; /* all is well but for the permission bits */
};

/*
 * Read one credential file as an SDK of UID would, and append its token to TOKEN.
 *
 * Errors  ERR_IO (sys = errno; ENOENT when missing), ERR_INVALID when a client
 *         would refuse it; the wrong mode alone is reported in OUT instead.
 */
int creddir_read_credential(struct sys *sys, int dir, const char *name, uid_t uid,
			    struct buf *token, struct creddir_credential *out,
			    struct err *e) MUST_CHECK;

/* The texts themselves; pure. ERR_INVALID names the member at fault, never its value. */
int creddir_parse_config(const char *text, size_t len, struct err *e) MUST_CHECK;
int creddir_parse_credential(const char *text, size_t len, struct buf *token,
			     int64_t *expires_at_s, struct err *e) MUST_CHECK;

#endif
