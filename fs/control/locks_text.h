/* The lines of DIR/.etcd/locks: who holds the locks of what is below DIR, and who waits. */
#pragma once

#include "fs/base/buf.h"
#include "fs/mirror/mirror.h"

/* At most so many bytes. */
#define LOCKS_TEXT_MAX ((size_t)64 << 20)

/* Appends the lines for the directory @dir: the queues in the order of their names, each queue of
 * one moment and in its order. @prefix is the mount's. 0, -ENOMEM, -ENOTDIR, -ESTALE, or -EFBIG:
 * they are longer than LOCKS_TEXT_MAX. */
int locks_text(struct mirror *mirror, struct bytes prefix, uint64_t dir, struct buf *ret);

/* Appends the name by which `etcdctl lock` locks the file with the key @key; of a directory it is
 * the key of its marker, and of the root empty. 0 or -ENOMEM. */
int locks_text_name(const struct mirror *mirror, struct bytes key, struct buf *ret);
