#include "supervisor/config/help.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_key.h"
#include "supervisor/config/options.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define HELP_COLUMN 28
#define HELP_WIDTH 96

/* Breaks @text at blanks; each line but the first is indented to HELP_COLUMN. */
static void write_folded(FILE *out, const char *text)
{
	int column = HELP_COLUMN;

	while (*text) {
		int length = strcspn(text, " ");

		if (column + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
		}
		fprintf(out, "%.*s", length, text);
		column += length + 1;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void write_row(FILE *out, const char *title, const char *text)
{
	if (strlen(title) < HELP_COLUMN)
		fprintf(out, "%-*s", HELP_COLUMN, title);
	else
		fprintf(out, "%s\n%*s", title, HELP_COLUMN, "");
	write_folded(out, text);
}

static void write_option(FILE *out, const struct option_row *row)
{
	char title[80];

	snprintf(title, sizeof(title), "  -%c, --%s%s%s", row->letter, row->name,
		row->argument ? " " : "", row->argument ? row->argument : "");
	write_row(out, title, row->help);
}

static void write_key(FILE *out, const struct config_key *key)
{
	char title[80], text[512];

	snprintf(title, sizeof(title), "  %s%s%s", key->name, key->argument ? "=" : "",
		key->argument ? key->argument : "");
	snprintf(text, sizeof(text), "%s (default: %s)", key->help, key->fallback);
	write_row(out, title, text);
}

static void write_keys(FILE *out, const char *section)
{
	size_t i;

	for (i = 0; i < n_config_keys; i++)
		if (config_keys[i].help && !strcmp(config_keys[i].section, section))
			write_key(out, &config_keys[i]);
}

void help_write(FILE *out)
{
	size_t i;

	fputs("Usage: etcdfs [-f] [-d] [-c FILE] [-o OPT[,OPT...]] [-e KEY=VALUE]...\n"
	      "              [-H KEY=VALUE]... MOUNTPOINT [-- COMMAND [ARG...]]\n"
	      "       etcdfs --leave MOUNTPOINT\n"
	      "       etcdfs --key PATH\n"
	      "       etcdfs --path KEY [MOUNTPOINT]\n"
	      "Starts etcd and mounts its keyspace on the directory MOUNTPOINT. With a COMMAND, "
	      "mounts,\nruns it with ETCDFS_MOUNT set, unmounts, and ends with its status.\n\n",
		out);
	for (i = 0; i < n_option_rows; i++)
		write_option(out, &option_rows[i]);
	fputs("\nKeys of -o, and of the section [mount] of FILE:\n", out);
	write_keys(out, "mount");
	fputs("\nKeys of -e, and of the section [etcd]: every flag of etcd without its dashes, "
	      "and these:\n",
		out);
	write_keys(out, "etcd");
	fputs("\nKeys of -H, and of the section [hooks] of FILE: commands for /bin/sh, one at a "
	      "time, with\nETCDFS_ROLE, ETCDFS_TERM and ETCDFS_MOUNT set:\n",
		out);
	write_keys(out, "hooks");
}

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

static void write_man_row(FILE *out, const char *name, const char *between, const char *argument,
	const char *help, const char *fallback)
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
	write_roff(out, help);
	fputc('\n', out);
	if (fallback) {
		fputs("Default: ", out);
		write_roff(out, fallback);
		fputs(".\n", out);
	}
}

static void write_man_options(FILE *out)
{
	size_t i;

	for (i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		char name[64];

		snprintf(name, sizeof(name), "-%c, --%s", row->letter, row->name);
		write_man_row(out, name, " ", row->argument, row->help, NULL);
	}
}

static void write_man_keys(FILE *out, const char *section)
{
	size_t i;

	for (i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->help && !strcmp(key->section, section))
			write_man_row(out, key->name, "=", key->argument, key->help, key->fallback);
	}
}

static void write_man_line(FILE *out, const char *line)
{
	const char *mark = strstr(line, "@VERSION@");

	if (!strcmp(line, ".\\\" ROWS options\n"))
		write_man_options(out);
	else if (!strcmp(line, ".\\\" ROWS mount\n"))
		write_man_keys(out, "mount");
	else if (!strcmp(line, ".\\\" ROWS etcd\n"))
		write_man_keys(out, "etcd");
	else if (!strcmp(line, ".\\\" ROWS hooks\n"))
		write_man_keys(out, "hooks");
	else if (mark)
		fprintf(out, "%.*s%s%s", (int)(mark - line), line, ETCDFS_VERSION,
			mark + strlen("@VERSION@"));
	else
		fputs(line, out);
}

int help_write_man(FILE *in, FILE *out)
{
	CLEANUP(free) char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, in) >= 0)
		write_man_line(out, line);
	return ferror(in) || fflush(out) == EOF ? -EIO : 0;
}
