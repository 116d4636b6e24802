/*
 * For bash a row is an entry of an associative array: what stands behind the option, or behind the
 * key's =, in the words of --help. The script knows what FILE, DIR and the like mean.
 *
 * For zsh a row is a specification of _arguments or of _values, with the first sentence of the
 * help.
 */
#include "supervisor/config/rows.h"

#include <string.h>

/* --- bash ------------------------------------------------------------------------------------ */

static void write_bash_entry(FILE *out, const char *name, const char *argument)
{
	fprintf(out, "\t[%s]='%s'\n", name, argument ? argument : "");
}

static void write_bash_option(FILE *out, const struct option_row *row)
{
	char name[64];

	snprintf(name, sizeof(name), "-%c", row->letter);
	write_bash_entry(out, name, row->argument);
	snprintf(name, sizeof(name), "--%s", row->name);
	write_bash_entry(out, name, row->argument);
}

/* A switch that is on is only set to turn it off, and so has a value. */
static const char *argument_of(const struct config_key *key)
{
	return key->type == CONFIG_BOOL && !strcmp(key->fallback, "on") ? "on|off" : key->argument;
}

static void write_bash_key(FILE *out, const struct config_key *key)
{
	write_bash_entry(out, key->name, argument_of(key));
}

const struct row_format rows_bash = {write_bash_option, write_bash_key};

/* --- zsh ------------------------------------------------------------------------------------- */

/* The text stands between single quotes, and the characters of @special mean something to zsh. */
static void write_quoted(FILE *out, const char *text, int length, const char *special)
{
	for (; length; text++, length--) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr(special, *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void write_description(FILE *out, const char *help)
{
	fputc('[', out);
	write_quoted(out, help, rows_sentence(help), "[]:\\");
	fputc(']', out);
}

/* ":message:action", with "::" for what may be left out; @what is the option or key. */
static void write_argument(FILE *out, const char *what, const char *argument)
{
	fputs(argument[0] == '[' ? "::" : ":", out);
	write_quoted(out, argument, (int)strlen(argument), ":\\");
	fprintf(out, ":_etcdfs_take \"%s\" \"%s\"", what, argument);
}

static void write_zsh_option(FILE *out, const struct option_row *row)
{
	const char *argument = row->argument ? row->argument : "";

	/* It may be given again; nothing else is given; or it is given once. */
	if (!strcmp(argument, "KEY=VALUE"))
		fputs("\t\\*", out);
	else if (argument[0] == '[')
		fputs("\t'(- : *)'", out);
	else
		fprintf(out, "\t'(-%c --%s)'", row->letter, row->name);
	fprintf(out, "{-%c,--%s}'", row->letter, row->name);
	write_description(out, row->help);
	if (row->argument)
		write_argument(out, row->name, row->argument);
	fputs("'\n", out);
}

static void write_zsh_key(FILE *out, const struct config_key *key)
{
	const char *argument = argument_of(key);

	fprintf(out, "\t'%s", key->name);
	write_description(out, key->help);
	if (argument)
		write_argument(out, key->name, argument);
	fputs("'\n", out);
}

const struct row_format rows_zsh = {write_zsh_option, write_zsh_key};
