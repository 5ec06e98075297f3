/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's config: what is taken makes a patch that is JSON; what is refused says where. */
#include <string.h>

#include "config/config.h"
#include "inject/settings.h"
#include "tests/fuzz/fuzz.h"

static void use(const struct settings *set)
{
	AUTO(buf) struct buf pod;
	struct inject_request req = { .namespace_ = "team-a", .settings = set };
	struct inject_result out;
	struct err e = { 0 };

	buf_init(&pod, 4096);
	buf_addf(&pod, "{\"metadata\":{\"annotations\":{\"%s/inject\":\"true\"}},\"spec\":{"
		       "\"containers\":[{\"name\":\"app\",\"image\":\"i\"}]}}", set->prefix);
	fuzz_is_json(&pod, "a pod with the prefix");
	req.pod = pod.data;
	req.pod_len = pod.len;
	inject_result_init(&out);
	MUST(inject(&req, &out, &e) == 0, "%s", e.msg);
	MUST(out.verdict != INJECT_SKIP, "a pod that asks is left out: %s",
	     reason_row(out.reason)->code);
	if (out.verdict == INJECT_PATCH)
		fuzz_is_json(&out.patch, "the patch");
	inject_result_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings set;
	struct err e = { 0 };

	if (config_parse((const char *)data, size, "c.yaml", &set, &e) < 0) {
		fuzz_refused(&e);
		MUST(!strncmp(e.msg, "c.yaml", 6), "the message does not say where: %s", e.msg);
		return 0;
	}
	MUST(strlen(set.hash) == 16, "hash %s", set.hash);
	use(&set);
	settings_fini(&set);
	return 0;
}
