/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_PROJECT_H
#define SANDBOX_PROJECT_H

/*
 * `wif-sandbox project`: plays the kubelet that keeps a projected volume of
 * service-account tokens. ARGV[0] is the verb; the exit status is returned.
 */
int project_main(int argc, char **argv);

#endif
