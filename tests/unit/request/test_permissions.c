/* Which chmod and chown are refused, and which change nothing. Statements: 230, 231, 465. */
#include "fs/request/permissions.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROOT 0
#define ALICE 1000
#define BOB 1001
#define STAFF 50

static const struct mirror_info file;
static const struct fs_config alone = {.fmask = 0133, .dmask = 022};
static const struct fs_config alices = {.fmask = 0133, .dmask = 022, .uid = ALICE, .gid = STAFF};
static const struct fs_config others = {.fmask = 0133, .dmask = 022, .allow_other = true};
static const struct fs_config wide = {.fmask = 0111, .dmask = 0, .allow_other = true};
static const struct fs_config closed = {
	.fmask = 0177, .dmask = 077, .uid = ALICE, .gid = STAFF, .allow_other = true};
static const struct fs_config team = {
	.fmask = 0137, .dmask = 027, .gid = STAFF, .allow_other = true};
static const struct fs_config runs = {.fmask = 022, .dmask = 027, .allow_other = true};

static void test_what_is_shown(void **state)
{
	(void)state;
	assert_int_equal(permissions_of(&others, false), 0644);
	assert_int_equal(permissions_of(&others, true), 0755);
	assert_int_equal(permissions_of(&closed, false), 0600);
	assert_int_equal(permissions_of(&runs, false), 0755);
	assert_int_equal(permissions_of(&runs, true), 0750);
}

