/* The example of a configuration file: it has every key, is valid, and so is each default in it.
 * Statements: 318. */
#include "supervisor/config/rows.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

CLEANUP_POINTER(FILE, fclose)

static char path[] = "/tmp/test_example.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void read_example(char *ret, size_t size)
{
	static char template[] = "# x\n\n[mount]\n# ROWS mount\n\n[etcd]\n# ROWS etcd\n"
				 "\n[hooks]\n# ROWS hooks\n";
	CLEANUP(fclose) FILE *in = fmemopen(template, strlen(template), "r");
	CLEANUP(fclose) FILE *out = fmemopen(ret, size, "w");

	assert_true(in && out);
	assert_int_equal(rows_fill(in, out, &rows_conf), 0);
}

static int parse(const char *text, struct config *config, struct refusal *refusal)
{
	CLEANUP(fclose) FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fflush(file) == 0);
	assert_int_equal(config_init(config), 0);
	return config_file_read(config, path, refusal);
}

static void test_as_it_is(void **state)
{
	struct config config;
	struct refusal refusal = {""};
	char text[32768];

	(void)state;
	read_example(text, sizeof(text));
	if (parse(text, &config, &refusal))
		fail_msg("%s", refusal.text);
	assert_string_equal(config.mountpoint, "/mnt/kv");
	assert_int_equal(config.n_flags, 0);
	config_fini(&config);
}

/* Each key is a line behind the line of its section, and each line is short. */
static void test_every_key(void **state)
{
	char text[32768], line[128];
	const char *at;
	size_t i;

	(void)state;
	read_example(text, sizeof(text));
	for (i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];

		if (!key->help || key->type == CONFIG_ONCE)
			continue;
		snprintf(line, sizeof(line), "\n[%s]\n", key->section);
		at = strstr(text, line);
		assert_non_null(at);
		snprintf(line, sizeof(line),
			"\n%s%s = ", strcmp(key->name, "mountpoint") ? "#" : "", key->name);
		if (!strstr(at, line))
			fail_msg("[%s] %s is not in the example", key->section, key->name);
	}
	for (at = text; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") <= 100);
}

/* Makes a setting of the comment that has a key's default; false: what it has is no value. */
static bool set_default(char *text, const struct config_key *key)
{
	char line[128];
	char *at;

	snprintf(line, sizeof(line), "\n#%s = %s\n", key->name, key->fallback);
	at = strstr(text, line);
	if (at)
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	return at;
}

static void test_the_defaults_are_valid(void **state)
{
	struct config config;
	struct refusal refusal = {""};
	char text[32768];
	size_t i, count = 0;

	(void)state;
	read_example(text, sizeof(text));
	for (i = 0; i < n_config_keys; i++)
		if (config_keys[i].help)
			count += set_default(text, &config_keys[i]);
	assert_true(count > 10);
	assert_null(strstr(text, "force-new-cluster"));
	if (parse(text, &config, &refusal))
		fail_msg("%s", refusal.text);
	assert_int_equal(config.timeout_ms, 5000);
	config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_it_is),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_the_defaults_are_valid),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
