/*
 * No file of ours is a device or runs with its owner's rights, and none has a time of access. So
 * all our mounts are nosuid, nodev and noatime, and words for the opposite have no effect. A change
 * of a directory is in etcd when its call returns, as if dirsync were always there. Words that are
 * for mount(8) itself, systemd or the network have no effect here either.
 */
#include "supervisor/config/mount_word.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>

static const struct {
	const char *word;
	unsigned long set, clear;
} words[] = {
	{"noexec", .set = MS_NOEXEC},
	{"exec", .clear = MS_NOEXEC},
	{"sync", .set = MS_SYNCHRONOUS},
	{"async", .clear = MS_SYNCHRONOUS},
	{"_netdev"},
	{"_rnetdev"},
	{"atime"},
	{"auto"},
	{"defaults"},
	{"dev"},
	{"diratime"},
	{"dirsync"},
	{"group"},
	{"iversion"},
	{"lazytime"},
	{"loud"},
	{"mand"},
	{"noatime"},
	{"noauto"},
	{"nodev"},
	{"nodiratime"},
	{"nofail"},
	{"nogroup"},
	{"noiversion"},
	{"nolazytime"},
	{"nomand"},
	{"noowner"},
	{"norelatime"},
	{"nostrictatime"},
	{"nosuid"},
	{"nosymfollow"},
	{"nouser"},
	{"nousers"},
	{"owner"},
	{"relatime"},
	{"remount"},
	{"silent"},
	{"strictatime"},
	{"suid"},
	{"symfollow"},
	{"user"},
	{"users"},
};

static bool is_remark(const char *word)
{
	return !strncasecmp(word, "x-", 2) || !strncmp(word, "comment=", 8);
}

bool mount_word_take(const char *word, unsigned long *flags)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) != 0)
			continue;
		*flags = (*flags & ~words[i].clear) | words[i].set;
		return true;
	}
	return is_remark(word);
}

bool mount_word_is_in(const char *options, const char *word)
{
	size_t length = strlen(word);
	const char *at;

	for (at = options; (at = strstr(at, word)); at += length)
		if ((at == options || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}
