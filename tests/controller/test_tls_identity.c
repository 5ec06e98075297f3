/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "controller/tls_identity.h"
#include "tests/controller/workdir.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* 0, or -1 with WANT in the message, which must name the file and hold no key. */
static void load(const struct workdir *w, const char *cert, const char *key, const char *want)
{
	AUTO(tls_identity) struct tls_identity *id = NULL;
	struct sys sys = sys_real();
	struct err e = { 0 };
	int rc = tls_identity_load(&sys, workdir_path(w, cert), workdir_path(w, key), &id, &e);

	cr_expect(eq(int, rc, want ? -1 : 0), "%s", e.msg);
	cr_expect(eq(int, id != NULL, !want));
	cr_expect(want == NULL || (strstr(e.msg, want) && strstr(e.msg, w->path)), "%s: not: %s",
		  e.msg, want);
	cr_expect(strstr(e.msg, "PRIVATE") == NULL, "%s", e.msg);
}

Test(tls_identity, takes_a_matching_pair_and_knows_its_end)
{
	AUTO(workdir) struct workdir w = workdir_open();
	AUTO(tls_identity) struct tls_identity *id = NULL;
	struct sys sys = sys_real();
	struct err e = { 0 };
	int64_t left;

	workdir_pair(&w, "crt", "key", 3600);
	cr_assert(eq(int, tls_identity_load(&sys, workdir_path(&w, "crt"), workdir_path(&w, "key"),
					    &id, &e), 0), "%s", e.msg);
	left = tls_identity_not_after(id).s - sys.ops->wall_now(&sys).s;
	cr_expect(left > 3500 && left <= 3600, "%lld", (long long)left);
	tls_identity_free(TAKE(id));
	workdir_close(&w);
	NO_LEAKS();
}

Test(tls_identity, refuses_what_a_handshake_could_not_use)
{
	AUTO(workdir) struct workdir w = workdir_open();

	workdir_pair(&w, "crt", "key", 3600);
	workdir_pair(&w, "other.crt", "other.key", 3600);
	workdir_pair(&w, "old.crt", "old.key", -60);
	workdir_write(&w, "empty", "");
	workdir_write(&w, "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	load(&w, "crt", "key", NULL);
	load(&w, "crt", "other.key", "not the key of the certificate in");
	load(&w, "old.crt", "old.key", "expired at 20");
	load(&w, "absent", "key", "No such file");
	load(&w, "crt", "absent", "No such file");
	load(&w, "empty", "key", "not a certificate");
	load(&w, "junk", "key", "not a certificate");
	load(&w, "key", "key", "not a certificate");
	load(&w, "crt", "empty", "not a private key");
	load(&w, "crt", "crt", "not a private key");
	workdir_close(&w);
	NO_LEAKS();
}

Test(tls_identity, reads_a_chain_whole_or_not_at_all)
{
	AUTO(workdir) struct workdir w = workdir_open();
	AUTO(free) char *leaf = NULL, *other = NULL;
	AUTO(buf) struct buf chain;

	buf_init(&chain, 1 << 20);
	workdir_pair(&w, "crt", "key", 3600);
	workdir_pair(&w, "other.crt", "other.key", 3600);
	leaf = workdir_read(&w, "crt");
	other = workdir_read(&w, "other.crt");
	buf_addf(&chain, "%s# the issuer\n%s", leaf, other);
	workdir_write(&w, "chain", chain.data);
	load(&w, "chain", "key", NULL);
	load(&w, "chain", "other.key", "not the key of the certificate in");
	chain.data[chain.len - 60] = '\0';
	workdir_write(&w, "cut", chain.data);
	load(&w, "cut", "key", "broken after certificate 1");
	while (chain.len < 65537)
		buf_addc(&chain, '\n');
	memset(chain.data, '\n', chain.len);
	workdir_write(&w, "big", chain.data);
	load(&w, "big", "key", "larger than 65536 bytes");
}

Test(tls_identity, refuses_an_encrypted_key_without_asking_for_its_passphrase)
{
	static const char encrypted[] =
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
		"MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBCxXWgrzfdOIfIUBfPk\n"
		"-----END ENCRYPTED PRIVATE KEY-----\n";
	AUTO(workdir) struct workdir w = workdir_open();

	workdir_pair(&w, "crt", "key", 3600);
	workdir_write(&w, "encrypted", encrypted);
	load(&w, "crt", "encrypted", "use PEM without a passphrase");
}
