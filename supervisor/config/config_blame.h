/* Finds the key of [etcd] that an error message of etcd is about, and where it was given. Pure. */
/*
 * Owner:   the caller, of everything.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"

/* The key that @words name as a flag; else one whose value they contain, a listener's first,
 * because etcd gives only the address of a port that is in use. NULL: none. */
const struct config_flag *config_blame_find(const struct config *config, const char *words);

/* Writes "FILE, line N: [etcd] KEY: " into @text, without the first part for the command line. */
void config_blame_where(
	const struct config *config, const struct config_flag *flag, char *text, size_t size);
