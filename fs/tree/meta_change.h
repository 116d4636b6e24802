/* A change of mode, owner and group, which is made to what is kept for a key. */
#pragma once

#include "fs/tree/meta.h"

/* Zero-initialised it changes nothing. */
struct meta_change {
	unsigned set; /* META_HAS_...: what it changes */
	unsigned has; /* of these, what is kept; the others are the mount's again */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool drops;   /* of the mode then setuid goes, and setgid where the group may execute */
	mode_t usual; /* drops: the mount's mode, which is not kept */
};

bool meta_change_any(const struct meta_change *change); /* whether it changes something */
void meta_change_apply(const struct meta_change *change, struct meta *meta);

/* @of: as in struct meta. */
void meta_set_times(
	struct meta *meta, struct timespec accessed, struct timespec modified, int64_t of);

/* Makes of @change both, @later after it. */
void meta_change_add(struct meta_change *change, const struct meta_change *later);
