/* What transactions and lists share with the plain reads and writes of keys. */
#pragma once

#include "fs/etcd/call.h"

extern const struct method kv_range_method;

/* 0 or -ENOMEM. */
int answer_read_range(struct answer *answer, const Etcd__RangeResponse *range);
