/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/metrics.h"

#include <inttypes.h>

#include "common/clock.h"

/* Upper bounds in nanoseconds and as text; a review takes tens of microseconds. */
static const struct {
	int64_t ns;
	const char *le;
} bounds[METRICS_BUCKETS] = {
	{ 25000, "2.5e-05" }, { 50000, "5e-05" },   { 100000, "0.0001" }, { 250000, "0.00025" },
	{ 500000, "0.0005" }, { 1000000, "0.001" }, { 2500000, "0.0025" }, { 5000000, "0.005" },
	{ 25000000, "0.025" }, { 100000000, "0.1" }, { INT64_C(1000000000), "1" },
	{ INT64_C(5000000000), "5" },
};

void metrics_review(struct metrics *m, enum review_decision decision, enum reason why, int64_t ns)
{
	size_t i = 0;

	m->reviews[decision][why]++;
	while (i < METRICS_BUCKETS && ns > bounds[i].ns)
		i++;
	m->bucket[i]++;
	m->nanoseconds += ns > 0 ? (uint64_t)ns : 0;
}

static void add_head(struct buf *out, const char *name, const char *type, const char *about)
{
	buf_addf(out, "# HELP claude_wif_%s %s\n# TYPE claude_wif_%s %s\n", name, about, name,
		 type);
}

/* Those that are 0 are left out: most reasons never come up. */
static void add_reviews(const struct metrics *m, struct buf *out)
{
	add_head(out, "admission_reviews_total", "counter", "Admission reviews answered.");
	for (enum review_decision d = 0; d < REVIEW_DECISIONS; d++)
		for (enum reason why = 0; why < REASONS; why++)
			if (m->reviews[d][why])
				buf_addf(out,
					 "claude_wif_admission_reviews_total{decision=\"%s\","
					 "reason=\"%s\"} %" PRIu64 "\n",
					 review_decision_name(d), reason_row(why)->code,
					 m->reviews[d][why]);
}

static void add_duration(const struct metrics *m, struct buf *out)
{
	uint64_t n = 0;

	add_head(out, "admission_duration_seconds", "histogram",
		 "Time from a request's head to its answer.");
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		n += m->bucket[i];
		buf_addf(out,
			 "claude_wif_admission_duration_seconds_bucket{le=\"%s\"} %" PRIu64 "\n",
			 bounds[i].le, n);
	}
	n += m->bucket[METRICS_BUCKETS];
	buf_addf(out, "claude_wif_admission_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", n);
	buf_addf(out, "claude_wif_admission_duration_seconds_sum %" PRIu64 ".%09" PRIu64 "\n",
		 m->nanoseconds / (uint64_t)NS_PER_S, m->nanoseconds % (uint64_t)NS_PER_S);
	buf_addf(out, "claude_wif_admission_duration_seconds_count %" PRIu64 "\n", n);
}

/* An age: of nothing it is endless. */
static void add_age(struct buf *out, int64_t ms)
{
	if (ms < 0)
		buf_adds(out, "+Inf\n");
	else
		buf_addf(out, "%" PRId64 ".%03" PRId64 "\n", ms / 1000, ms % 1000);
}

/* Bookmarks come about once a minute: an age far beyond that is a watch that hears nothing. */
static void add_watches(const struct metrics *m, struct buf *out)
{
	add_head(out, "watch_age_seconds", "gauge",
		 "Time since the API server last said something of a resource that is followed; "
		 "+Inf before its first list.");
	for (const struct metrics_watch *w = m->watches; w < m->watches + METRICS_WATCHES; w++) {
		if (!w->resource)
			continue;
		buf_addf(out, "claude_wif_watch_age_seconds{resource=\"%s\"} ", w->resource);
		add_age(out, w->age_ms);
	}
}

static void add_events(const struct metrics *m, struct buf *out)
{
	const struct {
		const char *result;
		uint64_t n;
	} rows[] = { { "written", m->events_written },
		     { "failed", m->events_failed },
		     { "dropped", m->events_dropped } };

	add_head(out, "events_total", "counter",
		 "Events about refusals and writers' ends: writes to the API server, and news "
		 "dropped for lack of room.");
	for (size_t i = 0; i < COUNTOF(rows); i++)
		buf_addf(out, "claude_wif_events_total{result=\"%s\"} %" PRIu64 "\n",
			 rows[i].result, rows[i].n);
}

/* With a list in the config, a state without a key is told as well: an alert then ends. */
static void add_issuer(const struct metrics *m, struct buf *out)
{
	const struct issuer_figures *f = &m->issuer;

	if (f->listed) {
		add_head(out, "issuer_keys_age_seconds", "gauge",
			 "Time since the API server last told the issuer's keys; +Inf before the "
			 "first time.");
		buf_adds(out, "claude_wif_issuer_keys_age_seconds ");
		add_age(out, f->age_ms);
	}
	if (!f->known)
		return;
	add_head(out, "issuer_keys", "gauge",
		 "Signing keys of the cluster's issuer beside the config's issuer.registeredKeys: "
		 "registered, unregistered, unserved, or unknown without such a list.");
	for (enum issuer_state s = 0; s < ISSUER_STATES; s++)
		if ((s != ISSUER_UNKNOWN) == f->listed)
			buf_addf(out, "claude_wif_issuer_keys{state=\"%s\"} %zu\n",
				 issuer_state_name(s), f->n[s]);
}

/* Those that are 0 are shown: increase() does not see a series begin at 1. */
static void add_ends(const struct metrics *m, struct buf *out)
{
	add_head(out, "writer_terminations_total", "counter",
		 "Writers that ended with another status than 0 since the first list of pods; every "
		 "replica counts all: take the maximum.");
	for (unsigned why = 0; why < ENDS_REASONS; why++)
		buf_addf(out, "claude_wif_writer_terminations_total{reason=\"%s\"} %" PRIu64 "\n",
			 ends_reason(why), m->ends[why]);
}

/* Those that are 0 are left out: most namespaces have nothing to do with us. */
static void add_pods(const struct metrics *m, struct buf *out)
{
	if (!m->pods)
		return;
	add_head(out, "pods", "gauge",
		 "Live pods by namespace and state: failing, outdated, shadowed, injected, missing, "
		 "static-key.");
	for (size_t i = 0; i < m->pods->n; i++) {
		const struct pods_row *row = &m->pods->list[i];

		for (enum pods_state s = 0; s < PODS_STATES; s++)
			if (row->n[s])
				buf_addf(out,
					 "claude_wif_pods{namespace=\"%s\",state=\"%s\"} %" PRIu32
					 "\n",
					 row->namespace_, pods_state_name(s), row->n[s]);
	}
}

void metrics_write(const struct metrics *m, struct buf *out)
{
	add_reviews(m, out);
	add_duration(m, out);
	add_head(out, "certificate_not_after_seconds", "gauge",
		 "When the served certificate expires, in seconds since 1970.");
	buf_addf(out, "claude_wif_certificate_not_after_seconds %" PRId64 "\n",
		 m->certificate_not_after_s);
	add_head(out, "config_reload_errors_total", "counter",
		 "Changed configs that were refused; the one before stayed in force.");
	buf_addf(out, "claude_wif_config_reload_errors_total %" PRIu64 "\n",
		 m->config_reload_errors);
	if (m->cluster) {
		add_watches(m, out);
		add_events(m, out);
		add_issuer(m, out);
		add_ends(m, out);
		add_pods(m, out);
	}
	add_head(out, "build_info", "gauge", "Always 1; the version is in the label.");
	buf_adds(out, "claude_wif_build_info{version=\"" WIF_VERSION "\"} 1\n");
}
