/* --help, and the rows of the parser's tables in man pages and completions. */
#include "fs/base/cleanup.h"
#include "supervisor/config/help.h"
#include "supervisor/config/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define LINES 24
#define COLUMNS 80

static char *text_of(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(out);
	fclose(out);
	return text;
}

/* Each option is there, in no more lines and columns than a terminal has. */
static void test_the_help_fits_a_screen(void **state)
{
	CLEANUP(free) char *help = text_of(help_write);
	const char *line = help;
	int lines = 0;
	size_t i;

	for (i = 0; i < n_option_rows; i++) {
		char title[64];

		snprintf(title, sizeof(title), "\n  -%c, --%s", option_rows[i].letter,
			option_rows[i].name);
		assert_non_null(strstr(help, title));
	}
	for (; *line; line++, lines++) {
		size_t length = strcspn(line, "\n");

		if (length > COLUMNS)
			fail_msg("over %d columns: %.*s", COLUMNS, (int)length, line);
		line += length;
	}
	assert_in_range(lines, 1, LINES);
}

/* The rows are there whole, but for keys that are refused. The long help folds them. */
static void test_the_long_help_has_everything(void **state)
{
	CLEANUP(free) char *help = text_of(help_write_all);
	size_t i;

	for (i = 0; i < n_option_rows; i++) {
		const char *last = strrchr(option_rows[i].help, ' ');

		assert_non_null(strstr(help, option_rows[i].name));
		assert_non_null(strstr(help, last));
	}
	for (i = 0; i < n_config_keys; i++) {
		char word[64];

		snprintf(word, sizeof(word), "\n  %s%s", config_keys[i].name,
			config_keys[i].argument ? "=" : " ");
		assert_int_equal(!!strstr(help, word), !!config_keys[i].help);
	}
}

static char *fill(const char *template, const struct row_format *format)
{
	char *text = NULL;
	size_t size;
	FILE *in = fmemopen((void *)template, strlen(template), "r");
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(rows_fill(in, out, format), 0);
	fclose(in);
	fclose(out);
	return text;
}

static void test_man_rows(void **state)
{
	CLEANUP(free)
	char *man = fill(
		"v@VERSION@w\n.\\\" ROWS options\n.\\\" ROWS mount\n.\\\" ROWS etcd\n.\\\" x\n",
		&rows_man);

	assert_non_null(strstr(man, "v" ETCDFS_VERSION "w\n"));
	assert_non_null(strstr(man, ".\\\" x\n"));
	assert_null(strstr(man, "ROWS"));
	assert_non_null(strstr(man, ".TP\n\\fB\\-c, \\-\\-config\\fR \\fIFILE\\fR\n"));
	assert_non_null(strstr(man, ".TP\n\\fBdata\\-dir\\fR=\\fIDIR\\fR\n"));
	assert_non_null(strstr(man, "inotify"));
	assert_null(strstr(man, "on\\-follower"));
	assert_null(strstr(man, "config\\-file"));
}

/* A switch has a value where it is on by default; what is optional is not taken for a value. */
static void test_shell_rows(void **state)
{
	CLEANUP(free) char *bash = fill("# ROWS options\n# ROWS mount\n# x\n", &rows_bash);
	CLEANUP(free) char *zsh = fill("# ROWS options\n# ROWS mount\n", &rows_zsh);

	assert_non_null(strstr(bash, "\t[-c]='FILE'\n\t[--config]='FILE'\n"));
	assert_non_null(strstr(bash, "\t[--help]='[all]'\n"));
	assert_non_null(strstr(bash, "\t[ro]=''\n"));
	assert_non_null(strstr(bash, "\t[inotify]='on|off'\n"));
	assert_non_null(strstr(bash, "\n# x\n"));
	assert_null(strstr(bash, "on-follower"));
	assert_non_null(strstr(zsh, "\t'(-c --config)'{-c,--config}'[Read the configuration FILE.]"
				    ":FILE:_etcdfs_take \"config\" \"FILE\"'\n"));
	assert_non_null(strstr(
		zsh, "\t\\*{-e,--etcd}'[Set one key of \\[etcd\\], as in name=a.]:KEY=VALUE:"));
	assert_non_null(strstr(zsh, "::[all]:_etcdfs_take \"help\" \"[all]\"'\n"));
	assert_non_null(strstr(zsh, "\t'password-file[The file with the user'\\''s password"));
}

static void test_sentences(void **state)
{
	assert_int_equal(rows_sentence("One. Two."), strlen("One."));
	assert_int_equal(rows_sentence("A file.role of it"), strlen("A file.role of it"));
	assert_int_equal(rows_sentence(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_help_fits_a_screen),
		cmocka_unit_test(test_the_long_help_has_everything),
		cmocka_unit_test(test_man_rows),
		cmocka_unit_test(test_shell_rows),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
