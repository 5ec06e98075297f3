/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "controller/args.h"
#include "tests/support/text.h"

#define FILES "--config", "c", "--tls-cert", "t", "--tls-key", "k"
#define WORDS 12

static int parse(const char *const *words, struct args *a, struct err *e)
{
	char *argv[WORDS + 2] = { TEXT("wif-controller") };
	int argc = 1;

	for (; argc <= WORDS && words[argc - 1]; argc++)
		argv[argc] = TEXT(words[argc - 1]);
	*e = (struct err){ 0 };
	return args_parse(argc, argv, a, e);
}

Test(args, defaults)
{
	static const char *const words[WORDS] = { FILES };
	struct args a;
	struct err e;

	cr_assert(eq(int, parse(words, &a, &e), 0), "%s", e.msg);
	cr_expect(eq(str, TEXT(a.config), TEXT("c")));
	cr_expect(eq(str, TEXT(a.tls_cert), TEXT("t")));
	cr_expect(eq(str, TEXT(a.tls_key), TEXT("k")));
	cr_expect(eq(str, a.listen.host, TEXT("")));
	cr_expect(eq(int, a.listen.port, 8443));
	cr_expect(eq(int, a.metrics.port, 8080));
	cr_expect(eq(int, a.drain_s, 5));
	cr_expect(eq(int, a.log_level, LOG_LEVEL_INFO));
	cr_expect(a.port_file == NULL && !a.check_config && !a.exit);
	cr_expect(a.kubeconfig == NULL && !a.no_cluster);
}

Test(args, addresses_and_numbers)
{
	static const char *const words[WORDS] = { FILES, "--listen", "127.0.0.1:0",
						  "--metrics-listen=[::1]:65535", "--drain=0",
						  "--no-cluster", "--log-level=debug" };
	struct args a;
	struct err e;

	cr_assert(eq(int, parse(words, &a, &e), 0), "%s", e.msg);
	cr_expect(eq(str, a.listen.host, TEXT("127.0.0.1")));
	cr_expect(eq(int, a.listen.port, 0));
	cr_expect(eq(str, a.metrics.host, TEXT("::1")));
	cr_expect(eq(int, a.metrics.port, 65535));
	cr_expect(eq(int, a.drain_s, 0));
	cr_expect(eq(int, a.log_level, LOG_LEVEL_DEBUG));
}

Test(args, a_secret_in_the_place_of_files)
{
	static const char *const words[WORDS] = { "--config", "c", "--tls-secret", "s",
						  "--webhook-config", "w.x", "--service=ns/name",
						  "--tls-life", "60" };
	struct args a;
	struct err e;

	cr_assert(eq(int, parse(words, &a, &e), 0), "%s", e.msg);
	cr_expect(eq(str, TEXT(a.tls_secret), TEXT("s")));
	cr_expect(eq(str, TEXT(a.webhook_config), TEXT("w.x")));
	cr_expect(eq(str, a.namespace_, TEXT("ns")));
	cr_expect(eq(str, a.service, TEXT("name")));
	cr_expect(eq(int, a.tls_life_s, 60));
}

Test(args, check_config_needs_no_certificate)
{
	static const char *const words[WORDS] = { "--check-config", "--config", "c" };
	struct args a;
	struct err e;

	cr_assert(eq(int, parse(words, &a, &e), 0), "%s", e.msg);
	cr_expect(a.check_config);
}

#define ADDRESS                                                                                    \
	": not an address and port; use ADDR:PORT such as :8443, 127.0.0.1:8443 or [::1]:8443"
#define SECRET                                                                                     \
	"--tls-secret", "s", "--webhook-config", "w", "--service", "ns/name"
#define SERVICE ": not a Service; use NAMESPACE/NAME"
#define SEE "; see wif-controller --help"

static const struct {
	const char *words[WORDS], *want;
} refused[] = {
	{ { NULL }, "--config FILE is missing" SEE },
	{ { "--config", "" }, "--config FILE is missing" SEE },
	{ { "--config", "c" }, "--tls-cert FILE is missing" SEE },
	{ { "--config", "c", "--tls-cert", "t" }, "--tls-key FILE is missing" SEE },
	{ { "--config" }, "--config: a value is missing" SEE },
	{ { "--config", "c", SECRET, "--tls-key", "k" },
	  "--tls-secret and --tls-cert, --tls-key exclude each other; keep one" },
	{ { "--config", "c", SECRET, "--no-cluster" },
	  "--tls-secret and --no-cluster exclude each other; keep one" },
	{ { "--config", "c", "--tls-secret", "s" },
	  "--webhook-config NAME is missing, which --tls-secret needs" SEE },
	{ { "--config", "c", "--tls-secret", "s", "--webhook-config", "w" },
	  "--service NAMESPACE/NAME is missing, which --tls-secret needs" SEE },
	{ { "--tls-secret", "a/b" },
	  "--tls-secret=\"a/b\": not a name; use that of the object in the cluster" },
	{ { "--webhook-config", "W" },
	  "--webhook-config=\"W\": not a name; use that of the object in the cluster" },
	{ { "--service", "wif" }, "--service=\"wif\"" SERVICE },
	{ { "--service", "a/b/c" }, "--service=\"a/b/c\"" SERVICE },
	{ { "--service", "a/B" }, "--service=\"a/B\"" SERVICE },
	{ { "--service", "/b" }, "--service=\"/b\"" SERVICE },
	{ { "--tls-life", "59" }, "--tls-life=\"59\": not a number for this; use 60..31536000" },
	{ { "--tls-life", "90d" }, "--tls-life=\"90d\": not a number for this; use 60..31536000" },
	{ { FILES, "--kubeconfig", "k", "--no-cluster" },
	  "--kubeconfig and --no-cluster exclude each other; keep one" },
	{ { "--kubeconfigs", "k" }, "--kubeconfigs: not an option here" SEE },
	{ { "-x" }, "-x: not an option here" SEE },
	{ { FILES, "more" }, "more: not an option" SEE },
	{ { "--listen", "8443" }, "--listen=\"8443\"" ADDRESS },
	{ { "--listen", ":" }, "--listen=\":\"" ADDRESS },
	{ { "--listen", ":65536" }, "--listen=\":65536\"" ADDRESS },
	{ { "--listen", ":-1" }, "--listen=\":-1\"" ADDRESS },
	{ { "--listen", "localhost:1" }, "--listen=\"localhost:1\"" ADDRESS },
	{ { "--listen", "::1:8443" }, "--listen=\"::1:8443\"" ADDRESS },
	{ { "--listen", "[::1:8443" }, "--listen=\"[::1:8443\"" ADDRESS },
	{ { "--listen", "[127.0.0.1]:1" }, "--listen=\"[127.0.0.1]:1\"" ADDRESS },
	{ { "--metrics-listen", "[]:1" }, "--metrics-listen=\"[]:1\"" ADDRESS },
	{ { "--drain", "301" }, "--drain=\"301\": not a number for this; use 0..300" },
	{ { "--drain", "5s" }, "--drain=\"5s\": not a number for this; use 0..300" },
	{ { "--log-level", "loud" },
	  "--log-level=\"loud\": not a level; use error, warn, info or debug" },
};

Test(args, refuses_with_what_and_how)
{
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		struct args a;
		struct err e;

		cr_expect(eq(int, parse(refused[i].words, &a, &e), -1), "%s", refused[i].want);
		cr_expect(eq(str, e.msg, TEXT(refused[i].want)));
		cr_expect(eq(int, err_exit(&e), 100));
	}
}
