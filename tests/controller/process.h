/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_PROCESS_H
#define TESTS_CONTROLLER_PROCESS_H

/*
 * A wif-controller of its own, of $WIF_BIN_DIR (default: build/asan), with its files:
 * config.yaml, tls.crt and tls.key, ports, and out and log for what it prints.
 */

#include <sys/types.h>

#include "tests/controller/workdir.h"

struct process {
	struct workdir dir;
	pid_t pid;		/* 0: none runs */
	int port, metrics_port;
};

/* A directory with the smallest config and a certificate; nothing runs yet. */
struct process process_prepare(void);

/* Run with ARGS (ended by NULL; '%' at the start stands for the directory and '/') to the end: its
 * status. */
int process_run(struct process *p, const char *const *args);

/* Serve on free ports of 127.0.0.1, with --drain DRAIN; returns when it listens. */
void process_serve(struct process *p, const char *drain);

/* The same, for a Service NAMESPACE/NAME. */
void process_serve_for(struct process *p, const char *service);

/* As process_serve, following the API server on PORT of 127.0.0.1, plain HTTP. */
void process_follow(struct process *p, int port);

/*
 * As process_follow, with a certificate of its own in the Secret wif-tls for the
 * Service wif-system/wif, good for LIFE_S, and the configuration claude-wif.
 */
void process_keep(struct process *p, int port, const char *life_s);

/* Send SIGNO, and wait: the exit status. Fails the test on a sanitizer's report. */
int process_end(struct process *p, int signo);

void process_close(struct process *p);

static inline void auto_process(struct process *p)
{
	process_close(p);
}

#endif
