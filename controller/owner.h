/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_OWNER_H
#define CONTROLLER_OWNER_H

/* An object that something is told on; all "" for none. */
struct owner {
	char api_version[128], kind[64], name[254], uid[64];
};

#endif
