/*
 * inih does not report line numbers, and cannot read lines of more than some two hundred bytes,
 * which a list of cluster members easily has. It calls a function of ours to read each line. So
 * that function counts the lines, and passes a long one on in pieces, in the form of inih's
 * indented continuation lines; the handler then gets each piece under the same key. A line that the
 * user has indented is not meant as a continuation, so its indentation is removed.
 */
#include "supervisor/config/config_file.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
	struct config *config;
	struct refusal *refusal;
	struct strv *problems; /* gets all that is wrong; NULL: the first ends the reading */
	const char *path;
	FILE *file;
	char *line; /* from getline() */
	size_t capacity;
	const char *rest; /* the part of the line not yet passed on; NULL: read the next line */
	int pieces;	  /* pieces of the line passed on so far */
	bool wants_key;	  /* the handler must be called before the line ends */
	bool skips;	  /* the section is none: its keys are left out */
	int number;	  /* of the line, from 1 */
	int error;	  /* the first error; everything after it is skipped */

	/* The key whose value may continue in the next piece. */
	char *section, *key, *value;
};

static void reader_fini(struct reader *reader)
{
	if (reader->file)
		fclose(reader->file);
	free(reader->line);
	free(reader->section);
	free(reader->key);
	free(reader->value);
}

static void reader_cleanup(struct reader *reader)
{
	reader_fini(reader);
}

static void reader_fail(struct reader *reader, int number, const char *text)
{
	if (reader->error)
		return;
	if (reader->problems)
		reader->error = strv_add(reader->problems, "%s:%d: %s", reader->path, number, text);
	else
		reader->error =
			refuse(reader->refusal, "%s, line %d: %s", reader->path, number, text);
}

/* Removes the double quotes, in place. NULL: the closing one is missing. */
static char *unquote(char *value)
{
	size_t length = strlen(value);

	if (value[0] != '"')
		return value;
	if (length < 2 || value[length - 1] != '"')
		return NULL;
	value[length - 1] = '\0';
	return value + 1;
}

/* The line ends, and with it the value of its key. */
static void line_end(struct reader *reader)
{
	struct refusal reason = {""};
	char *value;
	int error = 0;

	if (reader->wants_key)
		reader_fail(reader, reader->number, "neither a [section] nor KEY = VALUE");
	reader->wants_key = false;
	if (!reader->key || reader->error)
		return;
	reader->config->line = reader->number;
	value = unquote(reader->value);
	if (!value)
		error = refuse(&reason, "[%s] %s: the closing quote is missing", reader->section,
			reader->key);
	else
		error = config_set(
			reader->config, CONFIG_FILE, reader->section, reader->key, value, &reason);
	if (error == REFUSED)
		reader_fail(reader, reader->number, reason.text);
	else if (error)
		reader->error = error;
	free(reader->key);
	reader->key = NULL;
}

static void key_begin(
	struct reader *reader, const char *section, const char *key, const char *value)
{
	free(reader->section);
	free(reader->value);
	reader->section = strdup(section);
	reader->key = strdup(key);
	reader->value = strdup(value);
	if (!reader->section || !reader->key || !reader->value)
		reader->error = -ENOMEM;
}

static void key_continue(struct reader *reader, const char *more)
{
	char *joined;

	if (asprintf(&joined, "%s%s", reader->value, more) < 0) {
		reader->error = -ENOMEM;
		return;
	}
	free(reader->value);
	reader->value = joined;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *reader = arg;

	if (reader->error)
		return 1;
	if (reader->pieces > 1) {
		if (reader->key)
			key_continue(reader, value);
		return 1;
	}
	reader->wants_key = false;
	if (reader->skips)
		return 1;
	if (!*section)
		reader_fail(reader, reader->number, "a key before the first [section]");
	else if (!*key)
		reader_fail(reader, reader->number, "a value without a key");
	else
		key_begin(reader, section, key, value);
	return 1;
}

/* inih does not report a section without keys. */
static void check_section(struct reader *reader, const char *line)
{
	size_t length = strcspn(line + 1, "]");
	struct refusal reason;
	size_t i;

	static const char *const sections[] = {"etcd", "mount", "hooks"};

	reader->skips = true;
	if (line[1 + length] != ']') {
		reader_fail(reader, reader->number, "the ] of the section is missing");
		return;
	}
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strlen(sections[i]) == length && !strncmp(line + 1, sections[i], length)) {
			reader->skips = false;
			return;
		}
	refuse(&reason, "[%.*s]: there is no such section", (int)length, line + 1);
	reader_fail(reader, reader->number, reason.text);
}

