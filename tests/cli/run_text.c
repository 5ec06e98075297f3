/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cli/run_text.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>

#include "cli/rewrite.h"
#include "common/fileio.h"
#include "config/config.h"

void run_text(struct run *run, const char *text, size_t len)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	*run = (struct run){ .name = "in", .namespace_ = "default" };
	settings_init(&run->settings);
	buf_init(&run->input, INPUT_MAX);
	buf_init(&run->warnings, OUTPUT_MAX);
	buf_init(&run->refusal, 1u << 16);
	cr_assert(config_load(&sys, CASES_DIR "/config.yaml", &run->settings, &e) == 0, "%s",
		  e.msg);
	buf_add(&run->input, text, len);
	run->stream = (struct stream){ .text = run->input.data, .len = run->input.len, .line = 1 };
}

int inject_text(struct run *run, const char *text, size_t len, struct buf *out, struct err *e)
{
	run_text(run, text, len);
	buf_init(out, OUTPUT_MAX);
	return rewrite(run, out, e);
}

bool case_file(const char *name, struct buf *out)
{
	struct sys sys = sys_real();
	struct err e = { 0 };
	char path[300];

	(void)snprintf(path, sizeof(path), CASES_DIR "/%s", name);
	buf_init(out, 1u << 20);
	return fileio_read(&sys, AT_FDCWD, path, 0, out, &e) == 0;
}

void text_json(const char *text, size_t len, struct buf *out)
{
	AUTO(tree) struct tree t = { .root = NULL };
	struct err e = { 0 };

	cr_assert(tree_parse(&t, text, len, "text", 1, &e) == 0, "%s", e.msg);
	cr_assert(t.root != NULL);
	node_json(t.root, -1, 0, out);
}
