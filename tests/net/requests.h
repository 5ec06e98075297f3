/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_NET_REQUESTS_H
#define TESTS_NET_REQUESTS_H

/* Texts of requests. */

#define POST(path, body_length) \
	"POST " path " HTTP/1.1\r\nhost: x\r\ncontent-length: " body_length "\r\n"
#define CLEAN POST("/length", "5") "\r\nhello"

#endif
