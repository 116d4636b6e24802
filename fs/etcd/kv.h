/* Shared by list.c and kv.c. */
#pragma once

#include "fs/etcd/call.h"

extern const struct method kv_range_method;
