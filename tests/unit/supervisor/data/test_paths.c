/* Where the directories of an etcdfs are, how they are made and removed. */
#include "supervisor/data/paths.h"

#include "fs/base/cleanup.h"
#include "supervisor/data/datalock.h"
#include "tests/unit/supervisor/directory.h"

#include <sys/stat.h>

static void make_paths(struct paths *paths, const struct paths_user *user, const char *option)
{
	struct config config;
	struct refusal refusal;

	assert_int_equal(config_init(&config), 0);
	if (option)
		assert_int_equal(config_set_etcd_option(&config, option, &refusal), 0);
	assert_int_equal(paths_init(paths, &config, user, &refusal), 0);
	config_fini(&config);
}

static void assert_paths(const struct paths_user *user, const char *option, const char *data_dir,
	const char *run_dir)
{
	struct paths paths;

	make_paths(&paths, user, option);
	assert_string_equal(paths.data_dir, data_dir);
	assert_string_equal(paths.run_dir, run_dir);
	paths_fini(&paths);
}

static void test_names_of_directories(void **state)
{
	struct paths_user root = {.is_root = true, .cwd = "/w", .home = "/root"};
	struct paths_user user = {.uid = 7, .cwd = "/w", .home = "/h"};
	struct paths paths;

	assert_paths(&root, NULL, "/var/lib/etcdfs/default", "/run/etcdfs/default");
	assert_paths(&root, "name=n", "/var/lib/etcdfs/n", "/run/etcdfs/n");
	assert_paths(&root, "data-dir=d/e", "/w/d/e", "/run/etcdfs/default");
	assert_paths(&user, NULL, "/h/.local/state/etcdfs/default", "/run/user/7/etcdfs/default");
	user.state_home = "/s";
	user.runtime_dir = "/r";
	assert_paths(&user, "name=n", "/s/etcdfs/n", "/r/etcdfs/n");
	make_paths(&paths, &user, NULL);
	assert_string_equal(paths.endpoint, "unix:///r/etcdfs/default/client:0");
	paths_fini(&paths);
	assert_paths(&root, "run-dir=r/s", "/var/lib/etcdfs/default", "/w/r/s");
	assert_paths(&user, "run-dir=/t", "/s/etcdfs/default", "/t");
}

static void test_names_in_a_user_namespace(void **state)
{
	struct paths_user root = {.is_root = true, .in_namespace = true, .cwd = "/w", .home = "/h"};

	assert_paths(&root, NULL, "/var/lib/etcdfs/default", "/run/etcdfs/default");
	root.runtime_dir = "/r";
	assert_paths(&root, NULL, "/h/.local/state/etcdfs/default", "/r/etcdfs/default");
	root.state_home = "/s";
	assert_paths(&root, NULL, "/s/etcdfs/default", "/r/etcdfs/default");
	root.runtime_dir = NULL;
	assert_paths(&root, NULL, "/s/etcdfs/default", "/run/etcdfs/default");
	/* That of the machine has the machine's, whatever is set. */
	root.in_namespace = false;
	assert_paths(&root, NULL, "/var/lib/etcdfs/default", "/run/etcdfs/default");
}

static void test_the_path_of_a_socket_is_short(void **state)
{
	struct fixture *fixture = *state;
	char runtime_dir[128] = "/";
	struct paths_user user = {.cwd = "/", .home = "/h", .runtime_dir = runtime_dir};
	struct config config;
	struct paths paths;
	size_t fixed = strlen("/etcdfs/default/client:0");

	assert_int_equal(config_init(&config), 0);
	memset(runtime_dir + 1, 'x', 107 - fixed - 1);
	assert_int_equal(paths_init(&paths, &config, &user, &fixture->refusal), 0);
	assert_int_equal(strlen(paths.endpoint), strlen("unix://") + 107);
	paths_fini(&paths);
	strcat(runtime_dir, "x");
	assert_int_equal(paths_init(&paths, &config, &user, &fixture->refusal), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "too long"));
	paths_fini(&paths);
	config_fini(&config);
}

/* A run directory that the user names is removed only if it was made, and what is above it never.
 */
