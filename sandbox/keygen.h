/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_KEYGEN_H
#define SANDBOX_KEYGEN_H

#include "common/buf.h"

/*
 * `wif-sandbox keygen`: an issuer's key and JWKS, and a CA with a server certificate.
 * ARGV[0] is the verb; the exit status is returned.
 */
int keygen_main(int argc, char **argv);

#endif
