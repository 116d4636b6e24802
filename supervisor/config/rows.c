#include "supervisor/config/rows.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <string.h>

#define VERSION_MARK "@VERSION@"

void rows_write(FILE *out, const char *table, const struct row_format *format)
{
	bool is_options = !strcmp(table, "options"), is_lock = !strcmp(table, "lock");
	size_t i;

	for (i = 0; is_options && i < n_option_rows; i++)
		format->option(out, &option_rows[i]);
	for (i = 0; is_lock && i < n_lock_rows; i++)
		format->option(out, &lock_rows[i]);
	for (i = 0; i < n_config_keys; i++)
		if (config_keys[i].help && !strcmp(config_keys[i].section, table))
			format->key(out, &config_keys[i]);
}

/* Whether the line asks for rows. */
static bool find_table(char *line, const char **ret)
{
	static const char *const marks[] = {".\\\" ROWS ", "# ROWS "};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t length = strlen(marks[i]);

		if (strncmp(line, marks[i], length) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		*ret = line + length;
		return true;
	}
	return false;
}

static void write_line(FILE *out, char *line, const struct row_format *format)
{
	const char *table, *mark = strstr(line, VERSION_MARK);

	if (find_table(line, &table))
		rows_write(out, table, format);
	else if (mark)
		fprintf(out, "%.*s%s%s", (int)(mark - line), line, ETCDFS_VERSION,
			mark + strlen(VERSION_MARK));
	else
		fputs(line, out);
}

int rows_fill(FILE *in, FILE *out, const struct row_format *format)
{
	CLEANUP(free) char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, in) >= 0)
		write_line(out, line, format);
	return ferror(in) || fflush(out) == EOF ? -EIO : 0;
}

int rows_sentence(const char *help)
{
	const char *end = strstr(help, ". ");

	return end ? (int)(end - help) + 1 : (int)strlen(help);
}

void rows_fold(FILE *out, const char *text, const char *indent, int width)
{
	int start = (int)strlen(indent), column = start;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column + length > width) {
			fprintf(out, "\n%s", indent);
			column = start;
		} else if (column > start) {
			fputc(' ', out);
		}
		fprintf(out, "%.*s", length, text);
		column += length + 1;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
