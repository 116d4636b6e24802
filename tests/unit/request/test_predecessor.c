/* What a filesystem process answers when the kernel asks about nodes and files of an earlier one.
 */
#include "fs/request/predecessor.h"

#include "fs/tree/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SELF 3
#define RESENT (1ULL << 63)

struct request {
	struct fuse_in_header header;
	union {
		struct fuse_create_in create;
		struct fuse_setattr_in setattr;
		struct fuse_write_in write;
		struct fuse_lk_in lock;
		uint64_t file;
	};
};

static int answer(const struct request *request)
{
	return predecessor_error(SELF, (struct bytes){(const void *)request, sizeof(*request)});
}

static int answer_about(uint32_t opcode, uint64_t id, uint64_t unique)
{
	return answer(&(struct request){
		.header = {.opcode = opcode, .nodeid = id, .unique = unique | 2}});
}

static void its_own_nodes_are_served(void **state)
{
	const uint64_t ids[] = {ROOT_ID, ROLE_FILE_ID, ids_first(KEY_FIRST_ID, SELF),
		ids_first(KEY_FIRST_ID, SELF) + 1000000, ids_first(CTLDIR_FIRST_ID, SELF),
		ids_first(PAST_FIRST_ID, SELF) + 5};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		assert_int_equal(answer_about(FUSE_LOOKUP, ids[i], 0), PREDECESSOR_NONE);
		assert_int_equal(answer_about(FUSE_GETATTR, ids[i], RESENT), PREDECESSOR_NONE);
		assert_int_equal(answer_about(FUSE_MKDIR, ids[i], 0), PREDECESSOR_NONE);
	}
}

static void nodes_of_others_are_stale(void **state)
{
	const uint64_t ids[] = {KEY_FIRST_ID, ids_first(KEY_FIRST_ID, SELF - 1) + 77,
		CTLDIR_FIRST_ID, ids_first(CTLDIR_FIRST_ID, SELF - 1) + 7, PAST_FIRST_ID,
		ids_first(PAST_FIRST_ID, SELF - 1) + 7,
		ids_first(KEY_FIRST_ID, SELF) - KEY_FIRST_ID - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		assert_int_equal(answer_about(FUSE_LOOKUP, ids[i], 0), ESTALE);
		assert_int_equal(answer_about(FUSE_READ, ids[i], RESENT), ESTALE);
		assert_int_equal(answer_about(FUSE_FLUSH, ids[i], 0), ESTALE);
		assert_int_equal(answer_about(FUSE_RELEASE, ids[i], 0), 0);
		assert_int_equal(answer_about(FUSE_RELEASEDIR, ids[i], RESENT), 0);
		assert_int_equal(answer_about(FUSE_FORGET, ids[i], 0), PREDECESSOR_NONE);
	}
}

static void a_change_is_not_made_twice(void **state)
{
	const uint32_t opcodes[] = {FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME,
		FUSE_RENAME2, FUSE_SETXATTR, FUSE_REMOVEXATTR, FUSE_FLUSH, FUSE_FSYNC};

	(void)state;
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++) {
		assert_int_equal(answer_about(opcodes[i], ROOT_ID, RESENT), ETIMEDOUT);
		assert_int_equal(answer_about(opcodes[i], KEY_FIRST_ID, RESENT), ETIMEDOUT);
	}
}

static void a_change_that_etcd_does_not_see_is_no_change(void **state)
{
	struct request create = {
		.header = {.opcode = FUSE_CREATE, .nodeid = ROOT_ID, .unique = RESENT}};
	struct request setattr = {
		.header = {.opcode = FUSE_SETATTR, .nodeid = ROOT_ID, .unique = RESENT}};
	struct request write = {
		.header = {.opcode = FUSE_WRITE, .nodeid = KEY_FIRST_ID, .unique = RESENT}};

	(void)state;
	create.create.flags = O_CREAT | O_TRUNC | O_WRONLY;
	assert_int_equal(answer(&create), PREDECESSOR_NONE);
	create.create.flags |= O_EXCL;
	assert_int_equal(answer(&create), ETIMEDOUT);
	setattr.setattr.valid = FATTR_MTIME;
	assert_int_equal(answer(&setattr), PREDECESSOR_NONE);
	setattr.setattr.valid |= FATTR_SIZE;
	assert_int_equal(answer(&setattr), ETIMEDOUT);
	assert_int_equal(answer(&write), ESTALE);
	write.write.flags = O_DSYNC;
	assert_int_equal(answer(&write), ETIMEDOUT);
}

/* An unlock publishes what its process has written. */
static void an_unlock_is_a_change(void **state)
{
	const uint32_t opcodes[] = {FUSE_SETLK, FUSE_SETLKW};

	(void)state;
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++) {
		struct request request = {.header = {.opcode = opcodes[i],
						  .nodeid = KEY_FIRST_ID,
						  .unique = RESENT},
			.lock.lk.type = F_WRLCK};

		assert_int_equal(answer(&request), ESTALE);
		request.lock.lk.type = F_UNLCK;
		assert_int_equal(answer(&request), ETIMEDOUT);
		request.header.unique = 2;
		assert_int_equal(answer(&request), ESTALE);
	}
}

static void files_of_shared_nodes_are_told_apart(void **state)
{
	int file;
	struct request request = {
		.header = {.opcode = FUSE_READ, .nodeid = ROLE_FILE_ID},
		.file = ids_file(&file, SELF),
	};

	(void)state;
	assert_ptr_equal(ids_file_of(request.file), &file);
	assert_int_equal(answer(&request), PREDECESSOR_NONE);
	request.file = ids_file(&file, SELF - 1);
	assert_int_equal(answer(&request), ESTALE);
	request.header.opcode = FUSE_RELEASE;
	assert_int_equal(answer(&request), 0);
	request.header.opcode = FUSE_READDIR;
	request.header.nodeid = ROOT_ID;
	assert_int_equal(answer(&request), ESTALE);
	request.header.nodeid = ids_first(KEY_FIRST_ID, SELF); /* has files of this one only */
	assert_int_equal(answer(&request), PREDECESSOR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_nodes_are_served),
		cmocka_unit_test(nodes_of_others_are_stale),
		cmocka_unit_test(a_change_is_not_made_twice),
		cmocka_unit_test(a_change_that_etcd_does_not_see_is_no_change),
		cmocka_unit_test(an_unlock_is_a_change),
		cmocka_unit_test(files_of_shared_nodes_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
