/* mount -o remount: other flags for a mount that is there. */
#pragma once

#include "supervisor/config/options.h"

/* Gives the mount on the mountpoint of @options the flags of @options, and takes the others;
 * returns when the filesystem goes by them. 0, -ENOMEM or REFUSED. */
int remount_run(const struct options *options, struct refusal *refusal);
