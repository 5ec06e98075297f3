/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WRITER_HEAP_H
#define TESTS_WRITER_HEAP_H

/* Blocks allocated and not freed; always 0 under AddressSanitizer, which has its own way. */
long heap_blocks(void);

#endif
