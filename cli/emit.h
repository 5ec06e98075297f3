/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EMIT_H
#define CLI_EMIT_H

/* YAML in block style, as kubectl prints it; what was a string stays one. */

#include "cli/tree.h"

/* Append the entries of the map or the items of the list N, each line indented by INDENT blanks. */
void emit_block(const struct node *n, int indent, struct buf *out);

/* Append one entry of a map or item of a list, as a block; its first line without indentation. */
void emit_child(const struct node *child, int indent, struct buf *out);

#endif
