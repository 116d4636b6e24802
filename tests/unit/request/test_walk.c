/* What is known of how a thread has come to a node. Statements: 273, 327. */
#include "fs/request/walk.h"

#include <linux/fuse.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ONE 100
#define OTHER (ONE + WALKS) /* whose slot is the same */
#define ROOT 1
#define DIR 2000
#define FILE_IN 2001
#define NEW_DIR 2002

static struct walks walks;

static void start(bool checked, bool kept)
{
	walks = (struct walks){0};
	walks_init(&walks, checked, kept);
}

static void step(uint32_t opcode, uint64_t id, bool known, bool by_path, bool confirmed)
{
	walks_step(&walks, ONE, opcode, id);
	assert_int_equal(walks.now.known, known);
	assert_int_equal(walks.now.by_path, by_path);
	assert_int_equal(walks.now.confirmed, confirmed);
}

static void look(uint64_t dir, uint64_t found, bool by_path, bool confirmed)
{
	step(FUSE_LOOKUP, dir, true, by_path, confirmed);
	assert_true(walks_give(&walks, ONE, found, false));
}

static void test_path_and_descriptor(void **state)
{
	(void)state;
	start(false, false);
	look(ROOT, DIR, false, false);
	look(DIR, FILE_IN, true, false);
	step(FUSE_GETATTR, FILE_IN, true, true, false);
	step(FUSE_GETATTR, FILE_IN, true, false, false); /* fstat */
	step(FUSE_LOOKUP, DIR, true, false, false);	 /* openat */
	walks_give(&walks, ONE, FILE_IN, true);
	step(FUSE_RELEASE, DIR, true, false, false); /* of a close before */
	step(FUSE_OPEN, FILE_IN, true, true, true);  /* behind a barrier */
}

static void test_second_walk(void **state)
{
	(void)state;
	start(false, false);
	look(ROOT, FILE_IN, false, false);
	step(FUSE_GETATTR, FILE_IN, true, true, false);
	walks_stale(&walks, ONE, FILE_IN, false);
	look(ROOT, DIR, false, false);
	look(DIR, FILE_IN, true, true);
	step(FUSE_GETATTR, FILE_IN, true, true, true);
	look(ROOT, DIR, false, false); /* another call */
	look(DIR, FILE_IN, true, false);
}

/* Where the kernel checks modes: a LOOKUP shares the barrier of the GETATTR before it, if that had
 * one. */
static void test_shared_barrier(void **state)
{
	(void)state;
	start(true, false);
	walks_step(&walks, ONE, FUSE_GETATTR, ROOT);
	walks_step(&walks, ONE, FUSE_LOOKUP, ROOT);
	assert_true(walks.now.current);
	assert_true(walks_give(&walks, ONE, DIR, true));
	walks_step(&walks, ONE, FUSE_GETATTR, ROOT);
	walks_unsure(&walks, ONE);
	walks_step(&walks, ONE, FUSE_LOOKUP, ROOT);
	assert_false(walks.now.current);
}

/* The kernel had another node for the name, forgets it, and looks again. */
static void test_looked_up_twice(void **state)
{
	(void)state;
	start(false, false);
	look(ROOT, DIR, false, false);
	step(FUSE_LOOKUP, DIR, true, true, false);
	walks_stale(&walks, ONE, DIR, true);
	step(FUSE_LOOKUP, DIR, true, true, false);
	walks_stale(&walks, ONE, DIR, true);
	look(ROOT, NEW_DIR, false, false);
	look(NEW_DIR, FILE_IN, true, true);
	step(FUSE_LOOKUP, NEW_DIR, true, true, true);
	walks_missing(&walks, ONE);
	look(NEW_DIR, FILE_IN, true, true);
	step(FUSE_OPEN, FILE_IN, true, true, true);
}

static void test_missing(void **state)
{
	(void)state;
	start(false, false);
	walks_stale(&walks, ONE, DIR, false);
	look(ROOT, DIR, false, false);
	step(FUSE_LOOKUP, DIR, true, true, true);
	walks_missing(&walks, ONE);
	step(FUSE_CREATE, DIR, true, true, true); /* of the same call */
	walks_stale(&walks, ONE, DIR, false);
	look(ROOT, DIR, false, false);
	step(FUSE_LOOKUP, DIR, true, true, true);
	walks_missing(&walks, ONE);
	look(ROOT, DIR, false, false);
	step(FUSE_OPENDIR, DIR, true, true, false); /* of the next */
}

/* Modes are asked for on the way. */
static void test_checked(void **state)
{
	(void)state;
	start(true, false);
	step(FUSE_GETATTR, ROOT, true, false, false);
	look(ROOT, DIR, false, false);
	step(FUSE_GETATTR, DIR, true, true, false);
	step(FUSE_GETATTR, DIR, true, false, false); /* from within, after a chdir */
	walks_stale(&walks, ONE, DIR, false);
	step(FUSE_GETATTR, ROOT, true, false, false);
	look(ROOT, DIR, false, false);
	step(FUSE_GETATTR, DIR, true, true, true);
	look(DIR, FILE_IN, true, true);
	step(FUSE_OPEN, FILE_IN, true, true, true);
	look(ROOT, DIR, false, false);
	step(FUSE_GETATTR, DIR, true, true, false);
	step(FUSE_LOOKUP, DIR, true, true, false);
	walks_missing(&walks, ONE);
	step(FUSE_GETATTR, DIR, true, false, false); /* before something is made in it */
	step(FUSE_MKDIR, DIR, true, true, false);
}

