/* SPDX-License-Identifier: Apache-2.0 */
#include "common/lastword.h"

#include <string.h>

const char *lastword_text(enum lastword word)
{
	static const char *const texts[LASTWORDS] = {
		[LASTWORD_STARTING] = "WriterStarting",
		[LASTWORD_GRANTED] = "WriterGranted",
		[LASTWORD_DENIED] = "WriterDenied",
		[LASTWORD_MISCONFIGURED] = "WriterMisconfigured",
		[LASTWORD_THROTTLED] = "WriterThrottled",
		[LASTWORD_UNANSWERED] = "WriterUnanswered",
		[LASTWORD_UNREACHED] = "WriterUnreached",
		[LASTWORD_WAITING] = "WriterWaitingForAssertion",
		[LASTWORD_FILES_REFUSED] = "WriterFilesRefused",
	};

	return texts[word];
}

enum lastword lastword_of(const char *message)
{
	enum lastword word = 0;
	size_t n = strcspn(message, ":");

	if (!message[n])
		return LASTWORDS;
	while (word < LASTWORDS && (strncmp(message, lastword_text(word), n) != 0 ||
				    lastword_text(word)[n] != '\0'))
		word++;
	return word;
}
