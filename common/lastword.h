/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LASTWORD_H
#define COMMON_LASTWORD_H

/*
 * The word that a writer's termination message and its probe begin with: why there is no good
 * credential. The writer says it, the controller reads it; README, Troubleshooting, has each.
 */

enum lastword {
	LASTWORD_STARTING,
	LASTWORD_GRANTED,
	LASTWORD_DENIED,
	LASTWORD_MISCONFIGURED,
	LASTWORD_THROTTLED,
	LASTWORD_UNANSWERED,
	LASTWORD_UNREACHED,
	LASTWORD_WAITING,
	LASTWORD_FILES_REFUSED,
	LASTWORDS
};

/* "WriterStarting", … */
const char *lastword_text(enum lastword word);

/* The word that MESSAGE begins with, before a ':'; LASTWORDS for any other text. */
enum lastword lastword_of(const char *message);

#endif
