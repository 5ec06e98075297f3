/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERT_OBJECT_H
#define CONTROLLER_CERT_OBJECT_H

/* What reading and patching the API server's objects about certificates has in common. Pure. */

#include "common/buf.h"
#include "common/jsonspan.h"

#define CERT_VERSION_SIZE 64	/* of a resourceVersion, with its NUL */
#define CERT_NAME_SIZE 256
#define CERT_PEM_MAX 65536	/* bytes of each text */

/*
 * Parse LEN bytes of TEXT, an object of the API server, into J, which jsonspan_fini
 * ends also after an error; its resourceVersion goes to VERSION.
 *
 * what    how messages call it
 * Errors  ERR_TRANSIENT when it is none, ERR_TOO_BIG, ERR_NOMEM.
 */
int cert_object_open(struct jsonspan *j, const char *text, size_t len,
		     char version[CERT_VERSION_SIZE], const char *what, struct err *e) MUST_CHECK;

/*
 * Append the bytes that V, base64, stands for; nothing when V is absent.
 *
 * Errors  ERR_TRANSIENT when it is no base64, ERR_TOO_BIG, ERR_NOMEM.
 */
int cert_object_bytes(const struct jsonspan *j, uint32_t v, struct buf *out, const char *what,
		      struct err *e) MUST_CHECK;

/* Append "resourceVersion":VERSION, with which a patch says what it is a patch of. */
void cert_object_version(struct buf *out, const char *version);

#endif
