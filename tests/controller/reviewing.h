/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_REVIEWING_H
#define TESTS_CONTROLLER_REVIEWING_H

/* Reviews sent to a process, and what its answers must say. */

#include <stdbool.h>

#include "tests/controller/process.h"
#include "tests/support/tls_client.h"

/*
 * Send the review of a pod of ServiceAccount NAMESPACE_/ACCOUNT. METADATA adds members to its
 * metadata.
 */
void reviewing_send(struct tls_client *c, const char *namespace_, const char *account,
		    const char *metadata);

/* The answer on C has WANT in it, and STATUS. */
void reviewing_answer(struct tls_client *c, int status, const char *want);

/* Both, on a connection of its own. */
void reviewing_expect(const struct process *p, const char *namespace_, const char *account,
		      const char *metadata, const char *want);

/* GET PATH of the metrics port: the status, and what it says in OUT. */
int reviewing_get(const struct process *p, const char *path, char *out, size_t size);

/* Wait until /metrics has WANT in it, or has it no more. */
void reviewing_await_figure(const struct process *p, const char *want, bool there);

/* Does /readyz say yes? OUT is what it says. */
bool reviewing_is_ready(const struct process *p, char *out, size_t size);
void reviewing_await_ready(const struct process *p);

#endif
