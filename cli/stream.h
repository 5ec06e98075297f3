/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

/* A file of manifests, cut into documents as kubectl cuts it. */

#include <stdbool.h>
#include <stddef.h>

struct stream {
	const char *text; /* borrowed */
	size_t len, pos;
	int line;	  /* of pos, from 1 */
	int number;	  /* of the last document */
};

/* A document's bytes, or those between documents: separators, comments and blanks. */
struct stream_part {
	const char *text; /* in the stream's */
	size_t len;
	int line, number;
	bool between;
};

/*
 * The next part into OUT; false at the end. All parts in their order are the
 * stream, byte for byte.
 *
 * Source  k8s.io/apimachinery pkg/util/yaml, YAMLReader (a line of --- with
 *         nothing but blanks or a comment after it) and YAMLOrJSONDecoder
 *         (JSON values may follow each other without one).
 */
bool stream_next(struct stream *s, struct stream_part *out);

#endif
