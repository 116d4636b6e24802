/* Writes the texts of --help, from the parser's tables. */
/*
 * Owner:   writes to the caller's stream.
 * Threads: none of its own.
 */
#pragma once

#include <stdio.h>

/* --help: a line for each option, and no more than fits a terminal of 24 lines and 80 columns. */
void help_write(FILE *out);

/* --help all: every option and every key, with all that is said of it. */
void help_write_all(FILE *out);