static void test_a_run_directory_of_the_users(void **state)
{
	struct fixture *fixture = *state;
	struct paths_user user = {.cwd = fixture->dir, .home = fixture->dir};
	struct paths paths;

	make_paths(&paths, &user, "run-dir=above/run");
	assert_int_equal(paths_make_run_dir(&paths, &fixture->refusal), 0);
	make_file(fixture, "above/run/" PATHS_CLIENT);
	paths_remove_run_dir(&paths);
	assert_int_equal(access(in(fixture, "above/run"), F_OK), -1);
	assert_int_equal(mkdir(in(fixture, "above/run"), 0700), 0);
	assert_int_equal(paths_make_run_dir(&paths, &fixture->refusal), 0);
	make_file(fixture, "above/run/" PATHS_CLIENT);
	paths_remove_run_dir(&paths);
	assert_int_equal(rmdir(in(fixture, "above/run")), 0);
	paths_fini(&paths);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_make_and_remove(void **state)
{
	struct fixture *fixture = *state;
	struct paths_user user = {.cwd = fixture->dir,
		.home = fixture->dir,
		.state_home = in(fixture, "state"),
		.runtime_dir = in(fixture, "run")};
	struct paths paths;

	assert_int_equal(mkdir(in(fixture, "run"), 0700), 0);
	make_paths(&paths, &user, NULL);
	assert_int_equal(paths_make_data_dir(&paths, &fixture->refusal), 0);
	assert_int_equal(paths_make_run_dir(&paths, &fixture->refusal), 0);
	assert_int_equal(mode_of(paths.data_dir), 0700);
	assert_int_equal(mode_of(paths.run_dir), 0700);
	make_file(fixture, "run/etcdfs/default/" PATHS_CLIENT);
	make_file(fixture, "run/etcdfs/default/" DATALOCK_FILE);
	paths_remove_run_dir(&paths);
	paths_remove_new_data_dir(&paths);
	assert_int_equal(access(in(fixture, "run/etcdfs"), F_OK), -1);
	assert_int_equal(access(paths.data_dir, F_OK), -1);
	paths_fini(&paths);
}

static void test_data_is_never_removed(void **state)
{
	struct fixture *fixture = *state;
	struct paths_user user = {.cwd = fixture->dir, .home = fixture->dir};
	struct paths paths;

	make_paths(&paths, &user, "data-dir=d");
	assert_int_equal(paths_make_data_dir(&paths, &fixture->refusal), 0);
	assert_true(paths.made_data_dir);
	assert_int_equal(mkdir(in(fixture, "d/member"), 0700), 0);
	make_file(fixture, "d/" DATALOCK_FILE);
	paths_remove_new_data_dir(&paths);
	assert_int_equal(access(in(fixture, "d/member"), F_OK), 0);
	assert_int_equal(access(in(fixture, "d/" DATALOCK_FILE), F_OK), 0);
	paths_fini(&paths);
}

static void test_directories_of_others(void **state)
{
	struct fixture *fixture = *state;
	struct paths_user user = {.cwd = fixture->dir, .home = fixture->dir};
	struct paths paths;

	make_file(fixture, "file");
	make_paths(&paths, &user, "data-dir=file");
	assert_int_equal(paths_make_data_dir(&paths, &fixture->refusal), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "is no directory"));
	paths_fini(&paths);
	/* One that is ours and open to others is closed. */
	assert_int_equal(mkdir(in(fixture, "open"), 0700), 0);
	assert_int_equal(chmod(in(fixture, "open"), 0755), 0);
	make_paths(&paths, &user, "data-dir=open");
	assert_int_equal(paths_make_data_dir(&paths, &fixture->refusal), 0);
	assert_int_equal(mode_of(paths.data_dir), 0700);
	assert_false(paths.made_data_dir);
	if (geteuid() == 0) {
		assert_int_equal(chown(paths.data_dir, 65534, 65534), 0);
		assert_int_equal(paths_make_data_dir(&paths, &fixture->refusal), REFUSED);
		assert_non_null(strstr(fixture->refusal.text, "somebody else"));
	}
	paths_fini(&paths);
}

/* As data-dir=/tmp or run-dir=/run would be, which nobody else could enter any more. */
static void test_directories_for_all(void **state)
{
	struct fixture *fixture = *state;
	struct paths_user user = {.cwd = fixture->dir, .home = fixture->dir};
	struct paths paths;

	make_paths(&paths, &user, "run-dir=all");
	assert_int_equal(mkdir(paths.run_dir, 0700), 0);
	make_file(fixture, "all/other");
	assert_int_equal(chmod(paths.run_dir, 01777), 0);
	assert_int_equal(paths_check_dir(paths.run_dir, &fixture->refusal), REFUSED);
	assert_int_equal(paths_make_run_dir(&paths, &fixture->refusal), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "is not etcdfs's alone"));
	assert_int_equal(mode_of(paths.run_dir), 01777);
	/* It is ours if our lock is in it. */
	make_file(fixture, "all/" DATALOCK_FILE);
	assert_int_equal(paths_make_run_dir(&paths, &fixture->refusal), 0);
	assert_int_equal(mode_of(paths.run_dir), 0700);
	paths_fini(&paths);
}

static void assert_resolved(const char *path, const char *expected)
{
	CLEANUP(free) char *resolved = path_resolve(path);

	assert_string_equal(resolved, expected);
}

static void test_inside(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(in(fixture, "m"), 0700), 0);
	assert_int_equal(symlink("m", in(fixture, "link")), 0);
	assert_resolved(in(fixture, "link/a//b"), in(fixture, "m/a//b"));
	assert_resolved(in(fixture, "link"), in(fixture, "m"));
	assert_resolved("/no", "/no");
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a", "/a"));
	assert_true(path_is_below("/a", "/"));
	assert_false(path_is_below("/ab", "/a"));
	assert_false(path_is_below("/a", "/a/b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_of_directories, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_in_a_user_namespace, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_path_of_a_socket_is_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_run_directory_of_the_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_make_and_remove, setup, teardown),
		cmocka_unit_test_setup_teardown(test_data_is_never_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directories_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directories_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inside, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
