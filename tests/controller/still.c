/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/still.h"

#define BEGIN_S 1763836800

static struct mono boot_now(struct sys *sys)
{
	const struct still *s = sys->ctx;

	return s->mono;
}

static struct wall wall_now(struct sys *sys)
{
	const struct still *s = sys->ctx;

	return (struct wall){ BEGIN_S + s->mono.ns / NS_PER_S };
}

void still_open(struct still *s, int log_fd)
{
	struct sys real = sys_real();

	*s = (struct still){ .ops = *real.ops };
	s->ops.boot_now = boot_now;
	s->ops.wall_now = wall_now;
	s->sys = (struct sys){ .ops = &s->ops, .ctx = s };
	log_init(&s->log, &s->sys, log_fd, LOG_LEVEL_INFO);
}

void still_close(struct still *s)
{
	(void)close(s->log.fd);
}

void still_pass_ms(struct still *s, int64_t ms)
{
	s->mono = mono_add_ms(s->mono, ms);
}
