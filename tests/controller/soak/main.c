/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile connection sequences, interleaved with good reviews, against a running controller.
 * usage: soak PORT METRICS-PORT PID SEED SEQUENCES REVIEWS REVIEW-FILE...
 * Exit 0 when every review was answered as at the start, and descriptors, memory and processor
 * time of the controller came back to rest. Local use only.
 */
#include "tests/controller/soak/soak.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/client.h"
#include "common/fileio.h"
#include "tests/controller/soak/proc.h"

#define GOOD 4			/* connections */
#define FOES 2			/* threads */
#define AHEAD 8			/* sequences whose reviews may come first */
#define WARM_REVIEWS 500
#define REST_S 30		/* for closed connections to be gone: lws takes up to 10 s */
#define IDLE_MS 2000		/* how long it must be at rest, and */
#define IDLE_CPU_MS 300		/* what it may use of it */
#define GROWTH_KIB (8 << 10)	/* beyond a tenth: fragments, and ASan's own tables */

void soak_fail(struct soak *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)pthread_mutex_lock(&s->lock);
	if (!s->failed) {
		(void)fputs("soak: ", stderr);
		(void)vfprintf(stderr, fmt, ap);
		(void)fputc('\n', stderr);
	}
	s->failed = true;
	(void)pthread_cond_broadcast(&s->moved);
	(void)pthread_mutex_unlock(&s->lock);
	va_end(ap);
}

long soak_next_review(struct soak *s)
{
	long n = -1;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->failed && s->reviews_begun < s->reviews &&
	       s->reviews_begun * s->sequences >= (s->sequences_begun + AHEAD) * s->reviews)
		(void)pthread_cond_wait(&s->moved, &s->lock);
	if (!s->failed && s->reviews_begun < s->reviews)
		n = s->reviews_begun++;
	(void)pthread_cond_broadcast(&s->moved);
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

long soak_next_sequence(struct soak *s)
{
	long n = -1;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->failed && s->sequences_begun < s->sequences &&
	       s->sequences_begun * s->reviews > s->reviews_begun * s->sequences)
		(void)pthread_cond_wait(&s->moved, &s->lock);
	if (!s->failed && s->sequences_begun < s->sequences)
		n = s->sequences_begun++;
	(void)pthread_cond_broadcast(&s->moved);
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

static bool answers_as_before(struct client *c, const struct sample *a)
{
	const char *body;
	size_t len;

	return client_ask(c, &a->request, &body, &len) == 200 && len == a->answer.len &&
	       !memcmp(body, a->answer.data, len);
}

void *soak_good(void *arg)
{
	struct soak *s = arg;
	struct client c;
	long i;

	client_open(&c, s->tls, s->port);
	while ((i = soak_next_review(s)) >= 0)
		if (!answers_as_before(&c, &s->sample[(size_t)i % s->samples]))
			soak_fail(s, "review %ld of seed %u was not answered as before: %.200s", i,
				  s->seed, c.in.len ? c.in.data : "no answer");
	client_close(&c);
	return NULL;
}

/* Read FILE, and ask for the answer that all later ones must equal. */
static void learn(struct soak *s, struct client *c, const char *file)
{
	struct sample *a = &s->sample[s->samples++];
	struct sys sys = sys_real();
	AUTO(buf) struct buf body;
	struct err e = { 0 };
	const char *answer = "";
	size_t len;
	int status;

	buf_init(&body, 1 << 20);
	buf_init(&a->request, 2 << 20);
	buf_init(&a->answer, 1 << 20);
	if (fileio_read(&sys, AT_FDCWD, file, 0, &body, &e) < 0) {
		soak_fail(s, "%s", e.msg);
		return;
	}
	client_request(&a->request, "/mutate", body.data, body.len);
	status = client_ask(c, &a->request, &answer, &len);
	if (status != 200 || !strstr(answer, "\"allowed\":true"))
		soak_fail(s, "%s: status %d: %.200s", file, status, answer);
	else
		buf_add(&a->answer, answer, len);
	s->patching += strstr(answer, "\"patch\"") != NULL;
}