static void test_chmod(void **state)
{
	static const struct row {
		const struct fs_config *config;
		bool is_dir;
		mode_t wanted;
		int result;
	} rows[] = {
		/* Nobody else is let in. */
		{&alone, false, 0600, 0},
		{&alone, false, 0, 0},
		{&alone, true, 01777, 0},
		/* What is there, more than that, or less for the owner. */
		{&others, false, 0644, 0},
		{&others, false, 0777, 0},
		{&others, false, 04755, 0},
		{&others, false, 0444, 0},
		{&others, true, 0755, 0},
		{&others, true, 02777, 0},
		{&others, true, 01755, 0},
		{&others, false, 01644, 0},
		/* Less to write and to execute: who may is the mount's to say. */
		{&wide, false, 0644, 0},
		{&wide, false, 0444, 0},
		{&wide, true, 0755, 0},
		{&wide, true, 01777, 0},
		{&runs, false, 0644, 0},
		/* Somebody would be kept from reading. */
		{&others, false, 0640, -EPERM},
		{&others, false, 0604, -EPERM},
		{&others, false, 0600, -EPERM},
		{&others, true, 0700, -EPERM},
		{&others, true, 0744, -EPERM},
		{&others, true, 0754, -EPERM},
		{&others, true, 0745, -EPERM},
		{&wide, false, 0622, -EPERM},
		{&wide, false, 0666, 0},
		{&wide, true, 0777, 0},
		{&wide, true, 0700, -EPERM},
		{&runs, false, 0555, 0},
		{&runs, false, 0700, -EPERM},
		/* Who is kept out already. */
		{&closed, false, 0600, 0},
		{&closed, false, 0400, 0},
		{&closed, true, 0700, 0},
		{&team, false, 0640, 0},
		{&team, false, 0600, -EPERM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stat wanted = {.st_mode = rows[i].wanted};
		const struct mirror_info info = {.is_dir = rows[i].is_dir};
		if (permissions_change(rows[i].config, &info, &wanted, FUSE_SET_ATTR_MODE, ROOT) !=
			rows[i].result)
			fail_msg("row %zu", i);
	}
}

/* It may still be widened. */
static void test_chmod_while_it_is_made(void **state)
{
	const struct mirror_info info = {.making = true};
	const struct stat private = {.st_mode = 0600}, closed_to_all = {0};

	(void)state;
	assert_int_equal(
		permissions_change(&others, &info, &private, FUSE_SET_ATTR_MODE, ALICE), 0);
	assert_int_equal(
		permissions_change(&team, &info, &closed_to_all, FUSE_SET_ATTR_MODE, ALICE), 0);
}

static void test_chown(void **state)
{
	static const struct row {
		const struct fs_config *config;
		int set;
		unsigned id;
		uid_t caller;
		int result;
	} rows[] = {
		{&alone, FUSE_SET_ATTR_UID, BOB, ROOT, 0},
		{&alone, FUSE_SET_ATTR_GID, BOB, ROOT, 0},
		{&alices, FUSE_SET_ATTR_UID, ALICE, ALICE, 0},
		{&alices, FUSE_SET_ATTR_UID, BOB, ALICE, -EPERM},
		{&alices, FUSE_SET_ATTR_GID, BOB, ALICE, 0},
		/* Root has its rights without owning. */
		{&others, FUSE_SET_ATTR_UID, ROOT, ROOT, 0},
		{&others, FUSE_SET_ATTR_UID, BOB, ROOT, 0},
		{&team, FUSE_SET_ATTR_UID, BOB, ROOT, 0},
		/* Somebody would lose what the others do not have. */
		{&closed, FUSE_SET_ATTR_UID, ALICE, ROOT, 0},
		{&closed, FUSE_SET_ATTR_UID, ROOT, ROOT, -EPERM},
		{&closed, FUSE_SET_ATTR_GID, ROOT, ROOT, 0},
		{&others, FUSE_SET_ATTR_GID, BOB, ROOT, 0},
		{&team, FUSE_SET_ATTR_GID, STAFF, ROOT, 0},
		{&team, FUSE_SET_ATTR_GID, BOB, ROOT, -EPERM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stat wanted = {.st_uid = rows[i].id, .st_gid = rows[i].id};
		if (permissions_change(rows[i].config, &file, &wanted, rows[i].set,
			    rows[i].caller) != rows[i].result)
			fail_msg("row %zu", i);
	}
}

/* What is asked for, of whom it hides what. */
static void test_hides(void **state)
{
	(void)state;
	assert_true(permissions_hide(&others, false, 0600));
	assert_true(permissions_hide(&others, false, 0640));
	assert_false(permissions_hide(&others, false, 0444));
	assert_false(permissions_hide(&alone, false, 0600));
	assert_false(permissions_hide(&closed, false, 0600));
	assert_true(permissions_hide(&team, true, 0700));
	assert_true(permissions_hide(&others, true, 0711));
}

/* The owner that is kept counts, and not the mount's. */
static void test_kept_owner(void **state)
{
	const struct mirror_info bobs = {.has = META_HAS_UID, .uid = BOB};
	const struct stat to_bob = {.st_uid = BOB}, to_root = {.st_uid = ROOT};

	(void)state;
	assert_int_equal(permissions_change(&others, &bobs, &to_bob, FUSE_SET_ATTR_UID, BOB), 0);
	assert_int_equal(
		permissions_change(&others, &bobs, &to_root, FUSE_SET_ATTR_UID, BOB), -EPERM);
	assert_int_equal(permissions_change(&others, &bobs, &to_root, FUSE_SET_ATTR_UID, ROOT), 0);
}

static void test_write_drops(void **state)
{
	static const struct {
		mode_t mode;
		uid_t caller;
		mode_t dropped; /* 0: nothing is */
	} rows[] = {
		{0666, BOB, 0},
		{0777, BOB, 0},
		{01777, BOB, 0},
		{02745, BOB, 0}, /* the group does not execute */
		{06777, ROOT, 0},
		{06777, BOB, 0777},
		{04711, BOB, 0711},
		{02755, BOB, 0755},
		{06745, BOB, 02745},
		{07777, BOB, 01777},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mirror_info info = {.has = META_HAS_MODE, .mode = rows[i].mode};
		struct meta meta = {.has = META_HAS_MODE, .mode = rows[i].mode};
		struct meta_change change;
		bool drops = permissions_drop(&others, &info, rows[i].caller, &change);

		if (drops != (rows[i].dropped != 0))
			fail_msg("row %zu", i);
		if (!drops)
			continue;
		meta_change_apply(&change, &meta);
		assert_int_equal(meta.mode, rows[i].dropped);
		assert_int_equal(meta.has, META_HAS_MODE);
	}
	assert_false(permissions_drop(&others, &file, BOB, &(struct meta_change){0}));
}

/* What the mount shows anyway is not kept, and what another has set meanwhile is not undone. */
static void test_drops_of_another_mode(void **state)
{
	const struct mirror_info info = {.has = META_HAS_MODE, .mode = 04644};
	struct meta_change change,
		later = {.set = META_HAS_MODE, .has = META_HAS_MODE, .mode = 04700};
	struct meta meta = {.has = META_HAS_MODE, .mode = 04644};

	(void)state;
	assert_true(permissions_drop(&others, &info, BOB, &change));
	meta_change_apply(&change, &meta);
	assert_true(meta_says_nothing(&meta));
	meta = (struct meta){.has = META_HAS_MODE, .mode = 04600};
	meta_change_apply(&change, &meta);
	assert_int_equal(meta.mode, 0600);
	meta_change_add(&change, &later);
	meta_change_apply(&change, &meta);
	assert_int_equal(meta.mode, 04700);
	assert_true(permissions_drop(&others, &info, BOB, &later));
	meta_change_add(&change, &later);
	assert_int_equal(change.mode, 0700);
	meta_change_apply(&change, &meta);
	assert_int_equal(meta.mode, 0700);
}

static void test_other_changes(void **state)
{
	struct stat wanted = {.st_mode = 0, .st_uid = BOB, .st_gid = BOB};

	(void)state;
	assert_int_equal(permissions_change(&others, &file, &wanted,
				 FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_SIZE, ALICE),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_shown),
		cmocka_unit_test(test_chmod),
		cmocka_unit_test(test_chmod_while_it_is_made),
		cmocka_unit_test(test_chown),
		cmocka_unit_test(test_hides),
		cmocka_unit_test(test_kept_owner),
		cmocka_unit_test(test_write_drops),
		cmocka_unit_test(test_drops_of_another_mode),
		cmocka_unit_test(test_other_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
