/* SPDX-License-Identifier: Apache-2.0 */

/* What is kept of a pod, and what the figures say of it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "controller/ends.h"
#include "controller/metrics.h"
#include "controller/pods.h"
#include "tests/controller/pod_text.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define PREFIX "wif.anthropic.com"
#define IN_FORCE "0123456789abcdef"
#define INJECT(value) "'metadata':{'annotations':{'" PREFIX "/inject':'" value "'}}"
#define STATUS(hash)                                                                               \
	"'metadata':{'annotations':{'" PREFIX "/status':'{\\\"config\\\":\\\"" hash "\\\"}'}}"
#define OURS "'volumes':[{'name':'own'},{'name':'claude-wif-assertions-2'}]"
#define KEY "'env':[{'name':'A'},{'name':'ANTHROPIC_API_KEY','valueFrom':{}}]"
#define MOUNT "'volumeMounts':[{'mountPath':'/x'},{'mountPath':'/var/run/secrets/anthropic.com'}]"
#define WRITER(state) "'status':{'initContainerStatuses':[{'name':'claude-wif-writer'," state "}]}"
#define BAD "{'terminated':{'exitCode':111}}"

static const struct row {
	const char *text, *facts;
} rows[] = {
	{ "{}", NULL },
	{ "{'metadata':{'annotations':{'other/inject':'true'}}}", NULL },
	{ "{" INJECT("true") "}", "A" },
	{ "{'metadata':{'labels':{'" PREFIX "/inject':'true'}}}", "A" },
	{ "{" INJECT("false") "}", "N" },
	{ "{" INJECT("yes") "}", NULL },
	{ "{" INJECT("true") ",'status':{'phase':'Succeeded'}}", "-A" },
	{ "{" INJECT("true") ",'status':{'phase':'Failed'}}", "-A" },
	{ "{" INJECT("true") ",'status':{'phase':'Running'}}", "A" },
	{ "{'metadata':{'annotations':{'kubernetes.io/config.mirror':'x'}}}", "-" },
	{ "{'spec':{'containers':[{'name':'app'," KEY "}]}}", "K" },
	{ "{'spec':{'initContainers':[{'name':'app','env':[{'name':'ANTHROPIC_AUTH_TOKEN','value':''}]}]}}",
	  "K" },
	{ "{'spec':{'containers':[{'name':'app','env':[{'name':'ANTHROPIC_API_KEYS'}]}]}}", NULL },
	{ "{'spec':{'containers':[{'name':'claude-wif-writer'," KEY "}]}}", NULL },
	{ "{'spec':{'containers':[{'name':'app'," KEY "," MOUNT "}]," OURS "}}", "KS#" },
	{ "{'spec':{'containers':[{'name':'app'," KEY "},{'name':'b'," MOUNT "}]," OURS "}}", "K#" },
	{ "{" STATUS(IN_FORCE) ",'spec':{" OURS "}}", "#" IN_FORCE },
	{ "{" STATUS("0123456789abcdef0") ",'spec':{" OURS "}}", "#" },
	{ "{" STATUS("F") ",'spec':{" OURS "}}", "#" },
	{ "{" STATUS("ff") "}", NULL },
	{ "{'spec':{" OURS "}," WRITER("'state':" BAD) "}", "F#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'terminated':{'exitCode':0}}") "}", "#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'waiting':{'reason':'CrashLoopBackOff'}}") "}", "F#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'waiting':{'reason':'PodInitializing'}}") "}", "#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'running':{}},'started':false,'lastState':" BAD) "}",
	  "F#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'running':{}},'started':true,'lastState':" BAD) "}",
	  "#" },
	{ "{'spec':{" OURS "}," WRITER("'state':{'running':{}},'started':false,'lastState':{}") "}",
	  "#" },
	{ "{'spec':{" OURS "},'status':{'containerStatuses':[{'name':'app','state':" BAD "}]}}", "#" },
	{ "{'spec':{" OURS "},'status':{'containerStatuses':[{'name':'claude-wif-writer','state':" BAD
	  "}]}}",
	  "F#" },
	/* what no API server sends */
	{ "{'metadata':[],'spec':7,'status':'x'}", NULL },
	{ "{'spec':{'containers':{'name':'app'},'volumes':[7,null,[]],'initContainers':[7,{'env':8}]}}",
	  NULL },
	{ "{'metadata':{'annotations':{'" PREFIX "/status':'{'}},'spec':{" OURS "}}", "#" },
	{ "{'metadata':{'annotations':{'" PREFIX "/status':7}},'spec':{" OURS "}}", "#" },
};

/* FACTS less marks and news of ends, which tests/controller/test_ends.c judges. */
static char *without_ends(char *facts)
{
	char *mark;

	facts = ends_take("n", NULL, facts, NULL, NULL);
	while (facts && (mark = strchr(facts, ENDS_MARK)))
		memmove(mark, mark + 17, strlen(mark + 17) + 1);
	return facts;
}

Test(pods, keeps_a_few_letters_of_each)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		json_t *object = pod_text(rows[i].text);
		char *facts = (char *)1;

		cr_assert(pods_reduce(object, PREFIX, &facts) == 0);
		facts = without_ends(facts);
		if (rows[i].facts)
			cr_expect(eq(str, facts ? facts : TEXT("none"), TEXT(rows[i].facts)), "%s",
				  rows[i].text);
		else
			cr_expect(facts == NULL, "%s: %s", rows[i].text, facts);
		free(facts);
		json_decref(object);
	}
	NO_LEAKS();
}

/* A cluster, and how it is counted. */
static struct sys sys;
static struct store store;

