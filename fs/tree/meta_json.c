#include "fs/base/base64.h"
#include "fs/base/utf8.h"
#include "fs/tree/meta_private.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

CLEANUP_POINTER(cJSON, cJSON_Delete)
CLEANUP_POINTER(char, cJSON_free)

#define NS_DIGITS 9
#define SECOND_NS 1000000000
#define EXACT_MAX ((double)(INT64_C(1) << 53)) /* cJSON's doubles have each number up to here */

static const char *const kinds[] = {
	[META_SYMLINK] = "symlink",
	[META_FIFO] = "fifo",
	[META_SOCKET] = "socket",
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* --- Written --- */

/* What is before 1970 is a negative number of seconds, where a timespec counts nanoseconds up. */
static int add_time(cJSON *object, const char *name, struct timespec time)
{
	bool negative = time.tv_sec < 0, borrow = negative && time.tv_nsec > 0;
	uint64_t seconds = (uint64_t)time.tv_sec;
	char text[48];

	if (negative)
		seconds = 0 - seconds - borrow;
	snprintf(text, sizeof(text), "%s%" PRIu64 ".%0*ld", negative ? "-" : "", seconds, NS_DIGITS,
		borrow ? SECOND_NS - time.tv_nsec : time.tv_nsec);
	if (!time.tv_nsec)
		*strchr(text, '.') = '\0';
	return cJSON_AddStringToObject(object, name, text) ? 0 : -ENOMEM;
}

static int add_times(cJSON *object, const struct meta *meta)
{
	struct timespec modified = meta->modified, accessed = meta->accessed;
	int r = add_time(object, "mtime", modified);
	char of[24];

	if (r == 0 && (accessed.tv_sec != modified.tv_sec || accessed.tv_nsec != modified.tv_nsec))
		r = add_time(object, "atime", accessed);
	if (r < 0 || !meta->of)
		return r;
	snprintf(of, sizeof(of), "%" PRId64, meta->of);
	return cJSON_AddRawToObject(object, "of", of) ? 0 : -ENOMEM;
}

static int add_xattrs(cJSON *object, const struct meta *meta)
{
	cJSON *xattrs = cJSON_AddObjectToObject(object, "xattrs");
	struct meta_xattr xattr = {0};

	while (xattrs && meta_xattr_next(meta, &xattr)) {
		CLEANUP(buf) struct buf text = {0};

		if (base64_encode(xattr.value, &text) < 0 || buf_append_byte(&text, 0) < 0 ||
			!cJSON_AddStringToObject(xattrs, xattr.name, (char *)text.data))
			return -ENOMEM;
	}
	return xattrs ? 0 : -ENOMEM;
}

static int add_all(cJSON *object, const struct meta *meta)
{
	char mode[12];

	if (meta->kind != META_USUAL && !cJSON_AddStringToObject(object, "kind", kinds[meta->kind]))
		return -ENOMEM;
	snprintf(mode, sizeof(mode), "%04o", meta->mode);
	if ((meta->has & META_HAS_MODE) && !cJSON_AddStringToObject(object, "mode", mode))
		return -ENOMEM;
	if ((meta->has & META_HAS_UID) && !cJSON_AddNumberToObject(object, "uid", meta->uid))
		return -ENOMEM;
	if ((meta->has & META_HAS_GID) && !cJSON_AddNumberToObject(object, "gid", meta->gid))
		return -ENOMEM;
	if ((meta->has & META_HAS_TIMES) && add_times(object, meta) < 0)
		return -ENOMEM;
	return meta->xattrs.len ? add_xattrs(object, meta) : 0;
}

int meta_format(const struct meta *meta, struct buf *ret)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();
	CLEANUP(cJSON_free) char *text = NULL;

	if (!object || add_all(object, meta) < 0)
		return -ENOMEM;
	text = cJSON_PrintUnformatted(object);
	return text ? buf_append_bytes(ret, bytes_of(text)) : -ENOMEM;
}

/* --- Read --- */

static int parse_kind(const cJSON *item, struct meta *meta)
{
	const char *text = cJSON_GetStringValue(item);

	for (size_t i = META_USUAL + 1; text && i < KINDS; i++)
		if (strcmp(text, kinds[i]) == 0) {
			meta->kind = (enum meta_kind)i;
			return 0;
		}
	return -EBADMSG;
}

static int parse_mode(const cJSON *item, struct meta *meta)
{
	const char *text = cJSON_GetStringValue(item);
	mode_t mode = 0;

	for (const char *at = text; at && *at; at++) {
		if (*at < '0' || *at > '7' || mode > 07777 / 8)
			return -EBADMSG;
		mode = mode << 3 | (mode_t)(*at - '0');
	}
	meta->mode = mode;
	meta->has |= META_HAS_MODE;
	return text && *text ? 0 : -EBADMSG;
}

static bool number_of(const cJSON *item, double max, int64_t *ret)
{
	double number = cJSON_IsNumber(item) ? item->valuedouble : -1;

	if (!(number >= 0 && number <= max))
		return false;
	*ret = (int64_t)number;
	return (double)*ret == number;
}

/* -1 is no owner: chown(2) takes it for "as it is". */
static int parse_uid(const cJSON *item, struct meta *meta)
{
	int64_t number;

	if (!number_of(item, UINT32_MAX - 1, &number))
		return -EBADMSG;
	meta->uid = (uid_t)number;
	meta->has |= META_HAS_UID;
	return 0;
}

