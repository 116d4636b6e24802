/* The mount namespace to mount in, if it is another than ours: -N of mount(8). */
#pragma once

#include "supervisor/config/refusal.h"

/* Enters the mount namespace of the process @name (a number), or that of the file @name. Call it
 * before any other thread exists. The working directory is / then. Returns 0 or REFUSED. */
int mount_namespace_enter(const char *name, struct refusal *refusal);
