/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "controller/issuer.h"
#include "inject/settings.h"
#include "tests/controller/still.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* Room for one sequence of a test. */
struct stand {
	struct still still;
	struct issuer issuer;
	struct strlist registered;	/* what the config has */
	char said[4096];
};

static void open_stand(struct stand *s)
{
	*s = (struct stand){ .said = "" };
	still_open(&s->still, memfd_create("log", MFD_CLOEXEC));
	still_pass_ms(&s->still, 1000);
	issuer_init(&s->issuer, &s->still.log);
}

static void close_stand(struct stand *s)
{
	issuer_fini(&s->issuer);
	strlist_fini(&s->registered);
	still_close(&s->still);
}

static void add(struct strlist *l, const char *kids)
{
	char copy[256], *rest = copy;

	(void)snprintf(copy, sizeof(copy), "%s", kids);
	for (char *kid; *kids && (kid = strsep(&rest, " "));)
		cr_assert(strlist_add(l, kid) == 0);
}

/* The config lists KIDS, "a b", from now on, and the next tick sees it. */
static void list(struct stand *s, const char *kids)
{
	strlist_fini(&s->registered);
	add(&s->registered, kids);
	issuer_compare(&s->issuer, &s->registered);
}

static void answer(struct stand *s, int status, const char *text)
{
	still_pass_ms(&s->still, ISSUER_AGAIN_MS);
	cr_assert(issuer_due(&s->issuer));
	issuer_answer(&s->issuer, &s->registered, status, text, "no route");
}

/* The API server serves KIDS, "a b". */
static void serve(struct stand *s, const char *kids)
{
	char text[512] = "{\"keys\":[", copy[256], *rest = copy;

	(void)snprintf(copy, sizeof(copy), "%s", kids);
	for (char *kid; (kid = strsep(&rest, " "));) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "%s{\"kid\":\"%s\"}",
			       text[len - 1] == '[' ? "" : ",", kid);
	}
	(void)strcat(text, "]}");
	answer(s, 200, text);
}

/* What the log said since the last call, less the times. */
static char *said(struct stand *s)
{
	ssize_t n = pread(s->still.log.fd, s->said, sizeof(s->said) - 1, 0);
	char *to = s->said;

	cr_assert(n >= 0 && ftruncate(s->still.log.fd, 0) == 0 && lseek(s->still.log.fd, 0, SEEK_SET) == 0);
	s->said[n] = '\0';
	for (char *from, *end = s->said; *end;) {
		from = strstr(end, "\"level\"");
		cr_assert(from != NULL);
		end = strchr(from, '\n') + 1;
		memmove(to, from, (size_t)(end - from));
		to += end - from;
	}
	*to = '\0';
	return s->said;
}

#define WARN "\"level\":\"warn\",\"msg\":"
#define INFO "\"level\":\"info\",\"msg\":"
#define KNOWN(kids) INFO "\"the issuer's keys are known\",\"keys\":\"" kids "\"}\n"
#define TO_REGISTER(kids)                                                                          \
	WARN "\"keys of the issuer are not registered\",\"keys\":\"" kids "\",\"advice\":\"register " \
	     "them in the Claude Console before they sign, then list them in "                     \
	     "issuer.registeredKeys\"}\n"
#define ALL_REGISTERED INFO "\"all keys of the issuer are registered\"}\n"
#define UNSERVED(kids)                                                                             \
	INFO "\"registered keys are not served\",\"keys\":\"" kids "\",\"advice\":\"keep those that " \
	     "are yet to come; once the tokens of the others have expired, remove them from the "  \
	     "Claude Console and from issuer.registeredKeys\"}\n"
#define SAID(s, text) cr_expect(eq(str, said(s), TEXT(text)))

/* What the figures say: each state's count, in the order of the enum. */
static void expect_counts(const struct stand *s, size_t registered, size_t unregistered,
			  size_t unserved, size_t unknown)
{
	struct issuer_figures f;

	issuer_measure(&s->issuer, &s->registered, &f);
	cr_expect(eq(sz, f.n[ISSUER_REGISTERED], registered));
	cr_expect(eq(sz, f.n[ISSUER_UNREGISTERED], unregistered));
	cr_expect(eq(sz, f.n[ISSUER_UNSERVED], unserved));
	cr_expect(eq(sz, f.n[ISSUER_UNKNOWN], unknown));
	cr_expect(f.known);
	cr_expect(eq(int, f.listed, s->registered.len > 0));
}

/* A rotation as docs/install.md has it: published, registered, signing, taken away. */
Test(issuer, a_rotation_with_a_list_in_the_config)
{
	struct stand s;

	open_stand(&s);
	list(&s, "old");
	serve(&s, "old");
	SAID(&s, KNOWN("old"));
	expect_counts(&s, 1, 0, 0, 0);
	serve(&s, "old new");
	SAID(&s, INFO "\"the issuer's keys have changed\",\"new\":\"new\"}\n" TO_REGISTER("new"));
	expect_counts(&s, 1, 1, 0, 0);
	serve(&s, "new old");
	SAID(&s, ""); /* said once; another order is no change */
	list(&s, "new old");
	SAID(&s, ALL_REGISTERED); /* at once, without another answer */
	expect_counts(&s, 2, 0, 0, 0);
	serve(&s, "new");
	SAID(&s, INFO "\"the issuer's keys have changed\",\"gone\":\"old\"}\n" UNSERVED("old"));
	expect_counts(&s, 1, 0, 1, 0);
	list(&s, "new");
	SAID(&s, "");
	expect_counts(&s, 1, 0, 0, 0);
	close_stand(&s);
	NO_LEAKS();
}

