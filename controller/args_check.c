/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/args.h"

/* What a certificate of our own needs. */
static int check_secret(const struct args *a, struct err *e)
{
	if (a->tls_cert || a->tls_key)
		return err_set(e, ERR_INVALID, 0,
			       "--tls-secret and --tls-cert, --tls-key exclude each other; "
			       "keep one");
	if (a->no_cluster)
		return err_set(e, ERR_INVALID, 0,
			       "--tls-secret and --no-cluster exclude each other; keep one");
	if (!a->webhook_config || !a->service[0])
		return err_set(e, ERR_INVALID, 0, "%s is missing, which --tls-secret needs; see "
			       "wif-controller --help",
			       a->webhook_config ? "--service NAMESPACE/NAME" :
						   "--webhook-config NAME");
	return 0;
}

int args_check(const struct args *a, struct err *e)
{
	const bool pair = !a->check_config && !a->tls_secret;
	const struct {
		const char *name, *value;
		bool wanted;
	} files[] = { { "--config", a->config, true },
		      { "--tls-cert", a->tls_cert, pair },
		      { "--tls-key", a->tls_key, pair } };

	for (size_t i = 0; i < COUNTOF(files); i++)
		if (files[i].wanted && (!files[i].value || !*files[i].value))
			return err_set(e, ERR_INVALID, 0,
				       "%s FILE is missing; see wif-controller --help",
				       files[i].name);
	if (a->kubeconfig && a->no_cluster)
		return err_set(e, ERR_INVALID, 0,
			       "--kubeconfig and --no-cluster exclude each other; keep one");
	return a->tls_secret ? check_secret(a, e) : 0;
}
