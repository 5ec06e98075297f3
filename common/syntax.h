/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SYNTAX_H
#define COMMON_SYNTAX_H

/*
 * What the words mean that both the operator's config and annotations use. Pure
 * predicates on NUL-terminated text; exact, nothing is trimmed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 8-4-4-4-12 hexadecimal digits. Source: RFC 9562 §4. */
bool syntax_uuid(const char *s);

/* PREFIX ("fdrl_", "svac_", "wrkspc_") and 1 to 128 of A-Za-z0-9_-. */
bool syntax_id(const char *s, const char *prefix);

/* A name of 1 to 63 of a-z0-9-, no '-' at an end. Source: RFC 1123 §2.1, DNS label. */
bool syntax_label(const char *s);

/* Labels joined by dots, at most 253 bytes. Source: Kubernetes "DNS subdomain names". */
bool syntax_subdomain(const char *s);

/*
 * A Kubernetes quantity that is not negative, in thousandths rounded up:
 * "1m" is 1, "8Mi" is 8388608000. MILLI is set only on success; it may be NULL.
 *
 * Source  Kubernetes apimachinery pkg/api/resource/quantity.go, the grammar.
 */
bool syntax_quantity(const char *s, int64_t *milli);

/*
 * The word of LIST that S is most likely a slip of (edit distance without case,
 * at most a third of its length), or NULL.
 */
const char *syntax_nearest(const char *s, const char *const *list, size_t n);

/*
 * http:// or https://, a host (name, IPv4, bracketed IPv6), a port or none, at most 512
 * bytes. No user, query or fragment: a secret has no place there, and it is sent to
 * nobody by mistake. Source: RFC 3986 §3.
 *
 * with_path  a path may follow, without a '/' at its end.
 */
bool syntax_url(const char *s, bool with_path);

#endif
