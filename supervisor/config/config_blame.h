/* Which key of [etcd] a complaint of etcd's is about, and where it was given. Pure. */
/*
 * Owner:   the caller, of all.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"

/* The key that @words name as a flag, else one whose value is in them: a listener's before others,
 * since etcd gives only the address of a port that is taken. NULL: they are about none. */
const struct config_flag *config_blame_find(const struct config *config, const char *words);

/* "FILE, line N: [etcd] KEY: ", or without the first part for the command line, into @text. */
void config_blame_where(
	const struct config *config, const struct config_flag *flag, char *text, size_t size);
