/* How meta.c keeps extended attributes, for meta_json.c, which writes them. */
#pragma once

#include "fs/tree/meta.h"

struct meta_xattr {
	const char *name;
	struct bytes value;
	size_t at, end; /* where it is in `xattrs` */
};

/* The next one behind *last, which begins as {0}; false: there is none. It is valid until the
 * attributes are changed. */
bool meta_xattr_next(const struct meta *meta, struct meta_xattr *last);
