/* What is remembered beside a data directory.
 * Statements: 143, 144. */
#include "supervisor/data/data_record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT 256

struct fixture {
	char dir[LIMIT / 4], data[LIMIT / 2], wal[LIMIT];
	struct bootstrap bootstrap;
	struct refusal refusal;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->dir, "/tmp/test_bootstrap.XXXXXX");
	if (!fixture || !mkdtemp(fixture->dir))
		return -1;
	snprintf(fixture->data, sizeof(fixture->data), "%s/data", fixture->dir);
	snprintf(fixture->wal, sizeof(fixture->wal), "%s/member/wal/1.wal", fixture->data);
	*state = fixture;
	return bootstrap_init(&fixture->bootstrap, fixture->data, NULL);
}

static void run(const char *command_of, const char *path)
{
	char command[LIMIT * 2];

	snprintf(command, sizeof(command), "%s %s", command_of, path);
	assert_int_equal(system(command), 0);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	run("rm -rf", fixture->dir);
	bootstrap_fini(&fixture->bootstrap);
	free(fixture);
	return 0;
}

static int check(struct fixture *fixture)
{
	return bootstrap_check(&fixture->bootstrap, fixture->data, false, &fixture->refusal);
}

static void make_log(struct fixture *fixture)
{
	run("install -D /dev/null", fixture->wal);
}

static void test_lost(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(check(fixture), 0);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x")); /* etcd has written nothing */
	assert_int_equal(access(fixture->bootstrap.record, F_OK), -1);
	make_log(fixture);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x"));
	assert_int_equal(check(fixture), 0);
	unlink(fixture->wal); /* the directory is there, and nothing in it */
	assert_int_equal(check(fixture), -EINVAL);
	assert_non_null(strstr(fixture->refusal.text, fixture->bootstrap.record));
	run("rm -r", fixture->data);
	assert_int_equal(check(fixture), -EINVAL);
	unlink(fixture->bootstrap.record);
	assert_int_equal(check(fixture), 0);
}

static void test_initial_cluster(void **state)
{
	struct fixture *fixture = *state;

	make_log(fixture);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x,b=y"));
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x,b=y"));
	assert_false(bootstrap_note(&fixture->bootstrap, "b=y,a=x"));
	assert_false(bootstrap_note(&fixture->bootstrap, NULL));
	assert_true(bootstrap_note(&fixture->bootstrap, "a=x"));
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x")); /* told once */
	assert_true(bootstrap_note(&fixture->bootstrap, "a=x,b=y"));
}

/* In a directory for everybody, or when it is no file. */
static void test_not_ours(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlink("/etc/passwd", fixture->bootstrap.record), 0);
	assert_int_equal(check(fixture), 0);
	make_log(fixture);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x"));
	unlink(fixture->bootstrap.record);
	assert_int_equal(mkdir(fixture->bootstrap.record, 0700), 0);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x"));
	rmdir(fixture->bootstrap.record);
	alarm(60); /* a FIFO waits for the other side */
	assert_int_equal(mkfifo(fixture->bootstrap.record, 0600), 0);
	assert_int_equal(check(fixture), 0);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x"));
	alarm(0);
}

/* Somebody else's file says nothing, and is not touched. */
static void test_of_others(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	make_log(fixture);
	run("echo precious >", fixture->bootstrap.record);
	assert_int_equal(chown(fixture->bootstrap.record, 65534, 65534), 0);
	assert_false(bootstrap_note(&fixture->bootstrap, "a=x"));
	assert_int_equal(stat(fixture->bootstrap.record, &st), 0);
	assert_int_equal(st.st_size, strlen("precious\n"));
	unlink(fixture->wal);
	assert_int_equal(check(fixture), 0);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {{"/x/data", "/x/data.etcdfs"},
		{"/x/data/", "/x/data.etcdfs"}, {"/x/data/.", "/x/data.etcdfs"},
		{"/x/data//", "/x/data.etcdfs"}, {"/x/.data", "/x/.data.etcdfs"}};
	struct bootstrap bootstrap;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(bootstrap_init(&bootstrap, names[i][0], "/w"), 0);
		assert_string_equal(bootstrap.record, names[i][1]);
		assert_string_equal(bootstrap.wal_dir, "/w");
		bootstrap_fini(&bootstrap);
	}
}

static void test_is_same(void **state)
{
	assert_true(bootstrap_is_same("", ""));
	assert_true(bootstrap_is_same("a=1,b=2", "b=2,a=1"));
	assert_true(bootstrap_is_same("a=1,a=1", "a=1"));
	assert_false(bootstrap_is_same("a=1", "a=1,b=2"));
	assert_false(bootstrap_is_same("a=1,b=2", "a=1"));
	assert_false(bootstrap_is_same("a=1", "a=11"));
	assert_false(bootstrap_is_same("a=1", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_initial_cluster, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_others, setup, teardown),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_is_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
