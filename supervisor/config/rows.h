/* The rows of the parser's tables in the formats of --help and of the files of docs/. */
/*
 * Owner:   writes to the caller's stream; the formats are constant.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config_key.h"
#include "supervisor/config/options.h"

#include <stdio.h>

struct row_format {
	void (*option)(FILE *out, const struct option_row *row);
	void (*key)(FILE *out, const struct config_key *key);
};

extern const struct row_format rows_man;
extern const struct row_format rows_bash;
extern const struct row_format rows_zsh;
extern const struct row_format rows_conf; /* the example of a configuration file */

/* Writes the rows of @table: "options", "lock" (those of --lock), or the section of some keys. Keys
 * that are refused have none. */
void rows_write(FILE *out, const char *table, const struct row_format *format);

/* Copies @in, a man page, a shell's script or a configuration file. A comment `.\" ROWS table` or
 * `# ROWS table` becomes the rows of that table, and @VERSION@ the version. Returns 0 or -errno. */
int rows_fill(FILE *in, FILE *out, const struct row_format *format);

/* Writes @text in lines of @width bytes at most, broken at blanks, with @indent before each but the
 * first, which stands behind as many bytes already. */
void rows_fold(FILE *out, const char *text, const char *indent, int width);

/* The length of the help's first sentence, its full stop included. */
int rows_sentence(const char *help);
