/* One page of a list: the bytes of a RangeResponse, read where they are. */
/*
 * Owner:   the caller owns the bytes, which all views point into. Pure: no memory, no clock.
 * protobuf-c would make three blocks for each key, and have every value twice.
 */
#pragma once

#include "fs/etcd/etcd.h"

struct range_page {
	struct bytes rest; /* what range_page_next() has still to read */
	struct etcd_header header;
	bool more;	       /* there are more keys than the limit */
	int64_t count;	       /* keys in the range */
	size_t n_kvs;	       /* in `rest` */
	struct bytes last_key; /* empty: there are no keys */
};

/* Checks the whole of @message. 0, or -EIO: it is not a RangeResponse. */
int range_page_read(struct bytes message, struct range_page *ret);

/* The next key with its value. False: that was all. */
bool range_page_next(struct range_page *page, struct etcd_kv *ret);
