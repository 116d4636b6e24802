#include "supervisor/config/help.h"

#include "supervisor/config/rows.h"

#include <string.h>

#define HELP_INDENT "                            "
#define HELP_WIDTH 96

static void write_title(FILE *out, const char *title)
{
	if (strlen(title) < strlen(HELP_INDENT))
		fprintf(out, "%-*s", (int)strlen(HELP_INDENT), title);
	else
		fprintf(out, "%s\n" HELP_INDENT, title);
}

static void write_option_title(FILE *out, const struct option_row *row)
{
	char title[80];

	snprintf(title, sizeof(title), "  -%c, --%s%s%s", row->letter, row->name,
		row->argument ? " " : "", row->argument ? row->argument : "");
	write_title(out, title);
}

static void write_short_option(FILE *out, const struct option_row *row)
{
	write_option_title(out, row);
	fprintf(out, "%.*s\n", rows_sentence(row->help), row->help);
}

static void write_option(FILE *out, const struct option_row *row)
{
	write_option_title(out, row);
	rows_fold(out, row->help, HELP_INDENT, HELP_WIDTH);
}

static void write_key(FILE *out, const struct config_key *key)
{
	char title[80], text[1024];

	snprintf(title, sizeof(title), "  %s%s%s", key->name, key->argument ? "=" : "",
		key->argument ? key->argument : "");
	snprintf(text, sizeof(text), "%s (default: %s)", key->help, key->fallback);
	write_title(out, title);
	rows_fold(out, text, HELP_INDENT, HELP_WIDTH);
}

static const struct row_format short_rows = {write_short_option, NULL};
static const struct row_format rows = {write_option, write_key};

static const char about[] =
	"Starts etcd and mounts its keyspace on the directory MOUNTPOINT. With a COMMAND,\n"
	"mounts, runs it with ETCDFS_MOUNT set, unmounts, and ends with its status.\n\n";

void help_write(FILE *out)
{
	fputs("Usage: etcdfs [OPTION]... [MOUNTPOINT] [-- COMMAND [ARG...]]\n"
	      "       etcdfs --leave MOUNTPOINT | --key PATH | --path KEY [MOUNTPOINT]\n"
	      "       etcdfs --lock FILE -- COMMAND [ARG...]\n",
		out);
	fputs(about, out);
	rows_write(out, "options", &short_rows);
	fputs("\nThe keys of -o, -e and -H: etcdfs --help all. The manual: man etcdfs.\n", out);
}

void help_write_all(FILE *out)
{
	fputs("Usage: etcdfs [-f] [-d] [-c FILE] [-o OPT[,...]] [-e KEY=VALUE]...\n"
	      "              [-H KEY=VALUE]... [MOUNTPOINT] [-- COMMAND [ARG...]]\n"
	      "       etcdfs --leave MOUNTPOINT\n"
	      "       etcdfs --unmount-dead MOUNTPOINT\n"
	      "       etcdfs --key PATH\n"
	      "       etcdfs --path KEY [MOUNTPOINT]\n"
	      "       etcdfs --lock FILE [-s] [-n] [-w SECONDS] [-E N] -- COMMAND [ARG...]\n"
	      "       etcdfs --check FILE [MOUNTPOINT]\n",
		out);
	fputs(about, out);
	rows_write(out, "options", &rows);
	fputs("\nOptions of --lock:\n", out);
	rows_write(out, "lock", &rows);
	fputs("\nKeys of -o, and of the section [mount] of FILE:\n", out);
	rows_write(out, "mount", &rows);
	fputs("\nKeys of -e, and of the section [etcd]: every flag of etcd without its dashes, "
	      "and these:\n",
		out);
	rows_write(out, "etcd", &rows);
	fputs("\nKeys of -H, and of the section [hooks] of FILE: commands for /bin/sh, one at a "
	      "time, with\nETCDFS_ROLE, ETCDFS_TERM and ETCDFS_MOUNT set:\n",
		out);
	rows_write(out, "hooks", &rows);
}