/* Names that the kernel keeps it does not look up, but in a second walk. */
static void test_kept(void **state)
{
	(void)state;
	start(false, true);
	step(FUSE_GETATTR, FILE_IN, false, false, false);
	walks_stale(&walks, ONE, FILE_IN, false);
	look(ROOT, DIR, false, false);
	step(FUSE_OPENDIR, DIR, true, true, true);
	step(FUSE_GETATTR, FILE_IN, false, false, false);
	walks_stale(&walks, ONE, FILE_IN, false);
	step(FUSE_GETATTR, FILE_IN, true, false, false); /* a descriptor */
}

static void shares(uint32_t opcode, uint64_t id, bool current)
{
	walks_step(&walks, ONE, opcode, id);
	assert_int_equal(walks.now.current, current);
}

/* A request shares the barrier of the GETATTR just before it, if both must be of one call. */
static void test_shared(void **state)
{
	(void)state;
	start(true, false);
	shares(FUSE_GETATTR, ROOT, false);
	shares(FUSE_LOOKUP, ROOT, true);
	assert_true(walks_give(&walks, ONE, DIR, true));
	shares(FUSE_GETATTR, DIR, false); /* perhaps an fstat(2) after an open with O_PATH */
	shares(FUSE_LOOKUP, DIR, true);
	assert_true(walks_give(&walks, ONE, FILE_IN, true));
	shares(FUSE_LOOKUP, DIR, false); /* once more, in the same walk */
	assert_true(walks_give(&walks, ONE, FILE_IN, true));
	shares(FUSE_GETATTR, FILE_IN, false);
	shares(FUSE_OPEN, FILE_IN, true);
	shares(FUSE_GETATTR, FILE_IN, false); /* fstat(2) */
	shares(FUSE_OPEN, FILE_IN, false);    /* of a descriptor in /proc */
	shares(FUSE_GETATTR, DIR, false);
	shares(FUSE_READDIR, DIR, false); /* a call of its own */
	shares(FUSE_LOOKUP, DIR, false);
}

static void test_not_shared(void **state)
{
	(void)state;
	start(true, false);
	shares(FUSE_GETATTR, DIR, false);
	shares(FUSE_RELEASE, FILE_IN, false); /* outside of any call */
	shares(FUSE_LOOKUP, DIR, true);
	shares(FUSE_GETATTR, DIR, false);
	shares(FUSE_LOOKUP, ROOT, false);
	shares(FUSE_GETATTR, DIR, false);
	walks.slots[ONE].fresh_ms -= 100; /* the thread is late */
	shares(FUSE_LOOKUP, DIR, false);
	start(false, false); /* where modes are not checked, a call may begin with a LOOKUP */
	assert_true(walks_give(&walks, ONE, DIR, true));
	shares(FUSE_GETATTR, DIR, false);
	assert_true(walks_give(&walks, ONE, DIR, true));
	shares(FUSE_LOOKUP, DIR, false);
}

/* Who loses only that it could share a barrier makes room for others. */
static void test_room(void **state)
{
	(void)state;
	start(true, false);
	shares(FUSE_GETATTR, DIR, false);
	assert_true(walks_give(&walks, OTHER, FILE_IN, true));
	shares(FUSE_GETATTR, DIR, false);
	assert_false(walks_give(&walks, ONE, FILE_IN, true));
	shares(FUSE_LOOKUP, DIR, false);
}

static void test_no_place(void **state)
{
	(void)state;
	start(false, false);
	assert_true(walks_give(&walks, ONE, DIR, false));
	assert_false(walks_give(&walks, OTHER, FILE_IN, false));
	walks_stale(&walks, OTHER, FILE_IN, false);
	walks_missing(&walks, OTHER);
	step(FUSE_OPENDIR, DIR, true, true, false);
	assert_true(walks_give(&walks, OTHER, FILE_IN, false)); /* it is free now */
	assert_false(walks_give(&walks, 0, FILE_IN, false));
	walks_step(&walks, 0, FUSE_OPEN, FILE_IN);
	assert_false(walks.now.known);
}

/* Of its two names the second is walked last. */
static void test_rename(void **state)
{
	(void)state;
	start(false, false);
	look(ROOT, DIR, false, false);
	look(ROOT, NEW_DIR, false, false);
	step(FUSE_RENAME2, DIR, false, false, false);
	step(FUSE_OPENDIR, NEW_DIR, true, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_and_descriptor),
		cmocka_unit_test(test_second_walk),
		cmocka_unit_test(test_looked_up_twice),
		cmocka_unit_test(test_shared_barrier),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_checked),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_not_shared),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_rename),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
