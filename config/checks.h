/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

/*
 * What each value of the config may be. A check returns NULL when TEXT is fine,
 * else a static text "not a …; use …".
 */

const char *check_uuid(const char *text);
const char *check_rule(const char *text);		/* fdrl_… */
const char *check_service_account(const char *text);	/* svac_… */
const char *check_workspace(const char *text);		/* wrkspc_… or "default" */
const char *check_federation(const char *text);		/* the name of one */
const char *check_container(const char *text);		/* the name of one */
const char *check_prefix(const char *text);		/* of annotations and labels */

/* Globs: a '*' stands for any characters; without one the value itself must be right. */
const char *check_rule_glob(const char *text);
const char *check_service_account_glob(const char *text);
const char *check_workspace_glob(const char *text);
const char *check_uuid_glob(const char *text);
const char *check_name_glob(const char *text);

/* An OIDC audience: 1 to 256 printable characters without blanks or quotes. */
const char *check_audience(const char *text);

/* The id (`kid`) of a public key: 1 to 128 of the same. Source: RFC 7517 §4.5, any string. */
const char *check_key_id(const char *text);

/* http or https, a host, and no user, query, fragment or '/' at the end. */
const char *check_url(const char *text);

/* As check_url, but without a path: a forward proxy. */
const char *check_proxy(const char *text);
const char *check_no_proxy(const char *text);

/* One or more certificates as PEM, at most 16 KiB. Source: RFC 7468 §5.1. */
const char *check_ca_bundle(const char *text);

/* A digit string in 180..86400. Source: design.md §6, Supply. */
const char *check_token_lifetime(const char *text);

const char *check_image(const char *text);
const char *check_cpu(const char *text);	/* a quantity of 1m..64, or "" */
const char *check_memory(const char *text);	/* a quantity of 1Mi..1Ti, or "" */

#endif
