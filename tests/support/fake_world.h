/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_WORLD_H
#define TESTS_SUPPORT_FAKE_WORLD_H

/*
 * What surrounds one writer: a kubelet that renews projected tokens, a token
 * endpoint that remembers every assertion, and a client that reads the
 * credential directory at every step and keeps count.
 *
 * A replay is a presentation of an assertion after an earlier one, unless the
 * earlier one was answered not-sent, or was the first and answered 429.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake_sys.h"

#define WORLD_SOURCES_MAX 16
#define WORLD_SEEN_MAX 8192
#define WORLD_SCRIPT_MAX 32
#define WORLD_ID_LEN 22

enum world_answer {
	WORLD_GRANT,
	WORLD_DENY,	 /* 401 */
	WORLD_MALFORMED, /* 400 */
	WORLD_THROTTLE,	 /* 429 */
	WORLD_TRANSIENT, /* 503 */
	WORLD_NOT_SENT,	 /* the child could not connect */
	WORLD_HANG,	 /* the endpoint takes it, and the child never ends by itself */
	WORLD_CRASH,	 /* the endpoint grants, the child dies before it says so */
	WORLD_CUT_OFF,	 /* the endpoint grants, half of the answer arrives */
};

enum world_event_kind {
	WORLD_SIGNAL,	   /* value: number */
	WORLD_STEP,	   /* of the wall clock; value: seconds */
	WORLD_FREEZE,	   /* value: 1 the node's wall clock stands still, 0 it goes on from there */
	WORLD_SUSPEND,	   /* of the machine; value: seconds */
	WORLD_CHMOD,	   /* of the credential file; value: mode. Forgiven until it is put right */
	WORLD_SPOIL,	   /* the config file; forgiven until it is put right */
	WORLD_KUBELET,	   /* value: 0 stops renewal, 1 resumes it */
	WORLD_ANSWERS,	   /* value: enum world_answer for all that follows; -1: by chance */
	WORLD_KILL,	   /* value: at the how manieth system call from then on */
	WORLD_REPLACE_DIR, /* the assertions' directory is moved away, a new one stands there */
	WORLD_ORPHANS,	   /* end, of processes that PID 1 inherited; value: how many at once */
};

/* What the figures of the client are about. */
enum world_phase {
	WORLD_CALM,
	WORLD_OUTAGE,	 /* from WORLD_ANSWERS >= 0 to the first grant after it ends */
	WORLD_AFTERMATH, /* if it ate assertions: on to the first grant after all are replaced */
};

struct fake_world {
	char dir[128];	      /* a temporary directory; assertions/ and out/ within */
	char assertions[160], out[160];
	struct fake_sys *sys;
	uid_t uid;	      /* the writer's and the client's; the test's own until fake_world_own */

	/* the kubelet */
	unsigned n_sources;
	bool renewing;
	int64_t e_s;	      /* expirationSeconds of the first; the next have one less each */
	struct world_token {
		char id[WORLD_ID_LEN + 1];
		int64_t iat_s, exp_s, renew_s; /* true wall */
		bool presented;
		bool lost; /* presented in an outage */
	} token[WORLD_SOURCES_MAX];
	int64_t sync_ns;      /* next pod sync */
	unsigned generation;

	/* the endpoint */
	int64_t lifetime_s;   /* the rule's */
	unsigned fail_permille;
	bool allow_short;
	unsigned latency_ms;
	bool unconfined;      /* the child says so */
	int answer;	      /* enum world_answer, or -1: grant or fail by chance */
	enum world_answer answer_now; /* of the child that runs */
	enum world_answer script[WORLD_SCRIPT_MAX]; /* first answers, before all else */
	unsigned n_script, next_script;
	struct {
		char id[WORLD_ID_LEN + 1];
		bool once_more;
	} seen[WORLD_SEEN_MAX];
	unsigned n_seen;
	int64_t presented_left_s;
	unsigned presentations, grants, replays, not_sent;
	uint64_t chance;      /* state of the random numbers */

	/* the last granted tokens: number -> true end */
	int64_t token_end_s[WORLD_SEEN_MAX];
	unsigned n_tokens;

	/* the client */
	bool had_file, watch_files, client_off;
	unsigned looks, torn, vanished, wrong; /* wrong: claims more life than there is */
	int64_t most_over_s;  /* the most that a living one claimed beyond the truth */
	int64_t fooled_ns;    /* virtual time in which it claimed life, and had none */
	int64_t gap_ns;	      /* virtual time without a valid token, after the first */
	enum world_phase phase;
	int64_t outage_gap_ns, aftermath_gap_ns; /* the parts of gap_ns in those phases */
	int64_t outage_left_s; /* valid for so long when the outage began */
	int64_t outage_end_ns; /* boot time at which answers were good again; 0 = not yet */
	int64_t recovery_ns;   /* from there to the next exchange, if dry_at_end */
	bool dry_at_end;      /* no valid token at that moment */
	unsigned unspent_at_end; /* assertions, at that moment */
	int64_t least_left_s; /* from the first token on, in calm alone; 0 once there was a gap */

	/* what is to come, by virtual time */
	struct {
		enum world_event_kind kind;
		int64_t at_ns;
		int64_t value;
	} event[16];
	unsigned n_events;
};

/* A world in shared memory and a directory under $TMPDIR with N tokens of E_S seconds. */
struct fake_world *fake_world_new(unsigned n, int64_t e_s, int64_t lifetime_s);

/* Root only: the directory belongs to UID, and writer and client will run as it. */
void fake_world_own(struct fake_world *w, uid_t uid);

/* Remove the directory and the memory, W->sys too. */
void fake_world_free(struct fake_world *w);

static inline void auto_fake_world(struct fake_world **w)
{
	fake_world_free(*w);
}

void fake_world_at(struct fake_world *w, int64_t in_s, enum world_event_kind kind, int64_t value);

/*
 * The machine sleeps for S seconds: CLOCK_BOOTTIME and CLOCK_REALTIME go on, and no
 * process notices. The kubelet's timers and the network's stand still meanwhile.
 */
void fake_world_suspend(struct fake_world *w, int64_t s);

/* For fake_sys.c: the next thing due, and making it happen. */
int64_t fake_world_next_ns(const struct fake_world *w);
void fake_world_advance(struct fake_world *w, int64_t to_ns);

/* The child starts: the text of its request. Returns what it will answer. */
enum world_answer fake_world_present(struct fake_world *w, const char *request, size_t len);

/* The child ends: put its answer into FD. */
void fake_world_reply(struct fake_world *w, enum world_answer a, int fd);

/* Time goes by, up to TO_NS, while the files stay as they are: the client keeps count. */
void fake_world_pass(struct fake_world *w, int64_t to_ns);

uint64_t fake_world_chance(struct fake_world *w);

/* The client looks at the files. */
void fake_world_look(struct fake_world *w);

/* Seconds for which the file on disk is truly valid; 0 when there is none. */
int64_t fake_world_left_s(struct fake_world *w);

#endif
