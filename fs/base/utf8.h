/* Characters of UTF-8. */
/*
 * Threads: any; pure.
 */
#pragma once

#include "fs/base/buf.h"

/* The length of the character that @at begins with, at most 4, and in *ret its code point. 0: the
 * @size bytes begin with none. Of a text that ends with a NUL it reads no further than that,
 * whatever @size is. */
size_t utf8_decode(const uint8_t *at, size_t size, uint32_t *ret);

bool utf8_is_all(struct bytes bytes); /* whether @bytes are whole characters, or none */