Test(issuer, a_key_that_is_registered_before_it_is_served)
{
	struct stand s;

	open_stand(&s);
	list(&s, "old next");
	serve(&s, "old");
	SAID(&s, KNOWN("old") UNSERVED("next"));
	serve(&s, "next old");
	SAID(&s, INFO "\"the issuer's keys have changed\",\"new\":\"next\"}\n");
	expect_counts(&s, 2, 0, 0, 0);
	close_stand(&s);
}

Test(issuer, every_change_of_what_is_unregistered_is_told)
{
	struct stand s;

	open_stand(&s);
	serve(&s, "a b");
	SAID(&s, KNOWN("a, b"));
	list(&s, "x");
	SAID(&s, TO_REGISTER("a, b") UNSERVED("x"));
	expect_counts(&s, 0, 2, 1, 0);
	list(&s, "a x");
	SAID(&s, TO_REGISTER("b"));
	list(&s, "");
	SAID(&s, ""); /* who takes the list away wants no word */
	expect_counts(&s, 0, 0, 0, 2);
	list(&s, "a x");
	SAID(&s, TO_REGISTER("b") UNSERVED("x"));
	close_stand(&s);
}

Test(issuer, without_a_list_a_change_is_a_warning)
{
	struct stand s;

	open_stand(&s);
	serve(&s, "a b");
	SAID(&s, KNOWN("a, b"));
	expect_counts(&s, 0, 0, 0, 2);
	serve(&s, "b a");
	SAID(&s, "");
	serve(&s, "c b");
	SAID(&s, WARN "\"the issuer's keys have changed\",\"new\":\"c\",\"gone\":\"a\",\"advice\":\"if "
		      "this issuer is registered inline, register the new ones in the Claude Console "
		      "before they sign\"}\n");
	close_stand(&s);
}

#define UNABLE WARN "\"unable to read the issuer's keys\","

Test(issuer, a_failure_is_told_once_and_changes_nothing)
{
	struct stand s;

	open_stand(&s);
	list(&s, "a");
	answer(&s, 0, NULL);
	SAID(&s, UNABLE "\"error\":\"no route\"}\n");
	answer(&s, 0, NULL);
	answer(&s, 403, NULL);
	SAID(&s, UNABLE "\"status\":403,\"advice\":\"allow get of the nonResourceURL /openid/v1/jwks, as "
			"the chart does\"}\n");
	answer(&s, 403, NULL);
	SAID(&s, "");
	serve(&s, "a");
	SAID(&s, KNOWN("a"));
	answer(&s, 404, NULL);
	SAID(&s, UNABLE "\"status\":404,\"advice\":\"an API server whose issuer is no https URL serves no "
			"keys\"}\n");
	answer(&s, 200, "{}");
	SAID(&s, UNABLE "\"status\":200,\"error\":\"not a JWK Set: it has no list of keys\"}\n");
	answer(&s, 200, NULL);
	SAID(&s, "");
	expect_counts(&s, 1, 0, 0, 0);
	serve(&s, "a");
	SAID(&s, INFO "\"the issuer's keys can be read again\"}\n");
	answer(&s, 503, NULL);
	SAID(&s, UNABLE "\"status\":503}\n");
	serve(&s, "a b");
	SAID(&s, INFO "\"the issuer's keys have changed\",\"new\":\"b\"}\n" TO_REGISTER("b"));
	close_stand(&s);
	NO_LEAKS();
}

Test(issuer, is_asked_about_every_minute_and_its_age_is_known)
{
	struct issuer_figures f;
	struct stand s;

	open_stand(&s);
	issuer_measure(&s.issuer, &s.registered, &f);
	cr_expect(not(f.known));
	cr_expect(eq(i64, f.age_ms, -1));
	cr_expect(issuer_due(&s.issuer));
	cr_expect(not(issuer_due(&s.issuer)), "one question at a time");
	issuer_answer(&s.issuer, &s.registered, 0, NULL, "no route");
	cr_expect(not(issuer_due(&s.issuer)));
	still_pass_ms(&s.still, ISSUER_RETRY_MS);
	cr_expect(issuer_due(&s.issuer));
	issuer_answer(&s.issuer, &s.registered, 200, "{\"keys\":[{\"kid\":\"a\"}]}", "");
	still_pass_ms(&s.still, ISSUER_AGAIN_MS - 1);
	cr_expect(not(issuer_due(&s.issuer)));
	still_pass_ms(&s.still, 1);
	cr_expect(issuer_due(&s.issuer));
	issuer_answer(&s.issuer, &s.registered, 403, NULL, "");
	issuer_measure(&s.issuer, &s.registered, &f);
	cr_expect(f.known);
	cr_expect(eq(i64, f.age_ms, ISSUER_AGAIN_MS), "of the last good answer");
	close_stand(&s);
}
