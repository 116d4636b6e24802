/* The mountpoint, the private directories and their locks: what is refused, and what is kept. */
#include "supervisor/mount/mountpoint.h"

#include "fs/base/cleanup.h"
#include "fs/base/mountinfo.h"
#include "fs/base/unmount.h"
#include "supervisor/data/datalock.h"
#include "tests/unit/supervisor/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_mountinfo_lines(void **state)
{
	struct mountinfo info;

	assert_true(mountinfo_parse("36 35 0:52 / /mnt/a\\040b\\134c rw,nosuid shared:1 master:2 - "
				    "fuse.etcdfs na\\040me rw,user_id=0",
		&info));
	assert_int_equal(info.device_minor, 52);
	assert_string_equal(info.root, "/");
	assert_string_equal(info.mountpoint, "/mnt/a b\\c");
	assert_string_equal(info.type, "fuse.etcdfs");
	assert_int_equal(info.flags, 0);
	assert_true(mountinfo_parse("1 2 0:3 / /ro ro,noexec,noatime shared:1 - fuse.etcdfs ro "
				    "rw,sync,user_id=7,group_id=8,allow_other\n",
		&info));
	assert_int_equal(info.flags, MS_RDONLY | MS_NOEXEC | MS_SYNCHRONOUS);
	assert_int_equal(info.uid, 7);
	assert_int_equal(info.gid, 8);
	assert_true(mountinfo_parse("1 2 0:3 / /mnt rw,root - fuse.etcdfs sync ro", &info));
	assert_int_equal(info.flags, MS_RDONLY);
	assert_int_equal(info.pgrp, 0);
	assert_true(mountinfo_parse("1 2 0:3 / /mnt rw - autofs systemd-1 "
				    "rw,fd=61,pgrp=12,timeout=0,minproto=5,direct",
		&info));
	assert_string_equal(info.type, MOUNTINFO_TRIGGER);
	assert_int_equal(info.pgrp, 12);
	assert_false(mountinfo_parse("", &info));
	assert_false(mountinfo_parse("36 35 0:52 / /mnt rw", &info));
	assert_false(mountinfo_parse("36 35 0", &info));
	assert_true(mountinfo_find("/proc", &info));
	assert_string_equal(info.type, "proc");
	assert_false(mountinfo_find("/proc/nothing", &info));
	assert_false(mountinfo_is_automounter("/proc/nothing"));
}

static void assert_refused(struct fixture *fixture, const char *path, const char *words)
{
	enum mountpoint_state at;
	char resolved[PATH_MAX];

	assert_int_equal(mountpoint_check(path, &at, resolved, &fixture->refusal), REFUSED);
	if (!strstr(fixture->refusal.text, words))
		fail_msg("expected '%s' in '%s'", words, fixture->refusal.text);
}

static void test_bad_mountpoints(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture, "file");
	assert_int_equal(mkdir(in(fixture, "full"), 0700), 0);
	make_file(fixture, "full/x");
	assert_refused(fixture, in(fixture, "missing"), "does not exist");
	assert_refused(fixture, in(fixture, "missing/below"), "does not exist");
	assert_refused(fixture, in(fixture, "file"), "is no directory");
	assert_refused(fixture, in(fixture, "file/below"), "is no directory");
	assert_refused(fixture, in(fixture, "full"), "is not empty");
	assert_refused(fixture, "/proc", "a filesystem of type proc is mounted there");
	assert_refused(fixture, "/proc/", "a filesystem of type proc is mounted there");
}

static void test_good_mountpoints(void **state)
{
	struct fixture *fixture = *state;
	enum mountpoint_state at = MOUNTPOINT_DEAD;
	char resolved[PATH_MAX];

	assert_int_equal(mkdir(in(fixture, "m"), 0700), 0);
	assert_int_equal(symlink("m", in(fixture, "link")), 0);
	assert_int_equal(mountpoint_check(in(fixture, "m/"), &at, resolved, &fixture->refusal), 0);
	assert_int_equal(at, MOUNTPOINT_FREE);
	assert_string_equal(resolved, in(fixture, "m"));
	assert_int_equal(
		mountpoint_check(in(fixture, "link"), &at, resolved, &fixture->refusal), 0);
	assert_string_equal(resolved, in(fixture, "m"));
	/* Nothing is there to be cleared, and nothing is. */
	assert_int_equal(unmount_etcdfs(resolved, 0), 0);
}

