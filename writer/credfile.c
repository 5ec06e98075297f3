/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/credfile.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/outdir.h"

#define FILE_NAME CREDDIR_PROFILE ".json"
#define TOKEN_NAME "access-token"
#define READ_FILE (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

/* Is DIR/NAME a file of this uid with MODE and WANT in it? An owner may change the mode. */
static bool stands(struct sys *sys, int dir, const char *name, mode_t mode, const struct buf *want)
{
	AUTO(close) int fd = -1;
	struct err ignored = { 0 };
	AUTO(buf) struct buf have;
	struct stat st;

	buf_init(&have, want->max);
	fd = sys->ops->openat(sys, dir, name, READ_FILE, 0);
	return fd >= 0 && sys->ops->fstat(sys, fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && (st.st_mode & 07777) == mode &&
	       fileio_read_fd(sys, fd, name, &have, &ignored) == 0 && have.len == want->len &&
	       !memcmp(have.data, want->data, want->len);
}

static void print_config(const char *base_url, struct buf *out)
{
	buf_init(out, 4096);
	buf_adds(out, "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"}");
	if (base_url) {
		buf_adds(out, ",\"base_url\":");
		buf_add_json(out, base_url, strlen(base_url));
	}
	buf_adds(out, "}\n");
}

bool credfile_config_stands(struct sys *sys, const char *output, const char *base_url)
{
	struct err ignored = { 0 };
	AUTO(close) int dir = outdir_peek(sys, output, OUTDIR_CONFIGS, &ignored);
	AUTO(buf) struct buf text;

	print_config(base_url, &text);
	return dir >= 0 && !text.failed && stands(sys, dir, FILE_NAME, 0644, &text);
}

int credfile_config(struct sys *sys, const char *output, const char *base_url, struct err *e)
{
	AUTO(close) int dir = outdir_open(sys, output, OUTDIR_CONFIGS, e);
	AUTO(buf) struct buf text;

	print_config(base_url, &text);
	if (dir < 0 || buf_check(&text, "the config file", e) < 0)
		return -1;
	if (stands(sys, dir, FILE_NAME, 0644, &text))
		return 0;
	return outdir_replace(sys, output, OUTDIR_CONFIGS, FILE_NAME,
			      (struct span){ text.data, text.len }, 0644, e);
}

int credfile_write(struct sys *sys, const char *output, struct span token, int64_t expires_at_s,
		   struct err *e)
{
	AUTO(buf) struct buf text;

	buf_init(&text, CREDDIR_MAX_BYTES);
	buf_adds(&text, "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":");
	buf_add_json(&text, token.s, token.len);
	buf_addf(&text, ",\"expires_at\":%" PRId64 "}\n", expires_at_s);
	if (buf_check(&text, "the credential file", e) < 0 ||
	    outdir_replace(sys, output, OUTDIR_CREDENTIALS, FILE_NAME,
			   (struct span){ text.data, text.len }, 0600, e) < 0)
		return -1;
	return outdir_replace(sys, output, NULL, TOKEN_NAME, token, 0600, e);
}

int credfile_read(struct sys *sys, const char *output, struct buf *token, int64_t *expires_at_s,
		  bool *repair, struct err *e)
{
	AUTO(close) int dir = outdir_peek(sys, output, OUTDIR_CREDENTIALS, e);
	struct creddir_credential c;
	struct err ignored = { 0 };
	AUTO(close) int root = -1;

	if (dir < 0)
		return -1;
	if (creddir_read_credential(sys, dir, FILE_NAME, geteuid(), token, &c, e) < 0)
		return err_wrap(e, "%.80s/" OUTDIR_CREDENTIALS, output);
	root = outdir_peek(sys, output, NULL, &ignored);
	*repair = c.mode_wrong || root < 0 || !stands(sys, root, TOKEN_NAME, 0600, token);
	*expires_at_s = c.expires_at_s;
	return 0;
}
