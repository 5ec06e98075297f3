/* SPDX-License-Identifier: Apache-2.0 */
/* Print docs/reasons.md from the table of reason codes; `make docs` runs it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "inject/reasons.h"

static void print_row(const struct reason_row *row)
{
	printf("### %s\n\n%s\n\n", row->code, row->about);
	if (row->kind != REASON_PASS)
		printf("> %s\n\n", row->text);
}

static void print_kind(enum reason_kind kind, const char *title, const char *intro)
{
	const char *last = "";

	printf("## %s\n\n%s\n\n", title, intro);
	for (int i = 0; i < REASONS; i++) {
		const struct reason_row *row = reason_row((enum reason)i);

		if (row->kind != kind)
			continue;
		if (strcmp(row->code, last) != 0)
			print_row(row);
		else
			printf("> %s\n\n", row->text); /* a second wording of the same code */
		last = row->code;
	}
}

int main(void)
{
	puts("<!-- Made by `make docs` from inject/reasons.c; change it there. -->\n"
	     "# Reason codes of the webhook\n\n"
	     "The same code stands in the metric's `reason` label, in the log line of the review, as\n"
	     "the reason of a refusal's Event and here. %1 to %4 are the names and values of your pod.\n");
	print_kind(REASON_DENY, "Refusals", "The pod is not created. `kubectl` shows the sentence.");
	print_kind(REASON_WARN, "Warnings",
		   "The pod is created. `kubectl` shows them as `Warning:`.");
	print_kind(REASON_ERROR, "Reviews without a verdict",
		   "What no API server sends, or no memory. Of PodUnreadable the pod is refused; of the "
		   "others\nthe answer is an HTTP status, and the webhook's `failurePolicy` decides.");
	print_kind(REASON_PASS, "Admitted", "Why a pod was changed, or left as it is.");
	return fflush(stdout) ? 111 : 0;
}
