/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_POD_TEXT_H
#define TESTS_CONTROLLER_POD_TEXT_H

#include <jansson.h>

/* The JSON in TEXT, which has ' for ". The caller ends it with json_decref. */
json_t *pod_text(const char *text);

#endif
