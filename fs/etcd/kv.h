/* What lists share with the plain reads of keys. */
#pragma once

#include "fs/etcd/call.h"

extern const struct method kv_range_method;
