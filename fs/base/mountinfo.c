#include "fs/base/mountinfo.h"

#include "fs/base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* The kernel writes blank, tab, line feed and backslash as a backslash and three octal digits. */
static void unescape(const char *from, size_t length, char *to, size_t size)
{
	const char *end = from + length;
	unsigned int code;

	while (from < end && size > 1) {
		if (*from == '\\' && end - from >= 4 && sscanf(from + 1, "%3o", &code) == 1) {
			*to++ = code;
			from += 4;
		} else {
			*to++ = *from++;
		}
		size--;
	}
	*to = '\0';
}

/* Takes what we know of "rw,noexec,user_id=0", which ends at a blank or at the end of the line. */
static void take_options(const char *options, struct mountinfo *ret)
{
	const char *end = options + strcspn(options, " \n");
	size_t length;

	for (; options < end; options += length + 1) {
		length = strcspn(options, ", \n");
		if (length == 2 && !strncmp(options, "ro", length))
			ret->flags |= MS_RDONLY;
		else if (length == 6 && !strncmp(options, "noexec", length))
			ret->flags |= MS_NOEXEC;
		else if (length == 4 && !strncmp(options, "sync", length))
			ret->flags |= MS_SYNCHRONOUS;
		else if (sscanf(options, "user_id=%u", &ret->uid) != 1 &&
			 sscanf(options, "group_id=%u", &ret->gid) != 1)
			sscanf(options, "pgrp=%d", &ret->pgrp);
	}
}

/* The @n-th field from @text on; there may be none. */
static const char *field(const char *text, int n)
{
	for (; n > 0; n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* "36 35 98:0 /root /the/point rw,noatime master:1 - type source options" */
bool mountinfo_parse(const char *line, struct mountinfo *ret)
{
	unsigned int minor;
	int id, root = 0, at = 0;
	const char *type;

	if (sscanf(line, "%d %*d %*u:%u %n%*s %n", &id, &minor, &root, &at) != 2 || !at)
		return false;
	type = strstr(line + at, " - ");
	if (!type)
		return false;
	type += 3;
	ret->id = id;
	ret->device_minor = minor;
	unescape(line + root, strcspn(line + root, " "), ret->root, sizeof(ret->root));
	unescape(line + at, strcspn(line + at, " "), ret->mountpoint, sizeof(ret->mountpoint));
	unescape(type, strcspn(type, " "), ret->type, sizeof(ret->type));
	ret->flags = ret->uid = ret->gid = 0;
	ret->pgrp = 0;
	take_options(field(line + at, 1), ret);
	take_options(field(type, 2), ret);
	return true;
}

/* The last mount that @fits. Of several mounts on one mountpoint the kernel lists the topmost
 * last. */
static bool find_last(const void *wanted,
	bool (*fits)(
		const struct mountinfo *info, const struct mountinfo *best, const void *wanted),
	struct mountinfo *ret)
{
	CLEANUP(free) char *line = NULL;
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct mountinfo info;
	size_t capacity = 0;
	bool found = false;

	if (!file)
		return false;
	while (getline(&line, &capacity, file) >= 0) {
		if (!mountinfo_parse(line, &info) || !fits(&info, found ? ret : NULL, wanted))
			continue;
		*ret = info;
		found = true;
	}
	fclose(file);
	return found;
}

static bool is_on(const struct mountinfo *info, const struct mountinfo *best, const void *path)
{
	(void)best;
	return strcmp(info->mountpoint, path) == 0;
}

/* Whether @path is the mountpoint or below it. */
static bool is_above(const struct mountinfo *info, const char *path)
{
	size_t length = strcmp(info->mountpoint, "/") ? strlen(info->mountpoint) : 0;

	return !strncmp(path, info->mountpoint, length) && (!path[length] || path[length] == '/');
}

static bool is_around(
	const struct mountinfo *info, const struct mountinfo *best, const void *wanted)
{
	if (!is_above(info, wanted))
		return false;
	return !best || strlen(info->mountpoint) >= strlen(best->mountpoint);
}

bool mountinfo_find(const char *path, struct mountinfo *ret)
{
	return find_last(path, is_on, ret);
}

static bool is_below(const struct mountinfo *info, const struct mountinfo *best, const void *wanted)
{
	const char *path = wanted;
	size_t length = strlen(path);

	(void)best;
	return strncmp(info->mountpoint, path, length) == 0 &&
	       (!info->mountpoint[length] || info->mountpoint[length] == '/');
}

bool mountinfo_find_below(const char *path, struct mountinfo *ret)
{
	return find_last(path, is_below, ret);
}

bool mountinfo_find_around(const char *path, struct mountinfo *ret)
{
	return find_last(path, is_around, ret);
}

struct whole {
	uint32_t device_minor;
	int id;
};

static bool is_whole(const struct mountinfo *info, const struct mountinfo *best, const void *wanted)
{
	const struct whole *whole = wanted;

	return info->device_minor == whole->device_minor &&
	       strcmp(info->type, MOUNTINFO_ETCDFS) == 0 && strcmp(info->root, "/") == 0 &&
	       (!best || info->id == whole->id);
}

bool mountinfo_find_whole(uint32_t device_minor, int id, struct mountinfo *ret)
{
	struct whole whole = {device_minor, id};

	return find_last(&whole, is_whole, ret);
}

/* A group of another PID namespace is listed as 0. */
static bool is_our_trigger(
	const struct mountinfo *info, const struct mountinfo *best, const void *path)
{
	(void)best;
	return strcmp(info->type, MOUNTINFO_TRIGGER) == 0 && is_above(info, path) &&
	       info->pgrp > 0 && info->pgrp == getpgrp();
}

bool mountinfo_is_automounter(const char *path)
{
	struct mountinfo info;

	return find_last(path, is_our_trigger, &info);
}

bool mountinfo_is_topmost(const struct mountinfo *info)
{
	struct mountinfo top;

	return mountinfo_find(info->mountpoint, &top) && top.id == info->id;
}

bool mountinfo_wait(int *state, int timeout_ms)
{
	struct pollfd poller = {.events = POLLPRI};

	if (*state < 0)
		*state = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	poller.fd = *state;
	return poll(&poller, 1, timeout_ms) > 0;
}