/* What the first of everything allocates for good must be there when memory is measured. */
static void warm_up(struct soak *s, struct client *c)
{
	for (long i = 0; i < WARM_REVIEWS && !s->failed; i++)
		if (!answers_as_before(c, &s->sample[(size_t)i % s->samples]))
			soak_fail(s, "review %ld of the warm-up was not answered as before", i);
	if (!s->failed)
		soak_hostile_each(s);
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Another process's descriptors tell nobody when they change: look until there are WANT. */
static void await_fds(struct soak *s, long want)
{
	for (long ms = 0; ms < REST_S * 1000L && proc_fds(s->pid) != want; ms += 100)
		pause_ms(100);
	if (proc_fds(s->pid) != want)
		soak_fail(s, "%ld descriptors are open after all clients left; %ld at the start",
			  proc_fds(s->pid), want);
}

static void expect_rest(struct soak *s)
{
	long cpu = proc_cpu_ms(s->pid);

	pause_ms(IDLE_MS);
	cpu = proc_cpu_ms(s->pid) - cpu;
	if (cpu > IDLE_CPU_MS)
		soak_fail(s, "it used %ld ms of %d with nothing to do", cpu, IDLE_MS);
}

/* The sum of the reviews that its own figures say it patched. */
static long patched(struct soak *s)
{
	static const char ask[] = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
	static const char name[] = "claude_wif_admission_reviews_total{decision=\"patched\"";
	AUTO(close) int fd = client_dial(s->metrics_port, CLIENT_WAIT_S);
	AUTO(buf) struct buf text;
	char piece[4096];
	long sum = 0;
	ssize_t n;

	buf_init(&text, 1 << 20);
	if (fd < 0 || send(fd, ask, strlen(ask), MSG_NOSIGNAL) < 0)
		return -1;
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		buf_add(&text, piece, (size_t)n);
	for (const char *at = text.data; at && (at = strstr(at, name)); at++)
		sum += atol(strchr(at, '}') + 1);
	return sum;
}

static void run(struct soak *s)
{
	pthread_t thread[GOOD + FOES];

	for (size_t i = 0; i < COUNTOF(thread); i++)
		if (pthread_create(&thread[i], NULL, i < GOOD ? soak_good : soak_hostile, s))
			abort();
	for (size_t i = 0; i < COUNTOF(thread); i++)
		(void)pthread_join(thread[i], NULL);
}

static void soak(struct soak *s, char **files)
{
	long fds = proc_fds(s->pid), rest, start, end, count, want;
	struct client c;

	client_open(&c, s->tls, s->port);
	for (; *files && s->samples < SAMPLES_MAX; files++)
		learn(s, &c, *files);
	warm_up(s, &c);
	client_close(&c);
	await_fds(s, fds);
	start = proc_rss_kib(s->pid);
	count = patched(s);
	if (!s->failed)
		run(s);
	await_fds(s, fds);
	rest = proc_fds(s->pid);
	expect_rest(s);
	end = proc_rss_kib(s->pid);
	count = patched(s) - count;
	want = s->samples ? s->reviews / (long)s->samples * (long)s->patching : 0;
	printf("seed %u: %ld hostile sequences, %ld good reviews, %ld pods patched, descriptors %ld -> %ld, "
	       "VmRSS %ld -> %ld KiB\n", s->seed, s->sequences_begun, s->reviews_begun, count, fds,
	       rest, start, end);
	if (end > start + start / 10 + GROWTH_KIB)
		soak_fail(s, "it grew from %ld to %ld KiB", start, end);
	if (count < want)
		soak_fail(s, "its figures say %ld pods patched, of %ld", count, want);
}

int main(int argc, char **argv)
{
	struct soak s = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };

	if (argc < 8) {
		(void)fputs("usage: soak PORT METRICS-PORT PID SEED SEQUENCES REVIEWS REVIEW-FILE...\n",
			    stderr);
		return 100;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	s.port = atoi(argv[1]);
	s.metrics_port = atoi(argv[2]);
	s.pid = atoi(argv[3]);
	s.seed = (unsigned)atol(argv[4]);
	s.sequences = atol(argv[5]);
	s.reviews = atol(argv[6]);
	s.tls = SSL_CTX_new(TLS_client_method());
	if (!s.tls || s.pid < 1 || s.sequences < 1 || s.reviews < 1)
		return 111;
	soak(&s, argv + 7);
	for (size_t i = 0; i < s.samples; i++) {
		buf_fini(&s.sample[i].request);
		buf_fini(&s.sample[i].answer);
	}
	SSL_CTX_free(s.tls);
	return s.failed;
}
