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
	struct data_record record;
	struct refusal refusal;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->dir, "/tmp/test_record.XXXXXX");
	if (!fixture || !mkdtemp(fixture->dir))
		return -1;
	snprintf(fixture->data, sizeof(fixture->data), "%s/data", fixture->dir);
	snprintf(fixture->wal, sizeof(fixture->wal), "%s/member/wal/1.wal", fixture->data);
	*state = fixture;
	return data_record_init(&fixture->record, fixture->data, NULL);
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
	data_record_fini(&fixture->record);
	free(fixture);
	return 0;
}

static int check(struct fixture *fixture)
{
	return data_record_check(&fixture->record, fixture->data, false, &fixture->refusal);
}

static void make_log(struct fixture *fixture)
{
	run("install -D /dev/null", fixture->wal);
}

static void test_lost(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(check(fixture), 0);
	assert_false(data_record_note(&fixture->record, "a=x")); /* etcd has written nothing */
	assert_int_equal(access(fixture->record.file, F_OK), -1);
	make_log(fixture);
	assert_false(data_record_note(&fixture->record, "a=x"));
	assert_int_equal(check(fixture), 0);
	unlink(fixture->wal); /* the directory is there, and nothing in it */
	assert_int_equal(check(fixture), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, fixture->record.file));
	run("rm -r", fixture->data);
	assert_int_equal(check(fixture), REFUSED);
	unlink(fixture->record.file);
	assert_int_equal(check(fixture), 0);
}

static void test_initial_cluster(void **state)
{
	struct fixture *fixture = *state;

	make_log(fixture);
	assert_false(data_record_note(&fixture->record, "a=x,b=y"));
	assert_false(data_record_note(&fixture->record, "a=x,b=y"));
	assert_false(data_record_note(&fixture->record, "b=y,a=x"));
	assert_false(data_record_note(&fixture->record, NULL));
	assert_true(data_record_note(&fixture->record, "a=x"));
	assert_false(data_record_note(&fixture->record, "a=x")); /* told once */
	assert_true(data_record_note(&fixture->record, "a=x,b=y"));
}

/* In a directory for everybody, or when it is no file. */
static void test_not_ours(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlink("/etc/passwd", fixture->record.file), 0);
	assert_int_equal(check(fixture), 0);
	make_log(fixture);
	assert_false(data_record_note(&fixture->record, "a=x"));
	unlink(fixture->record.file);
	assert_int_equal(mkdir(fixture->record.file, 0700), 0);
	assert_false(data_record_note(&fixture->record, "a=x"));
	rmdir(fixture->record.file);
	alarm(60); /* a FIFO waits for the other side */
	assert_int_equal(mkfifo(fixture->record.file, 0600), 0);
	assert_int_equal(check(fixture), 0);
	assert_false(data_record_note(&fixture->record, "a=x"));
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
	run("echo precious >", fixture->record.file);
	assert_int_equal(chown(fixture->record.file, 65534, 65534), 0);
	assert_false(data_record_note(&fixture->record, "a=x"));
	assert_int_equal(stat(fixture->record.file, &st), 0);
	assert_int_equal(st.st_size, strlen("precious\n"));
	unlink(fixture->wal);
	assert_int_equal(check(fixture), 0);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {{"/x/data", "/x/data.etcdfs"},
		{"/x/data/", "/x/data.etcdfs"}, {"/x/data/.", "/x/data.etcdfs"},
		{"/x/data//", "/x/data.etcdfs"}, {"/x/.data", "/x/.data.etcdfs"}};
	struct data_record record;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(data_record_init(&record, names[i][0], "/w"), 0);
		assert_string_equal(record.file, names[i][1]);
		assert_string_equal(record.wal_dir, "/w");
		data_record_fini(&record);
	}
}

static void test_is_same(void **state)
{
	assert_true(data_record_is_same("", ""));
	assert_true(data_record_is_same("a=1,b=2", "b=2,a=1"));
	assert_true(data_record_is_same("a=1,a=1", "a=1"));
	assert_false(data_record_is_same("a=1", "a=1,b=2"));
	assert_false(data_record_is_same("a=1,b=2", "a=1"));
	assert_false(data_record_is_same("a=1", "a=11"));
	assert_false(data_record_is_same("a=1", ""));
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
