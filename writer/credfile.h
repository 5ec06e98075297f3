/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_CREDFILE_H
#define WRITER_CREDFILE_H

/* The files that clients read. Each is replaced as a whole or left alone. */

#include "common/buf.h"
#include "common/creddir.h"
#include "common/sys.h"
#include "writer/kv.h"

/*
 * Put configs/wif.json in place unless it stands there already, word for word.
 *
 * base_url  written into it, or NULL for the default endpoint.
 * Errors    ERR_IO.
 * Source    contract.md §3.
 */
int credfile_config(struct sys *sys, const char *output, const char *base_url,
		    struct err *e) MUST_CHECK;

/* Whether configs/wif.json stands there, word for word and with its mode. */
bool credfile_config_stands(struct sys *sys, const char *output, const char *base_url);

/*
 * Replace credentials/wif.json, then access-token, with TOKEN.
 *
 * expires_at_s  wall seconds.
 * Errors        ERR_IO; then either file may be the old one, never a part.
 */
int credfile_write(struct sys *sys, const char *output, struct span token, int64_t expires_at_s,
		   struct err *e) MUST_CHECK;

/*
 * Read the credential back as a client of this uid would; its token goes to TOKEN.
 *
 * repair  set when writing the same again would help: a wrong mode, or an
 *         access-token file that lags behind.
 * Errors  as creddir_read_credential.
 */
int credfile_read(struct sys *sys, const char *output, struct buf *token, int64_t *expires_at_s,
		  bool *repair, struct err *e) MUST_CHECK;

#endif
