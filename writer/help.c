/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/options.h"

#define COMMON_EXCHANGE                                                                            \
	"  --assertions PATH    directory of projected tokens (with --source file: one file)\n"    \
	"  --output DIR         the credential directory [" OPTIONS_OUTPUT "]\n"                   \
	"  --source KIND        projected or file [projected]\n"                                   \
	"  --exchange FILE      the exchange program [wif-exchange beside this one]\n"             \
	"  --base-url URL       token endpoint [" OPTIONS_BASE_URL "]\n"                           \
	"  --ca-bundle FILE     CAs to trust [ca-bundle.pem beside this program]\n"                \
	"  --ca-pem TEXT        one more CA, as PEM text\n"                                        \
	"  --proxy URL          HTTPS proxy; --no-proxy LIST: hosts without it\n"                  \
	"  --insecure           allow a base URL with http\n"                                      \
	"  --lifetime S         token lifetime that the federation rule is set to [600]\n"         \
	"  --timeout S          of one exchange [10]\n"                                            \
	"  --termination-log F  where the last words go [" OPTIONS_TERMINATION_LOG "]\n"           \
	"  --log-level LEVEL    error, warn, info or debug [info]\n"                               \
	"Environment: ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID,\n"                  \
	"ANTHROPIC_SERVICE_ACCOUNT_ID, ANTHROPIC_WORKSPACE_ID (optional), WIF_POD_UID (optional).\n"

static const char *const texts[VERBS + 1] = {
	[VERB_RUN] = "usage: wif-writer run --assertions DIR [option...]\n"
		     "Keep the credential directory fresh until a stop signal.\n"
		     "  --grace S            classic sidecar: refresh once more when stopped with "
		     "less\n"
		     "                       than this left\n" COMMON_EXCHANGE,
	[VERB_ONCE] = "usage: wif-writer once --assertions DIR [option...]\n"
		      "Make the credential directory fresh once, then exit.\n" COMMON_EXCHANGE,
	[VERB_CHECK] =
		"usage: wif-writer check [--output DIR] [--min-ttl S] [--wait S]\n"
		"Judge the credential directory as an SDK of this uid would: exit 0 or 1.\n"
		"  --output DIR   the credential directory [" OPTIONS_OUTPUT "]\n"
		"  --min-ttl S    more than this must be left [30, where SDKs begin to fail]\n"
		"  --wait S       wait so long for a yes [0]\n",
	[VERB_STATUS] = "usage: wif-writer status [--output DIR]\n"
			"Print one JSON object: what the files say and what the writer did last.\n"
			"  --output DIR   the credential directory [" OPTIONS_OUTPUT "]\n",
	[VERB_INSTALL] = "usage: wif-writer install DIR\n"
			 "Copy wif-writer, wif-exchange and ca-bundle.pem into DIR, atomically.\n",
	[VERBS] = "usage: wif-writer run|once|check|status|install [option...]\n"
		  "Keeps a short-lived Claude API credential in files, from Kubernetes tokens.\n"
		  "wif-writer VERB --help lists the options of a verb; wif-writer(8) explains "
		  "them.\n"
		  "Exit status: 0 done, 1 check says no, 100 usage or config, 111 try again.\n",
};

const char *options_help(enum verb verb)
{
	return texts[verb];
}
