/* Bytes as text: base64 as RFC 4648 has it, with its padding. */
/*
 * Threads: any; pure.
 */
#pragma once

#include "fs/base/buf.h"

/* Appends the text of @bytes, without a NUL: 0 or -ENOMEM. */
int base64_encode(struct bytes bytes, struct buf *ret);

/* Appends the bytes of @text, or nothing: 0, -EINVAL for what base64_encode() does not write, or
 * -ENOMEM. */
int base64_decode(struct bytes text, struct buf *ret);
