/* The id of a lease that is to be granted. */
#pragma once

#include <stdint.h>

/* A positive number that nobody has chosen before. */
int64_t lease_new_id(void);
