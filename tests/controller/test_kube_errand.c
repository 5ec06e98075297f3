/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/follower.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define PREFIX FOLLOWER_PREFIX
#define MODE(value) ",\"annotations\":{\"" PREFIX "/mode\":\"" value "\"}"

Test(kube_errand, a_first_401_is_tried_again_at_once_and_a_second_is_believed, .timeout = 60)
{
	struct follower f;

	follower_open(&f);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "n", MODE("env"));
	fake_api_distrust(f.api, 1);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	cr_expect(eq(int, fake_api_count(f.api, FAKE_REFUSED), 1));
	cr_expect(eq(int, follower_lines(&f, "unable to follow"), 0));
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_distrust(f.api, 1);
	follower_ask(&f, KUBE_NAMESPACE, "", "n", 20000);
	cr_expect(f.got.found, "%s", f.got.why);
	fake_api_distrust(f.api, 2);
	follower_ask(&f, KUBE_NAMESPACE, "", "n", 20000);
	cr_expect(not(f.got.found));
	cr_expect(eq(str, f.got.why, TEXT("the API server answers 401")));
	follower_close(&f);
	NO_LEAKS();
}

Test(kube_errand, reads_one_object_now_whatever_the_watch_has_seen, .timeout = 60)
{
	struct follower f;

	follower_open(&f);
	fake_api_put_unseen(f.api, FAKE_ACCOUNT, "a", "late", MODE("init"));
	fake_api_put_unseen(f.api, FAKE_NAMESPACE, "", "bare", "");
	follower_start(&f, NULL);
	follower_await_synced(&f);
	follower_ask(&f, KUBE_SERVICE_ACCOUNT, "a", "late", 20000);
	cr_assert(eq(int, f.got.found, true), "%s", f.got.why);
	cr_expect(strstr(f.got.text, "\"init\"") != NULL);
	follower_ask(&f, KUBE_NAMESPACE, "", "bare", 20000);
	cr_expect(f.got.found && !f.got.text, "%s", f.got.why);
	follower_ask(&f, KUBE_NAMESPACE, "", "nowhere", 20000);
	cr_expect(eq(int, f.got.found, false));
	cr_expect(eq(str, f.got.why, TEXT("it does not exist")));
	follower_ask(&f, KUBE_SERVICE_ACCOUNT, "a", "../../secrets/x", 20000);
	cr_expect(eq(str, f.got.why, TEXT("it is not a name")));
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 0),
		  "an object that was read is not kept: nothing would take it away again");
	follower_close(&f);
	NO_LEAKS();
}

Test(kube_errand, gives_up_on_one_object_at_its_deadline_and_on_none_besides, .timeout = 60)
{
	struct follower f;

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_hold(f.api, true);
	follower_ask(&f, KUBE_NAMESPACE, "", "slow", 100);
	cr_expect(eq(int, f.got.found, false));
	cr_expect(f.got.why[0] != '\0');
	follower_ask(&f, KUBE_NAMESPACE, "", "slow", -1);
	cr_expect(eq(str, f.got.why, TEXT("no answer in time")));
	fake_api_put(f.api, FAKE_NAMESPACE, "", "n", "");
	follower_await(&f, INJECT_NAMESPACE, "", "n", "");
	follower_close(&f);
	NO_LEAKS();
}

Test(kube_errand, ends_while_questions_are_open, .timeout = 60)
{
	struct kube_name wanted = { .kind = KUBE_NAMESPACE, .name = "n" };
	struct follower f;
	struct err e = { 0 };

	follower_open(&f);
	follower_start(&f, NULL);
	fake_api_hold(f.api, true);
	for (uint64_t id = 1; id <= 30; id++)
		cr_assert(kube_ask(f.kube, id, &wanted,
				   mono_add_ms(f.sys.ops->boot_now(&f.sys), 20000), &e) == 0);
	fake_api_await(f.api, FAKE_GETS, 5);
	cr_expect(eq(u64, f.got.id, 0), "none was answered");
	follower_close(&f);
	NO_LEAKS();
}
