/* SPDX-License-Identifier: Apache-2.0 */
#include "common/creddir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "common/jsonspan.h"

#define VALUES_MAX 64
#define DEPTH_MAX 8
#define TOKEN_MAX 16384
#define TIME_MAX INT64_C(9000000000) /* the year 2255: room to add and subtract */

static const char *const names[CREDDIR_STATES] = { "none", "refused", "expired", "fresh" };

const char *creddir_state_name(enum creddir_state state)
{
	return (unsigned)state < CREDDIR_STATES ? names[state] : "unknown";
}

/* OBJECT is an object whose keys are all among KEYS, each once. */
static int check_keys(const struct jsonspan *j, uint32_t object, const char *const *keys, size_t n,
		      const char *what, struct err *e)
{
	unsigned seen = 0;

	if (jsonspan_type(j, object) != JSONSPAN_OBJECT)
		return err_set(e, ERR_INVALID, 0, "%s is not a JSON object", what);
	for (uint32_t i = jsonspan_first(j, object); i != JSONSPAN_NONE;
	     i = jsonspan_next(j, object, i)) {
		size_t k = 0;

		while (k < n && !jsonspan_eq(j, i, keys[k]))
			k++;
		if (k == n)
			return err_set(e, ERR_INVALID, 0, "%s has a member that some SDK refuses",
				       what);
		if (seen & (1U << k))
			return err_set(e, ERR_INVALID, 0, "%s has %s twice", what, keys[k]);
		seen |= 1U << k;
	}
	return 0;
}

int creddir_parse_config(const char *text, size_t len, struct err *e)
{
	static const char *const top[] = { "version", "authentication", "base_url" };
	static const char *const inner[] = { "type" };
	AUTO(jsonspan) struct jsonspan j;
	uint32_t auth, url;

	jsonspan_init(&j, VALUES_MAX, DEPTH_MAX);
	if (jsonspan_parse(&j, text, len, e) < 0)
		return err_wrap(e, "the config file is not JSON");
	auth = jsonspan_get(&j, 0, "authentication");
	url = jsonspan_get(&j, 0, "base_url");
	if (check_keys(&j, 0, top, COUNTOF(top), "the config file", e) < 0 ||
	    check_keys(&j, auth, inner, COUNTOF(inner), "authentication", e) < 0)
		return -1;
	if (!jsonspan_eq(&j, jsonspan_get(&j, 0, "version"), "1.0"))
		return err_set(e, ERR_INVALID, 0, "the config file's version is not \"1.0\"");
	if (!jsonspan_eq(&j, jsonspan_get(&j, auth, "type"), "user_oauth"))
		return err_set(e, ERR_INVALID, 0, "authentication.type is not \"user_oauth\"");
	if (url != JSONSPAN_NONE && jsonspan_type(&j, url) != JSONSPAN_STRING)
		return err_set(e, ERR_INVALID, 0, "base_url is not a string");
	return 0;
}

/* A token that goes into a header as it is. Source: RFC 9110 §5.5. */
static bool is_plain(const char *s, ssize_t len)
{
	for (ssize_t i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] > 0x7e)
			return false;
	return len > 0;
}

int creddir_parse_credential(const char *text, size_t len, struct buf *token, int64_t *expires_at_s,
			     struct err *e)
{
	static const char *const top[] = { "version", "type", "access_token", "expires_at" };
	AUTO(jsonspan) struct jsonspan j;
	char value[TOKEN_MAX + 1];
	int64_t at_s;
	bool plain;
	ssize_t n;

	jsonspan_init(&j, VALUES_MAX, DEPTH_MAX);
	if (jsonspan_parse(&j, text, len, e) < 0)
		return err_wrap(e, "the credential file is not JSON");
	if (check_keys(&j, 0, top, COUNTOF(top), "the credential file", e) < 0)
		return -1;
	if (!jsonspan_eq(&j, jsonspan_get(&j, 0, "version"), "1.0"))
		return err_set(e, ERR_INVALID, 0, "the credential file's version is not \"1.0\"");
	if (!jsonspan_eq(&j, jsonspan_get(&j, 0, "type"), "oauth_token"))
		return err_set(e, ERR_INVALID, 0, "type is not \"oauth_token\"");
	if (!jsonspan_int(&j, jsonspan_get(&j, 0, "expires_at"), &at_s) || at_s < 0 ||
	    at_s > TIME_MAX)
		return err_set(e, ERR_INVALID, 0, "expires_at is not an integer time");
	n = jsonspan_str(&j, jsonspan_get(&j, 0, "access_token"), value, sizeof(value));
	plain = is_plain(value, n);
	if (plain)
		buf_add(token, value, (size_t)n);
	explicit_bzero(value, sizeof(value));
	if (!plain)
		return err_set(e, ERR_INVALID, 0, "access_token is not 1 to %d plain characters",
			       TOKEN_MAX);
	if (buf_check(token, "the access token", e) < 0)
		return -1;
	*expires_at_s = at_s;
	return 0;
}

