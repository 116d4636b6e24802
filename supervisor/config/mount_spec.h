/* What mount(8) and fstab(5) name as the thing to mount: SPEC. */
/*
 * SPEC is "none", the NAME of /etc/etcdfs/NAME.conf, a path of such a file, or
 * etcd://HOST:PORT[,HOST:PORT...][/PREFIX], with etcds:// for TLS.
 */
#pragma once

#include "supervisor/config/config.h"

/* Whether @path is a directory; a dead mount is one too. */
bool mount_spec_is_directory(const char *path);

/* mount(8) makes a path of a NAME if there is a file or a directory of that name in the current
 * directory, as the mountpoint often is. Returns the NAME, a part of @spec, if it is a directory;
 * else @spec. */
const char *mount_spec_of(const char *spec);

/* Sets what @spec stands for, as if the file said it. @spec must be valid as long as the config.
 * Returns 0, -ENOMEM or REFUSED. */
int mount_spec_read(struct config *config, const char *spec, struct refusal *refusal);
