/* What --check says of a configuration file: all that is wrong in it, and where its keys stand. */
#include "fs/base/cleanup.h"
#include "supervisor/config/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Adds what is expected of line @line to the list. */
static void expect(struct strv *expected, const char *path, int line, const char *text)
{
	assert_int_equal(strv_add(expected, "%s:%d: %s", path, line, text), 0);
}

/* All that is wrong, in the order of the lines; what is right is kept. */
static void test_all_problems(void **state)
{
	char path[] = "/tmp/test_config_check.XXXXXX";
	CLEANUP(strv) struct strv expected = {0};
	struct refusal refusal;
	struct options options;
	size_t i;

	write_file(path, "x = 1\n[wrong]\na = 1\n[mount]\ntimeout = soon\nno key\n"
			 "umask = 077\n[etcd\nname = skipped\n[mount]\nprefix = \"a\n"
			 "timeout = 3\n[etcd]\n-name = x\ndata-dir = /d\n[mount]\numask = 0\n"
			 "nothing = 1");
	expect(&expected, path, 1, "a key before the first [section]");
	expect(&expected, path, 2, "[wrong]: there is no such section");
	expect(&expected, path, 5,
		"[mount] timeout: 'soon' is no number of seconds between 0.001 and 86400");
	expect(&expected, path, 6, "neither a [section] nor KEY = VALUE");
	expect(&expected, path, 8, "the ] of the section is missing");
	expect(&expected, path, 11, "[mount] prefix: the closing quote is missing");
	expect(&expected, path, 14, "[etcd] -name: write the flag without its dashes");
	expect(&expected, path, 17, "[mount] umask: given twice");
	expect(&expected, path, 18, "[mount] nothing: there is no such key");
	assert_int_equal(options_parse(5,
				 (char *[]){(char *)"etcdfs", (char *)"--check", path, (char *)"-o",
					 (char *)"gid=5", NULL},
				 &options, &refusal),
		0);
	for (i = 0; i < options.problems.count && i < expected.count; i++)
		assert_string_equal(options.problems.items[i], expected.items[i]);
	assert_int_equal(options.problems.count, expected.count);
	assert_true(options.check);
	assert_int_equal(options.config.umask, 077);
	assert_int_equal(options.config.timeout_ms, 3000);
	assert_int_equal(options.config.gid, 5);
	assert_int_equal(config_line(&options.config, "mount", "umask"), 7);
	assert_int_equal(config_line(&options.config, "mount", "timeout"), 12);
	assert_int_equal(config_line(&options.config, "etcd", "data-dir"), 15);
	assert_int_equal(config_line(&options.config, "mount", "gid"), 0);
	assert_int_equal(config_line(&options.config, "etcd", "name"), 0);
	options_fini(&options);
	unlink(path);
}

static void test_lock_ttl(void **state)
{
	static const char *const bad[] = {
		"1", "0", "-5", "3601", "2.5", "10s", "9999999999999999999"};
	struct refusal refusal;
	struct config config;

	assert_int_equal(config_init(&config), 0);
	config.last_wins = true;
	assert_int_equal(config.lock_ttl_s, 10);
	assert_int_equal(config_set_mount_options(&config, "lock-ttl=2", &refusal), 0);
	assert_int_equal(config.lock_ttl_s, 2);
	assert_int_equal(config_set_mount_options(&config, "lock-ttl=3600", &refusal), 0);
	assert_int_equal(config.lock_ttl_s, 3600);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char option[64], text[128];

		snprintf(option, sizeof(option), "lock-ttl=%s", bad[i]);
		snprintf(text, sizeof(text),
			"[mount] lock-ttl: '%s' is no whole number of seconds from 2 to 3600",
			bad[i]);
		assert_int_equal(config_set_mount_options(&config, option, &refusal), REFUSED);
		assert_string_equal(refusal.text, text);
	}
	config_fini(&config);
}

static void test_metadata(void **state)
{
	struct refusal refusal;
	struct config config;

	assert_int_equal(config_init(&config), 0);
	config.last_wins = true;
	assert_true(config.metadata);
	assert_int_equal(config_set_mount_options(&config, "metadata=off", &refusal), 0);
	assert_false(config.metadata);
	assert_int_equal(config_set_mount_options(&config, "metadata=some", &refusal), REFUSED);
	assert_string_equal(refusal.text, "[mount] metadata: 'some' is neither on nor off");
	config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_problems),
		cmocka_unit_test(test_lock_ttl),
		cmocka_unit_test(test_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
