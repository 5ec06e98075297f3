/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/preflight.h"

#include <fcntl.h>
#include <string.h>

int preflight(struct sys *sys, struct options *o, struct err *e)
{
	AUTO(close) int program = sys->ops->openat(sys, AT_FDCWD, o->exchange,
						   O_PATH | O_CLOEXEC, 0);
	AUTO(close) int bundle = -1;
	bool optional = o->ca_bundle == o->ca_bundle_path &&
			(*o->ca_pem || !strncmp(o->base_url, "http://", 7));
	struct stat st;

	if (program < 0 || sys->ops->fstat(sys, program, &st) < 0)
		return err_set(e, ERR_INVALID, errno, "unable to find the exchange %.80s; set "
						      "--exchange to wif-exchange", o->exchange);
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return err_set(e, ERR_INVALID, 0, "%.100s is not a program; set --exchange to wif-exchange",
			       o->exchange);
	bundle = sys->ops->openat(sys, AT_FDCWD, o->ca_bundle, O_RDONLY | O_CLOEXEC, 0);
	if (bundle >= 0)
		return 0;
	if (!optional || errno != ENOENT)
		return err_set(e, ERR_INVALID, errno,
			       "unable to read the CAs %.80s; set --ca-bundle to a PEM file",
			       o->ca_bundle);
	o->ca_bundle = "";
	return 0;
}