/* Returns 0 at the end of the file. */
static int line_next(struct reader *reader)
{
	char *line;
	ssize_t length;

	length = getline(&reader->line, &reader->capacity, reader->file);
	line_end(reader);
	if (length < 0) {
		if (ferror(reader->file) && !reader->error)
			reader->error = refuse(reader->refusal, "%s: %m", reader->path);
		return 0;
	}
	reader->number++;
	if (strlen(reader->line) != (size_t)length)
		reader_fail(reader, reader->number, "a NUL byte: this is no text");
	while (length && isspace((unsigned char)reader->line[length - 1]))
		reader->line[--length] = '\0';
	line = reader->line;
	if (reader->number == 1 && !strncmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	line += strspn(line, " \t");
	if (line[0] == '[')
		check_section(reader, line);
	if (line[0] == '#' || line[0] == ';')
		line[0] = '\0';
	reader->rest = line;
	reader->pieces = 0;
	reader->wants_key = *line && *line != '[';
	return 1;
}

/* Where a line may be cut: not where inih would drop a blank, nor where a comment would begin. */
static size_t piece_length(const char *rest, size_t room)
{
	size_t length = strlen(rest);

	if (length <= room)
		return length;
	for (length = room; length > 1; length--)
		if (!strchr(" \t;#", rest[length]) && !strchr(" \t", rest[length - 1]))
			break;
	return length;
}

static char *on_line(char *ret, int size, void *stream)
{
	struct reader *reader = stream;
	size_t length;

	if (reader->error)
		return NULL;
	if (!reader->rest && !line_next(reader))
		return NULL;
	if (reader->error)
		return NULL;
	length = piece_length(reader->rest, size - 4);
	snprintf(ret, size, "%s%.*s\n", reader->pieces ? " " : "", (int)length, reader->rest);
	reader->pieces++;
	reader->rest += length;
	if (!*reader->rest)
		reader->rest = NULL;
	return ret;
}

/* A file says which programs are run (binary, [hooks]). */
static int check_owner(const struct reader *reader, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(reader->refusal,
			"%s: belongs to another user (uid %u), who could have any program run",
			reader->path, st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse(reader->refusal,
			"%s: others may write it, and have any program run (chmod go-w)",
			reader->path);
	return 0;
}

static int reader_open(struct reader *reader)
{
	/* A FIFO may be the user's, but not another user's, who may never write into it. */
	int flags = O_RDONLY | O_CLOEXEC | (reader->config->distrusts ? O_NONBLOCK : 0);
	int fd = open(reader->path, flags);
	struct stat st;

	if (fd >= 0)
		reader->file = fdopen(fd, "r");
	if (!reader->file || fstat(fileno(reader->file), &st) < 0)
		return refuse(reader->refusal, "%s: %m", reader->path);
	if (S_ISDIR(st.st_mode))
		return refuse(reader->refusal, "%s: is a directory", reader->path);
	return reader->config->distrusts ? check_owner(reader, &st) : 0;
}

/* The NAME of ETCDFS/NAME.conf, in which ETCDFS is a directory "etcdfs", as in /etc. However the
 * path is written, it is the same name. NULL: it is another file, or NAME cannot be a name. */
static int find_instance(struct config *config, const char *path)
{
	static const char suffix[] = ".conf";
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strlen(base);
	CLEANUP(free) char *above = slash ? strndup(path, base - path) : strdup(".");
	CLEANUP(free) char *dir = above ? realpath(above, NULL) : NULL;
	CLEANUP(free) char *name = NULL;
	struct refusal reason;

	if (!dir)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (strcmp(strrchr(dir, '/'), "/etcdfs") || length < sizeof(suffix) ||
		strcmp(base + length - strlen(suffix), suffix))
		return 0;
	name = strndup(base, length - strlen(suffix));
	if (!name)
		return -ENOMEM;
	if (!config_key_parse(config_key_find("etcd", "name"), name, config, &reason))
		config->instance = STEAL(name);
	return 0;
}

static int read_file(
	struct config *config, const char *path, struct strv *problems, struct refusal *refusal)
{
	CLEANUP(reader)
	struct reader reader = {
		.config = config, .refusal = refusal, .problems = problems, .path = path};
	int error;

	error = reader_open(&reader);
	if (!error)
		error = find_instance(config, path);
	if (error)
		return error;
	config->file = path;
	error = ini_parse_stream(on_line, &reader, on_key, &reader);
	if (error == -2 && !reader.error)
		reader.error = -ENOMEM;
	return reader.error;
}

int config_file_read(struct config *config, const char *path, struct refusal *refusal)
{
	return read_file(config, path, NULL, refusal);
}

int config_file_check(
	struct config *config, const char *path, struct strv *problems, struct refusal *refusal)
{
	return read_file(config, path, problems, refusal);
}
