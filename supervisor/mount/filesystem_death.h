/* What follows on the death of the filesystem process: another one, or the end of the mount. */
/*
 * Owner:   the filesystem (filesystem.h), of which this is a part.
 * Threads: one.
 */
#pragma once

#include "supervisor/mount/filesystem.h"

void filesystem_death_init(struct filesystem *filesystem);
void filesystem_death_fini(struct filesystem *filesystem);

/* The control socket has ended: so will the process, in a moment, unless something holds it. */
void filesystem_death_begins(struct filesystem *filesystem);

/* No process serves the mount any more. If one that has died before is still held, it is the one
 * whose end is waited for from now on: returns true. */
bool filesystem_death_remains(struct filesystem *filesystem);

/* No process runs: starts one at once or later, or gives up. @why is for the log. */
void filesystem_death_answer(struct filesystem *filesystem, const char *why);