int creddir_read_credential(struct sys *sys, int dir, const char *name, uid_t uid,
			    struct buf *token, struct creddir_credential *out, struct err *e)
{
	AUTO(close) int fd = -1;
	AUTO(buf) struct buf text;
	struct stat st;
	int64_t expires_at_s;
	mode_t mode;

	buf_init(&text, CREDDIR_MAX_BYTES);
	fd = sys->ops->openat(sys, dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_INVALID, 0, "the credential file is a symlink");
	if (fd < 0 || sys->ops->fstat(sys, fd, &st) < 0)
		return err_set(e, ERR_IO, errno, "unable to open the credential file");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, 0, "the credential file is not a regular file");
	if (st.st_uid != uid)
		return err_set(e, ERR_INVALID, 0, "the credential file belongs to uid %u, not to %u",
			       (unsigned)st.st_uid, (unsigned)uid);
	if (fileio_read_fd(sys, fd, "the credential file", &text, e) < 0 ||
	    creddir_parse_credential(text.data ? text.data : "", text.len, token, &expires_at_s,
				     e) < 0)
		return -1;
	mode = st.st_mode & 07777;
	*out = (struct creddir_credential){ .expires_at_s = expires_at_s,
					    .mode_wrong = mode != 0600 && mode != 0400 };
	return 0;
}

static int read_config(struct sys *sys, int dir, const char *name, struct err *e)
{
	AUTO(close) int fd = -1;
	AUTO(buf) struct buf text;
	struct stat st;

	buf_init(&text, CREDDIR_MAX_BYTES);
	fd = sys->ops->openat(sys, dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	if (fd < 0 || sys->ops->fstat(sys, fd, &st) < 0)
		return err_set(e, ERR_IO, errno, "unable to open the config file");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, 0, "the config file is not a regular file");
	if (st.st_mode & 022)
		return err_set(e, ERR_INVALID, 0, "the config file can be written by others");
	if (fileio_read_fd(sys, fd, "the config file", &text, e) < 0)
		return -1;
	return creddir_parse_config(text.data ? text.data : "", text.len, e);
}

/* Both files; OUT's expiry and mode are only those of the credential. */
static int read_both(struct sys *sys, const char *path, const char *profile, uid_t uid,
		     struct creddir_credential *out, struct err *e)
{
	AUTO(close) int root = -1;
	AUTO(buf) struct buf token;
	char name[96];

	buf_init(&token, TOKEN_MAX);
	root = sys->ops->openat(sys, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0)
		return err_set(e, ERR_IO, errno, "unable to open %.80s", path);
	(void)snprintf(name, sizeof(name), "configs/%.64s.json", profile);
	if (read_config(sys, root, name, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "credentials/%.64s.json", profile);
	return creddir_read_credential(sys, root, name, uid, &token, out, e);
}

void creddir_judge(struct sys *sys, const char *path, const char *profile, uid_t uid,
		   struct wall now, int64_t min_ttl_s, struct creddir *out)
{
	struct creddir_credential c = { 0 };
	struct err e = { 0 };

	*out = (struct creddir){ .state = CREDDIR_REFUSED };
	if (read_both(sys, path, profile, uid, &c, &e) < 0) {
		if (e.kind == ERR_IO && e.sys == ENOENT)
			out->state = CREDDIR_NONE;
		(void)snprintf(out->problem, sizeof(out->problem), "%s", e.msg);
		return;
	}
	if (c.mode_wrong) {
		(void)snprintf(out->problem, sizeof(out->problem),
			       "the credential file's mode is neither 0600 nor 0400");
		return;
	}
	out->expires_at_s = c.expires_at_s;
	out->state = c.expires_at_s - now.s > min_ttl_s ? CREDDIR_FRESH : CREDDIR_EXPIRED;
	if (out->state == CREDDIR_EXPIRED)
		(void)snprintf(out->problem, sizeof(out->problem), "%lld s left, more than %lld needed",
			       (long long)(c.expires_at_s - now.s), (long long)min_ttl_s);
}
