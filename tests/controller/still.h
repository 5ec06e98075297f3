/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_STILL_H
#define TESTS_CONTROLLER_STILL_H

/*
 * The real system, but for clocks that stand still until the test moves them. The wall clock
 * begins at 2025-11-22T18:40:00Z.
 */

#include "common/log.h"

struct still {
	struct sys_ops ops;
	struct sys sys;
	struct log log;
	struct mono mono;	/* now */
};

/* S's log goes to LOG_FD, which still_close closes. S must stay where it is. */
void still_open(struct still *s, int log_fd);
void still_close(struct still *s);

void still_pass_ms(struct still *s, int64_t ms);

#endif
