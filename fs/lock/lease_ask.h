/* What all need who ask etcd for a lease: its id, and when to ask again. */
#pragma once

#include "fs/base/backoff.h"

#include <stdbool.h>
#include <stdint.h>

/* A positive number that nobody has chosen before. */
int64_t lease_new_id(void);

/* Whether this error of a question about a lease passes, so that it is to be asked again. */
bool lease_is_away(int error);

/* How long to wait before that. */
struct backoff lease_backoff(void);
