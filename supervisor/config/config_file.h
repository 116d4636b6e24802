/* Reads the configuration file: INI, with values bare or in double quotes. */
/*
 * Owner:   the config is the caller's.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/strv.h"

/* Returns 0, -ENOMEM, or REFUSED: the refusal names the file, the line and the key. */
int config_file_read(struct config *config, const char *path, struct refusal *refusal);

/* Reads on behind what is wrong, and adds each such place to @problems, as "FILE:LINE: TEXT".
 * Returns 0, -ENOMEM, or REFUSED: the file cannot be read. */
int config_file_check(
	struct config *config, const char *path, struct strv *problems, struct refusal *refusal);
