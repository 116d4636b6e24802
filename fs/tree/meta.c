/*
 * An extended attribute is its name with a NUL, the length of its value, and the value; one follows
 * the other. As they are sorted by name, equal attributes are equal bytes.
 */
#include "fs/base/utf8.h"
#include "fs/tree/meta_private.h"
#include "fs/tree/value.h"

#include <errno.h>
#include <string.h>

struct meta *meta_copy(const struct meta *meta)
{
	struct meta *copy = calloc(1, sizeof(*copy));

	if (!copy || !meta)
		return copy;
	*copy = *meta;
	copy->xattrs = (struct buf){0};
	if (meta->xattrs.len && buf_append_bytes(&copy->xattrs, buf_bytes(&meta->xattrs)) < 0) {
		free(copy);
		return NULL;
	}
	return copy;
}

void meta_free(struct meta *meta)
{
	if (!meta)
		return;
	buf_fini(&meta->xattrs);
	free(meta);
}

size_t meta_bytes(const struct meta *meta)
{
	return meta ? block_bytes((void *)meta) + block_bytes(meta->xattrs.data) : 0;
}

bool meta_says_nothing(const struct meta *meta)
{
	return !meta || (!meta->has && meta->kind == META_USUAL && !meta->xattrs.len);
}

static bool time_equal(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool times_equal(const struct meta *a, const struct meta *b)
{
	return time_equal(a->modified, b->modified) && time_equal(a->accessed, b->accessed) &&
	       a->of == b->of;
}

bool meta_equal(const struct meta *a, const struct meta *b)
{
	if (meta_says_nothing(a) || meta_says_nothing(b))
		return meta_says_nothing(a) && meta_says_nothing(b);
	return a->kind == b->kind && a->has == b->has &&
	       (!(a->has & META_HAS_MODE) || a->mode == b->mode) &&
	       (!(a->has & META_HAS_UID) || a->uid == b->uid) &&
	       (!(a->has & META_HAS_GID) || a->gid == b->gid) &&
	       (!(a->has & META_HAS_TIMES) || times_equal(a, b)) &&
	       bytes_equal(buf_bytes(&a->xattrs), buf_bytes(&b->xattrs));
}

/* --- Extended attributes --- */

bool meta_xattr_next(const struct meta *meta, struct meta_xattr *last)
{
	const uint8_t *data = meta ? meta->xattrs.data : NULL;
	size_t at = last->end;
	uint32_t len;

	if (!data || at >= meta->xattrs.len)
		return false;
	last->at = at;
	last->name = (const char *)data + at;
	at += strlen(last->name) + 1;
	memcpy(&len, data + at, sizeof(len));
	at += sizeof(len);
	last->value = (struct bytes){data + at, len};
	last->end = at + len;
	return true;
}

/* If there is none, false, and @ret->at is the place for one. */
static bool xattr_find(const struct meta *meta, const char *name, struct meta_xattr *ret)
{
	*ret = (struct meta_xattr){0};
	while (meta_xattr_next(meta, ret)) {
		int order = strcmp(ret->name, name);

		if (order >= 0)
			return order == 0;
	}
	ret->at = ret->end;
	return false;
}

int meta_xattr_get(const struct meta *meta, const char *name, struct bytes *ret)
{
	struct meta_xattr found;

	if (!xattr_find(meta, name, &found))
		return -ENODATA;
	*ret = found.value;
	return 0;
}

int meta_xattr_list(const struct meta *meta, struct buf *ret)
{
	struct meta_xattr xattr = {0};
	size_t before = ret->len;
	int r = 0;

	while (r == 0 && meta_xattr_next(meta, &xattr))
		r = buf_append(ret, xattr.name, strlen(xattr.name) + 1);
	if (r < 0)
		ret->len = before;
	return r;
}

static void xattr_cut(struct buf *xattrs, size_t at, size_t end)
{
	memmove(xattrs->data + at, xattrs->data + end, xattrs->len - end);
	xattrs->len -= end - at;
}

int meta_xattr_remove(struct meta *meta, const char *name)
{
	struct meta_xattr found;

	if (!xattr_find(meta, name, &found))
		return -ENODATA;
	xattr_cut(&meta->xattrs, found.at, found.end);
	return 0;
}

static bool is_for_json(const char *name)
{
	for (const char *at = name; *at; at++)
		if ((uint8_t)*at < 0x20)
			return false;
	return utf8_is_all(bytes_of(name));
}

/* The bytes of the names and the values, but for those of @but. */
static size_t xattrs_size(const struct meta *meta, const char *but)
{
	struct meta_xattr xattr = {0};
	size_t size = 0;

	while (meta_xattr_next(meta, &xattr))
		if (strcmp(xattr.name, but) != 0)
			size += strlen(xattr.name) + xattr.value.len;
	return size;
}

/* There is room for it. */
static void xattr_insert(struct buf *xattrs, size_t at, const char *name, struct bytes value)
{
	size_t name_size = strlen(name) + 1;
	uint32_t len = (uint32_t)value.len;
	uint8_t *to = xattrs->data + at;

	memmove(to + name_size + sizeof(len) + len, to, xattrs->len - at);
	memcpy(to, name, name_size);
	memcpy(to + name_size, &len, sizeof(len));
	if (len)
		memcpy(to + name_size + sizeof(len), value.data, len);
	xattrs->len += name_size + sizeof(len) + len;
}

int meta_xattr_set(struct meta *meta, const char *name, struct bytes value)
{
	size_t size = strlen(name) + value.len;
	struct meta_xattr found;
	int r;

	if (!is_for_json(name))
		return -EINVAL;
	if (size > META_XATTRS_MAX || xattrs_size(meta, name) > META_XATTRS_MAX - size)
		return -ENOSPC;
	r = buf_reserve(&meta->xattrs, size + 1 + sizeof(uint32_t));
	if (r < 0)
		return r;
	if (xattr_find(meta, name, &found))
		xattr_cut(&meta->xattrs, found.at, found.end);
	xattr_insert(&meta->xattrs, found.at, name, value);
	return 0;
}