static void test_lock(void **state)
{
	struct fixture *fixture = *state;
	struct datalock lock = {-1}, second = {-1};
	struct datalock_record record;
	char holder[64];

	assert_false(datalock_is_going(fixture->dir, &record));
	assert_int_equal(
		datalock_take(&lock, "directory", fixture->dir, "/mnt/a b", &fixture->refusal), 0);
	assert_false(datalock_is_going(fixture->dir, &record));
	assert_int_equal(
		datalock_take(&second, "directory", fixture->dir, "/mnt/c", &fixture->refusal),
		REFUSED);
	snprintf(holder, sizeof(holder), "process %d, mounted on /mnt/a b", getpid());
	assert_non_null(strstr(fixture->refusal.text, holder));
	datalock_drop(&lock);
	assert_false(datalock_is_going(fixture->dir, &record));
	assert_int_equal(
		datalock_take(&second, "directory", fixture->dir, "/mnt/c", &fixture->refusal), 0);
	datalock_drop(&second);
	datalock_drop(&second);
}

/* The holder is killed: its record stays, its lock does not. */
static void test_abandoned_lock(void **state)
{
	struct fixture *fixture = *state;
	struct datalock lock = {-1};
	struct datalock_record record;
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(datalock_take(&lock, "directory", fixture->dir, "/mnt/x", &fixture->refusal)
				? 1
				: 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(datalock_is_going(fixture->dir, &record));
	assert_int_equal(record.pid, pid);
	assert_string_equal(record.mountpoint, "/mnt/x");
	assert_int_equal(
		datalock_take(&lock, "directory", fixture->dir, "/mnt/y", &fixture->refusal), 0);
	datalock_drop(&lock);
}

/* A child that runs @hold, which has the lock and says so by closing @ready. */
static pid_t start_holder(
	struct fixture *fixture, void (*hold)(const struct fixture *fixture, int ready))
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		hold(fixture, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

/* The lock that it has is waited for. */
static void assert_lock_comes(struct fixture *fixture, pid_t holder)
{
	struct datalock lock = {-1};
	int status;

	assert_int_equal(
		datalock_take(&lock, "directory", fixture->dir, "/mnt/y", &fixture->refusal), 0);
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(status, 0);
	datalock_drop(&lock);
}

static void hold_and_end(const struct fixture *fixture, int ready)
{
	struct datalock lock = {-1};
	struct refusal refusal;

	if (datalock_take(&lock, "directory", fixture->dir, "/mnt/x", &refusal))
		_exit(1);
	close(ready);
	usleep(50000);
	datalock_end(&lock, "/mnt/x");
	usleep(1200000); /* more than is waited for one that does not say that it ends */
	datalock_drop(&lock);
}

/* Who has taken a mount off may start another at once: its holder is about to end. */
static void test_lock_of_one_that_ends(void **state)
{
	assert_lock_comes(*state, start_holder(*state, hold_and_end));
}

static void hold_for_a_moment(const struct fixture *fixture, int ready)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/" DATALOCK_FILE, fixture->dir);
	if (flock(open(path, O_RDWR), LOCK_EX) < 0)
		_exit(1);
	close(ready);
	usleep(50000); /* as long as a machine may let it wait */
}

/* Who looks at a lock has it for a moment, which is no reason to refuse a start. */
static void test_lock_that_is_looked_at(void **state)
{
	struct fixture *fixture = *state;
	struct datalock_record record;
	int i;

	make_file(fixture, DATALOCK_FILE);
	assert_lock_comes(fixture, start_holder(fixture, hold_for_a_moment));
	for (i = 0; i < 1000; i++)
		assert_false(datalock_holder(fixture->dir, &record));
}

static void test_lock_moves(void **state)
{
	struct fixture *fixture = *state;
	struct datalock lock = {-1};
	struct datalock_record record;

	datalock_note(&lock, "/mnt/none");
	assert_int_equal(datalock_take(&lock, "directory", fixture->dir, "/mnt/long/name",
				 &fixture->refusal),
		0);
	datalock_note(&lock, "/m");
	assert_true(datalock_holder(fixture->dir, &record));
	assert_string_equal(record.mountpoint, "/m");
	datalock_drop(&lock);
}

static void test_lock_without_directory(void **state)
{
	struct fixture *fixture = *state;
	struct datalock lock = {-1};

	assert_int_equal(datalock_take(&lock, "data directory", in(fixture, "none"), "/m",
				 &fixture->refusal),
		-ENOENT);
	assert_int_equal(lock.fd, -1);
}

static void test_lock_of_etcd(void **state)
{
	struct fixture *fixture = *state;
	int fd;

	assert_false(datalock_etcd_runs(fixture->dir));
	assert_int_equal(mkdir(in(fixture, "member"), 0700), 0);
	assert_int_equal(mkdir(in(fixture, "member/snap"), 0700), 0);
	make_file(fixture, "member/snap/db");
	assert_false(datalock_etcd_runs(fixture->dir));
	fd = open(in(fixture, "member/snap/db"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_true(datalock_etcd_runs(fixture->dir));
	close(fd);
	assert_false(datalock_etcd_runs(fixture->dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mountinfo_lines),
		cmocka_unit_test_setup_teardown(test_bad_mountpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_good_mountpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abandoned_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_of_one_that_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_that_is_looked_at, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_moves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_without_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_of_etcd, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
