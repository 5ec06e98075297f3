/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/metrics.h"
#include "tests/support/text.h"

#define REVIEWS "\nclaude_wif_admission_reviews_total"

static bool has(const struct buf *text, const char *line)
{
	return strstr(text->data, line) != NULL;
}

Test(metrics, counts_by_decision_and_reason)
{
	AUTO(buf) struct buf text;
	struct metrics m = { .certificate_not_after_s = 1763836800, .config_reload_errors = 3 };

	buf_init(&text, 65536);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, 30000);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, 50000);
	metrics_review(&m, REVIEW_DENIED, REASON_BAD_VALUE, INT64_C(6000000001));
	metrics_write(&m, &text);
	cr_expect(has(&text, REVIEWS "{decision=\"patched\",reason=\"Injected\"} 2\n"));
	cr_expect(has(&text, REVIEWS "{decision=\"denied\",reason=\"BadValue\"} 1\n"));
	cr_expect(has(&text, "\nclaude_wif_certificate_not_after_seconds 1763836800\n"));
	cr_expect(has(&text, "\nclaude_wif_config_reload_errors_total 3\n"));
	cr_expect(has(&text, "\nclaude_wif_build_info{version=\"" WIF_VERSION "\"} 1\n"));
}

Test(metrics, the_cluster_is_told_of_only_where_one_is_followed)
{
	AUTO(buf) struct buf text;
	struct metrics m = {
		.watches = { { "namespaces", 61002 }, { "serviceaccounts", -1 } },
		.events_written = 7, .events_failed = 2, .events_dropped = 1,
	};

	buf_init(&text, 65536);
	metrics_write(&m, &text);
	cr_expect(strstr(text.data, "watch_age") == NULL);
	cr_expect(strstr(text.data, "events_total") == NULL);
	buf_reset(&text);
	m.cluster = true;
	metrics_write(&m, &text);
	cr_expect(has(&text, "\nclaude_wif_watch_age_seconds{resource=\"namespaces\"} 61.002\n"));
	cr_expect(has(&text,
		      "\nclaude_wif_watch_age_seconds{resource=\"serviceaccounts\"} +Inf\n"));
	cr_expect(has(&text, "\nclaude_wif_events_total{result=\"written\"} 7\n"));
	cr_expect(has(&text, "\nclaude_wif_events_total{result=\"failed\"} 2\n"));
	cr_expect(has(&text, "\nclaude_wif_events_total{result=\"dropped\"} 1\n"));
}

#define KEYS "\nclaude_wif_issuer_keys"

/* Every state of a list has a line, also at 0; of what is not known there is none. */
Test(metrics, of_the_issuers_keys_only_what_is_known)
{
	AUTO(buf) struct buf text;
	struct metrics m = { .cluster = true, .issuer = { .age_ms = -1 } };

	buf_init(&text, 65536);
	metrics_write(&m, &text);
	cr_expect(strstr(text.data, "issuer") == NULL, "neither list nor answer");
	buf_reset(&text);
	m.issuer.listed = true;
	metrics_write(&m, &text);
	cr_expect(has(&text, KEYS "_age_seconds +Inf\n"));
	cr_expect(not(has(&text, KEYS "{")));
	buf_reset(&text);
	m.issuer = (struct issuer_figures){ .known = true, .listed = true, .age_ms = 61002,
					    .n = { [ISSUER_REGISTERED] = 2, [ISSUER_UNSERVED] = 1 } };
	metrics_write(&m, &text);
	cr_expect(has(&text, KEYS "_age_seconds 61.002\n"));
	cr_expect(has(&text, KEYS "{state=\"registered\"} 2\n"));
	cr_expect(has(&text, KEYS "{state=\"unregistered\"} 0\n"));
	cr_expect(has(&text, KEYS "{state=\"unserved\"} 1\n"));
	cr_expect(not(has(&text, KEYS "{state=\"unknown\"}")));
	buf_reset(&text);
	m.issuer = (struct issuer_figures){ .known = true, .n = { [ISSUER_UNKNOWN] = 3 } };
	metrics_write(&m, &text);
	cr_expect(has(&text, KEYS "{state=\"unknown\"} 3\n"));
	cr_expect(not(has(&text, KEYS "{state=\"registered\"}")));
	cr_expect(not(has(&text, KEYS "_age_seconds")));
}

Test(metrics, histogram_is_cumulative_and_its_bounds_are_inclusive)
{
	AUTO(buf) struct buf text;
	struct metrics m = { 0 };

	buf_init(&text, 65536);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, 25000);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, 25001);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, INT64_C(5000000001));
	/* A clock that stood still must not wrap. */
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, -1);
	metrics_write(&m, &text);
	cr_expect(has(&text, "_bucket{le=\"2.5e-05\"} 2\n"));
	cr_expect(has(&text, "_bucket{le=\"5e-05\"} 3\n"));
	cr_expect(has(&text, "_bucket{le=\"5\"} 3\n"));
	cr_expect(has(&text, "_bucket{le=\"+Inf\"} 4\n"));
	cr_expect(has(&text, "_seconds_sum 5.000050002\n"));
	cr_expect(has(&text, "_seconds_count 4\n"));
}

Test(metrics, every_family_has_help_and_type_before_its_first_line)
{
	AUTO(buf) struct buf text;
	struct metrics m = { 0 };
	char seen[64] = "";
	char *rest;

	buf_init(&text, 65536);
	metrics_review(&m, REVIEW_PATCHED, REASON_INJECTED, 1);
	metrics_write(&m, &text);
	cr_expect(eq(chr, text.data[text.len - 1], '\n'));
	rest = text.data;
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		if (!strncmp(line, "# HELP ", 7))
			cr_expect(eq(int, sscanf(line, "# HELP %63s", seen), 1));
		else if (!strncmp(line, "# TYPE ", 7))
			cr_expect(eq(int, strncmp(line + 7, seen, strlen(seen)), 0), "%s", line);
		else
			cr_expect(eq(int, strncmp(line, seen, strlen(seen)), 0), "%s", line);
	}
}

/* No reason and no decision lacks room: what is counted is told, and nothing else. */
Test(metrics, every_reason_has_room_under_every_decision)
{
	AUTO(buf) struct buf text;
	struct metrics m = { 0 };
	size_t lines = 0;

	buf_init(&text, 65536);
	for (enum review_decision d = 0; d < REVIEW_DECISIONS; d++)
		for (enum reason why = 0; why < REASONS; why++)
			metrics_review(&m, d, why, 1);
	metrics_review(&m, REVIEW_DENIED, REASON_POD_UNREADABLE, 1);
	metrics_write(&m, &text);
	cr_assert(eq(int, buf_check(&text, "the figures", &(struct err){ 0 }), 0));
	for (const char *at = text.data; (at = strstr(at, REVIEWS "{")); at++)
		lines++;
	cr_expect(eq(sz, lines, (size_t)REVIEW_DECISIONS * REASONS));
	cr_expect(has(&text, REVIEWS "{decision=\"denied\",reason=\"PodUnreadable\"} 2\n"));
	cr_expect(has(&text, REVIEWS "{decision=\"error\",reason=\"AnswerTooBig\"} 1\n"));
}
