/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "sandbox/keygen.h"
#include "sandbox/project.h"
#include "sandbox/serve.h"

static const char usage[] =
	"usage: wif-sandbox VERB [options]\n"
	"\n"
	"A strict stand-in for a Kubernetes issuer and the Claude API, for demo and tests.\n"
	"  keygen    make an issuer's key, a JWKS, and a server certificate\n"
	"  project   write signed service-account tokens, as the kubelet projects them\n"
	"  serve     answer /v1/oauth/token and /v1/messages\n"
	"\n"
	"Each verb has --help. Exit: 0 done, 100 fix the usage, 111 the world failed.\n";

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {
		{ "keygen", keygen_main },
		{ "project", project_main },
		{ "serve", serve_main },
	};

	for (size_t i = 0; argc > 1 && i < COUNTOF(verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout), 0;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("wif-sandbox " WIF_VERSION), 0;
	(void)fprintf(stderr, "wif-sandbox: %s: use keygen, project or serve; see --help\n",
		      argc > 1 ? argv[1] : "no verb");
	return 100;
}