static int parse_gid(const cJSON *item, struct meta *meta)
{
	int64_t number;

	if (!number_of(item, UINT32_MAX - 1, &number))
		return -EBADMSG;
	meta->gid = (gid_t)number;
	meta->has |= META_HAS_GID;
	return 0;
}

/* "" or a point with one to nine digits. */
static bool parse_fraction(const char *text, unsigned long *ret)
{
	size_t digits = *text == '.' ? strspn(text + 1, "0123456789") : 0;

	*ret = 0;
	if (!*text)
		return true;
	if (digits < 1 || digits > NS_DIGITS || text[1 + digits])
		return false;
	*ret = strtoul(text + 1, NULL, 10);
	for (; digits < NS_DIGITS; digits++)
		*ret *= 10;
	return true;
}

static int parse_time(const cJSON *item, struct timespec *ret)
{
	const char *text = cJSON_GetStringValue(item);
	bool negative = text && *text == '-', borrow;
	unsigned long long seconds;
	unsigned long ns;
	char *end;

	if (!text || !isdigit((unsigned char)text[negative]))
		return -EBADMSG;
	errno = 0;
	seconds = strtoull(text + negative, &end, 10);
	if (errno || !parse_fraction(end, &ns))
		return -EBADMSG;
	borrow = negative && ns > 0;
	if (seconds > (unsigned long long)INT64_MAX + negative - borrow)
		return -EBADMSG;
	ret->tv_sec = (time_t)(negative ? 0 - seconds - borrow : seconds);
	ret->tv_nsec = (long)(borrow ? SECOND_NS - ns : ns);
	return 0;
}

static int parse_modified(const cJSON *item, struct meta *meta)
{
	meta->has |= META_HAS_TIMES;
	return parse_time(item, &meta->modified);
}

static int parse_accessed(const cJSON *item, struct meta *meta)
{
	return meta->has & META_HAS_TIMES ? parse_time(item, &meta->accessed) : -EBADMSG;
}

static int parse_of(const cJSON *item, struct meta *meta)
{
	return number_of(item, EXACT_MAX, &meta->of) ? 0 : -EBADMSG;
}

static bool is_shown(const char *name)
{
	return strncmp(name, "user.", 5) == 0 && name[5] && strlen(name) <= NAME_MAX &&
	       strncmp(name, "user.etcd.", 10) != 0;
}

static int parse_xattr(const cJSON *item, struct meta *meta)
{
	const char *text = cJSON_GetStringValue(item);
	CLEANUP(buf) struct buf value = {0};
	int r = text ? base64_decode(bytes_of(text), &value) : -EINVAL;

	if (r == 0 && is_shown(item->string))
		r = meta_xattr_set(meta, item->string, buf_bytes(&value));
	return r == -EINVAL || r == -ENOSPC ? -EBADMSG : r;
}

static int parse_xattrs(const cJSON *item, struct meta *meta)
{
	const cJSON *xattr;
	int r = cJSON_IsObject(item) ? 0 : -EBADMSG;

	cJSON_ArrayForEach(xattr, item)
	{
		if (r == 0)
			r = parse_xattr(xattr, meta);
	}
	return r;
}

/* In this order. */
static const struct {
	const char *name;
	int (*parse)(const cJSON *item, struct meta *meta);
} members[] = {
	{"kind", parse_kind},
	{"mode", parse_mode},
	{"uid", parse_uid},
	{"gid", parse_gid},
	{"mtime", parse_modified},
	{"atime", parse_accessed},
	{"of", parse_of},
	{"xattrs", parse_xattrs},
};

static int parse_all(const cJSON *object, struct meta *meta)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(members) / sizeof(*members); i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, members[i].name);

		if (item)
			r = members[i].parse(item, meta);
		if (members[i].parse == parse_modified)
			meta->accessed = meta->modified;
	}
	return r;
}

/* cJSON's strings would end there. */
static bool has_nul(struct bytes text)
{
	const struct bytes escaped = BYTES_LITERAL("\\u0000");

	for (size_t i = 0; i < text.len; i++) {
		if (!text.data[i] || bytes_has_prefix(bytes_slice(text, i, text.len), escaped))
			return true;
		if (text.data[i] == '\\')
			i++;
	}
	return false;
}

static cJSON *object_read(struct bytes text)
{
	CLEANUP(cJSON_Delete) cJSON *object = NULL;
	const char *begin = (const char *)text.data, *end;

	if (!text.len || text.len > META_MAX || has_nul(text) || !utf8_is_all(text))
		return NULL;
	object = cJSON_ParseWithLengthOpts(begin, text.len, &end, false);
	while (object && end < begin + text.len && isspace((unsigned char)*end))
		end++;
	return cJSON_IsObject(object) && end == begin + text.len ? STEAL(object) : NULL;
}

int meta_parse(struct bytes text, int64_t mod_revision, struct meta **ret)
{
	CLEANUP(cJSON_Delete) cJSON *object = object_read(text);
	CLEANUP(meta_free) struct meta *meta = NULL;
	int r;

	if (!object)
		return -EBADMSG;
	meta = meta_copy(NULL);
	r = meta ? parse_all(object, meta) : -ENOMEM;
	if (r < 0)
		return r;
	meta->mod_revision = mod_revision;
	*ret = STEAL(meta);
	return 0;
}
