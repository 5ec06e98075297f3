/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SERVE_H
#define SANDBOX_SERVE_H

/*
 * `wif-sandbox serve`: the stand-in for the Claude API. ARGV[0] is the verb; the
 * exit status is returned.
 */
int serve_main(int argc, char **argv);

#endif
