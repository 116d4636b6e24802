#include "supervisor/config/rows.h"

#include "supervisor/config/config.h"

#include <string.h>

#define WIDTH 98

/* Breaks @text at blanks into lines of a comment. */
static void write_comment(FILE *out, const char *text)
{
	int column = 1;

	fputc('#', out);
	while (*text) {
		int length = strcspn(text, " ");

		if (column + length >= WIDTH) {
			fputs("\n#", out);
			column = 1;
		}
		fprintf(out, " %.*s", length, text);
		column += length + 1;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* The default, where that is a value; else what the help calls the value. */
static const char *value_of(const struct config_key *key)
{
	struct config config;
	struct refusal reason;
	bool is_text = key->type == CONFIG_TEXT || key->type == CONFIG_WORD;
	bool is_value = false;

	if (!config_init(&config))
		is_value = !is_text && !config_key_parse(key, key->fallback, &config, &reason);
	config_fini(&config);
	return is_value ? key->fallback : key->argument;
}

/* Every file of a service has a mountpoint. */
static void write_key(FILE *out, const struct config_key *key)
{
	bool is_mountpoint = !strcmp(key->name, "mountpoint");
	const char *value = is_mountpoint ? "/mnt/kv" : value_of(key);

	if (key->type == CONFIG_ONCE)
		return;
	fputc('\n', out);
	write_comment(out, key->help);
	if (!is_mountpoint && value != key->fallback)
		fprintf(out, "# Default: %s\n", key->fallback);
	fprintf(out, "%s%s = %s\n", is_mountpoint ? "" : "#", key->name, value);
}

const struct row_format rows_conf = {NULL, write_key};
