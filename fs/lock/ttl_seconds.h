/* How long a file is to live, as users write it. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TTL_MAX_S 1000000000 /* some 31 years; etcd takes nine times as much */

/* Reads a number of seconds: 1 to TTL_MAX_S, in its usual form, so that it has one name. 0: it is
 * none. */
int64_t ttl_parse(const char *text, size_t len);
