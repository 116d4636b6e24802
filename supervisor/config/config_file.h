/* Reads the configuration file: INI, with values bare or in double quotes. */
/*
 * Owner:   the config is the caller's.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"

/* Returns 0, -ENOMEM, or REFUSED: the refusal names the file, the line and the key. */
int config_file_read(struct config *config, const char *path, struct refusal *refusal);
