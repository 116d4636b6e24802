#include "supervisor/config/rows.h"

#include <string.h>

/* In roff a minus is \-, a backslash is \e, and a dot or quote at the start of a line is a
 * command. */
static void write_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

/* The help, a sentence a line, as roff wants it. */
static void write_help(FILE *out, const char *help)
{
	while (*help) {
		char sentence[1024];
		int length = rows_sentence(help);

		snprintf(sentence, sizeof(sentence), "%.*s", length, help);
		write_roff(out, sentence);
		fputc('\n', out);
		help += length;
		help += strspn(help, " ");
	}
}

static void write_row(
	FILE *out, const char *name, const char *between, const char *argument, const char *help)
{
	fputs(".TP\n\\fB", out);
	write_roff(out, name);
	fputs("\\fR", out);
	if (argument) {
		fprintf(out, "%s\\fI", between);
		write_roff(out, argument);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	write_help(out, help);
}

static void write_option(FILE *out, const struct option_row *row)
{
	char name[64];

	snprintf(name, sizeof(name), "-%c, --%s", row->letter, row->name);
	write_row(out, name, " ", row->argument, row->help);
}

static void write_key(FILE *out, const struct config_key *key)
{
	write_row(out, key->name, "=", key->argument, key->help);
	fputs("Default: ", out);
	write_roff(out, key->fallback);
	fputs(".\n", out);
}

const struct row_format rows_man = {write_option, write_key};
