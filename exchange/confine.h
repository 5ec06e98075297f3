/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXCHANGE_CONFINE_H
#define EXCHANGE_CONFINE_H

/*
 * How the process makes itself small. Two steps, because OpenSSL and the
 * resolver read files between them; main.c keeps the order, docs/trust.md
 * explains it.
 */

/*
 * First of all: the environment cleared, no core file, no ptrace by others of
 * this uid, death with the parent, no SIGPIPE. Cannot fail in a way that matters.
 *
 * Source  prctl(2), setrlimit(2), libcurl-env(3).
 */
void confine_early(void);

/*
 * Before the first byte from the network: Landlock (no file but /etc/hosts, no
 * TCP listener, no signal to others), then a seccomp filter (no new program, no
 * new process, no look into another one).
 *
 * Returns NULL, or what this kernel refused, as the answer says it; the rest holds.
 * Source  landlock(7), seccomp(2).
 */
const char *confine_late(void);

#endif