static void open_store(void)
{
	sys = sys_real();
	store_init(&store, &sys);
}

static void label(const char *namespace_, const char *value)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
		       "{\"metadata\":{\"labels\":{\"" PREFIX "/injection\":\"%s\"}}}", value);
	store_put(&store, INJECT_NAMESPACE, "", namespace_, strdup(text));
}

static void put(const char *namespace_, const char *name, const char *facts)
{
	store_put(&store, STORE_POD, namespace_, name, facts ? strdup(facts) : NULL);
}

Test(pods, are_counted_by_namespace_state_and_label)
{
	/* facts, and the state: without a label, enabled, observe */
	static const struct {
		const char *facts;
		enum pods_state bare, enabled, observe;
	} cases[] = {
		{ NULL, PODS_STATES, PODS_MISSING, PODS_STATES },
		{ "A", PODS_MISSING, PODS_MISSING, PODS_STATES },
		{ "N", PODS_STATES, PODS_STATES, PODS_STATES },
		{ "K", PODS_STATIC_KEY, PODS_MISSING, PODS_STATIC_KEY },
		{ "NK", PODS_STATIC_KEY, PODS_STATIC_KEY, PODS_STATIC_KEY },
		{ "AK", PODS_MISSING, PODS_MISSING, PODS_STATIC_KEY },
		{ "A#" IN_FORCE, PODS_INJECTED, PODS_INJECTED, PODS_INJECTED },
		{ "AK#" IN_FORCE, PODS_INJECTED, PODS_INJECTED, PODS_INJECTED },
		{ "AKS#" IN_FORCE, PODS_SHADOWED, PODS_SHADOWED, PODS_SHADOWED },
		{ "AKS#ff", PODS_OUTDATED, PODS_OUTDATED, PODS_OUTDATED },
		{ "#", PODS_OUTDATED, PODS_OUTDATED, PODS_OUTDATED },
		{ "AKSF#ff", PODS_FAILING, PODS_FAILING, PODS_FAILING },
		{ "AF!0123456789abcdef!fedcba9876543210#" IN_FORCE, PODS_FAILING, PODS_FAILING,
		  PODS_FAILING },
		{ "A!0123456789abcdef#" IN_FORCE, PODS_INJECTED, PODS_INJECTED, PODS_INJECTED },
		{ "A!0123456789abcdef#ff", PODS_OUTDATED, PODS_OUTDATED, PODS_OUTDATED },
		{ "-A", PODS_STATES, PODS_STATES, PODS_STATES },
		{ "-AKSF#ff", PODS_STATES, PODS_STATES, PODS_STATES },
	};
	static const char *const labels[] = { "", "enabled", "observe", "disabled" };

	open_store();
	for (size_t i = 0; i < COUNTOF(cases); i++)
		for (size_t l = 0; l < COUNTOF(labels); l++) {
			enum pods_state want[] = { cases[i].bare, cases[i].enabled,
						   cases[i].observe, cases[i].observe };
			struct pods_rows rows_ = { .list = NULL };

			store_clear(&store);
			if (*labels[l])
				label("team", labels[l]);
			put("team", "x", cases[i].facts);
			pods_count(&store, PREFIX, IN_FORCE, &rows_);
			cr_assert(rows_.n == (want[l] != PODS_STATES), "%s, label \"%s\"",
				  cases[i].facts, labels[l]);
			for (enum pods_state s = 0; rows_.n && s < PODS_STATES; s++)
				cr_expect(rows_.list[0].n[s] == (s == want[l]), "%s, \"%s\": %s",
					  cases[i].facts, labels[l], pods_state_name(s));
			pods_rows_fini(&rows_);
		}
	store_fini(&store);
	NO_LEAKS();
}

Test(pods, a_row_for_each_namespace_and_a_line_for_each_state)
{
	struct metrics m = { .cluster = true };
	struct pods_rows counted = { .list = NULL };
	struct buf out;

	open_store();
	label("late", "enabled");
	put("team-b", "x", "A");
	put("team", "x", "A#" IN_FORCE);
	put("team", "y", "A#" IN_FORCE);
	put("team", "z", "AF#" IN_FORCE);
	put("team-b", "y", "K");
	put("late", "x", NULL);
	put("plain", "x", NULL);
	pods_count(&store, PREFIX, IN_FORCE, &counted);
	buf_init(&out, 65536);
	metrics_write(&m, &out);
	cr_expect(strstr(out.data, "claude_wif_pods") == NULL, "before the first list");
	m.pods = &counted;
	buf_reset(&out);
	metrics_write(&m, &out);
	cr_expect(strstr(out.data, "# TYPE claude_wif_pods gauge\n"
				   "claude_wif_pods{namespace=\"late\",state=\"missing\"} 1\n"
				   "claude_wif_pods{namespace=\"team-b\",state=\"missing\"} 1\n"
				   "claude_wif_pods{namespace=\"team-b\",state=\"static-key\"} 1\n"
				   "claude_wif_pods{namespace=\"team\",state=\"failing\"} 1\n"
				   "claude_wif_pods{namespace=\"team\",state=\"injected\"} 2\n#") != NULL,
		  "%s", out.data);
	store_remove(&store, STORE_POD, "team", "z");
	store_remove(&store, STORE_POD, "late", "x");
	pods_count(&store, PREFIX, "ff", &counted);
	cr_expect(counted.n == 2 && counted.list[1].n[PODS_OUTDATED] == 2);
	buf_fini(&out);
	pods_rows_fini(&counted);
	store_fini(&store);
	NO_LEAKS();
}
