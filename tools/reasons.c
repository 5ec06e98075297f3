/* SPDX-License-Identifier: Apache-2.0 */
/* Print docs/reasons.md from the table of reason codes; `make docs` runs it. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "inject/reasons.h"

/* In which sections, in this order: a code's heading, its anchor, is in the first. */
static const struct {
	enum reason_kind kind;
	const char *title, *intro;
} sections[] = {
	{ REASON_DENY, "Refusals", "The pod is not created. `kubectl` shows the sentence." },
	{ REASON_WARN, "Warnings", "The pod is created. `kubectl` shows them as `Warning:`." },
	{ REASON_ERROR, "Reviews without a verdict",
	  "What no API server sends, what is too big, or no memory. The answer is an HTTP "
	  "status, and\nthe webhook's `failurePolicy` decides; but PodUnreadable, and a patch "
	  "that is too big, refuse." },
	{ REASON_PASS, "Admitted", "Why a pod was changed, or left as it is." },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* Is R the first of its code in SECTION? */
static bool is_first(enum reason r, size_t section)
{
	for (enum reason i = 0; i < r; i++)
		if (reason_row(i)->kind == sections[section].kind &&
		    !strcmp(reason_row(i)->code, reason_row(r)->code))
			return false;
	return true;
}

/* Did a section before SECTION have the heading CODE? */
static bool has_heading(const char *code, size_t section)
{
	for (size_t s = 0; s < section; s++)
		for (enum reason i = 0; i < REASONS; i++)
			if (reason_row(i)->kind == sections[s].kind &&
			    !strcmp(reason_row(i)->code, code))
				return true;
	return false;
}

static void print_link(const char *code)
{
	printf("[%s](#", code);
	for (; *code; code++)
		putchar(tolower((unsigned char)*code));
	puts(") has its place above.\n");
}

/* A code, all its wordings, and what to do. */
static void print_code(const struct reason_row *row)
{
	printf("### %s\n\n%s\n\n", row->code, row->about);
	for (enum reason i = 0; i < REASONS && row->kind != REASON_PASS; i++)
		if (reason_row(i)->kind == row->kind && !strcmp(reason_row(i)->code, row->code))
			printf("> %s\n\n", reason_row(i)->text);
	if (*row->fix)
		printf("What to do: %s\n\n", row->fix);
}

static void print_section(size_t section)
{
	printf("## %s\n\n%s\n\n", sections[section].title, sections[section].intro);
	for (enum reason r = 0; r < REASONS; r++) {
		const struct reason_row *row = reason_row(r);

		if (row->kind != sections[section].kind || !is_first(r, section))
			continue;
		if (has_heading(row->code, section))
			print_link(row->code);
		else
			print_code(row);
	}
}

int main(void)
{
	puts("<!-- Made by `make docs` from inject/reasons.c; change it there. -->\n"
	     "# Reason codes of the webhook\n\n"
	     "The same code stands in the metric's `reason` label, in the log line of the "
	     "review, as\nthe reason of a refusal's Event and here. %1 to %4 are the names and "
	     "values of your pod.\nKeys are written without `wif.anthropic.com/`. Codes that "
	     "begin with Writer are those of a pod\nthat runs: "
	     "[README](../README.md#troubleshooting-by-reason-code) has them.\n");
	for (size_t s = 0; s < SECTIONS; s++)
		print_section(s);
	return fflush(stdout) ? 111 : 0;
}
