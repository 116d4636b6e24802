#include "supervisor/config/rows.h"

#include "supervisor/config/config.h"

#include <string.h>

#define WIDTH 98

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
	fputs("# ", out);
	rows_fold(out, key->help, "# ", WIDTH);
	if (!is_mountpoint && value != key->fallback)
		fprintf(out, "# Default: %s\n", key->fallback);
	fprintf(out, "%s%s = %s\n", is_mountpoint ? "" : "#", key->name, value);
}

const struct row_format rows_conf = {NULL, write_key};
