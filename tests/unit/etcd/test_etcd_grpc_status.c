#include "fs/etcd/grpc_status.h"

#include "fs/etcd/etcd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The table of etcd.h, line by line. */
static const struct {
	enum grpc_code code;
	const char *message;
	int read;
	int change;
} rows[] = {
	{GRPC_OK, "", 0, 0},
	{GRPC_UNAVAILABLE, "etcdserver: no leader", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_DEADLINE_EXCEEDED, "", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_UNKNOWN, "context deadline exceeded", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_CANCELED, "", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_ABORTED, "", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_INVALID_ARGUMENT, "etcdserver: key is not provided", -EINVAL, -EINVAL},
	{GRPC_INVALID_ARGUMENT, "etcdserver: request is too large", -EFBIG, -EFBIG},
	{GRPC_INVALID_ARGUMENT, "etcdserver: too many operations in txn request", -EXDEV, -EXDEV},
	{GRPC_FAILED_PRECONDITION, "", -EINVAL, -EINVAL},
	{GRPC_FAILED_PRECONDITION, "etcdserver: lease already exists", -EEXIST, -EEXIST},
	{GRPC_NOT_FOUND, "etcdserver: member not found", -ENOENT, -ENOENT},
	{GRPC_NOT_FOUND, "etcdserver: requested lease not found", ETCD_E_NO_LEASE, ETCD_E_NO_LEASE},
	{GRPC_PERMISSION_DENIED, "", -EACCES, -EACCES},
	{GRPC_UNAUTHENTICATED, "", -EACCES, -EACCES},
	{GRPC_UNKNOWN, "auth: permission denied", -EACCES, -EACCES},
	{GRPC_UNKNOWN, "auth: user name is empty", -EACCES, -EACCES},
	{GRPC_UNKNOWN, "auth: invalid auth token", -EACCES, -EACCES},
	{GRPC_UNKNOWN, "auth: something else", -ETIMEDOUT, ETCD_E_UNKNOWN},
	{GRPC_RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded", -ENOSPC, -ENOSPC},
	{GRPC_RESOURCE_EXHAUSTED, "grpc: received message larger than max (9 vs. 8)", -EFBIG,
		-EFBIG},
	{GRPC_RESOURCE_EXHAUSTED, "trying to send message larger than max (9 vs. 8)", -EFBIG,
		-EFBIG},
	{GRPC_RESOURCE_EXHAUSTED, "etcdserver: too many requests", -EAGAIN, -EAGAIN},
	{GRPC_OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted",
		ETCD_E_COMPACTED, ETCD_E_COMPACTED},
	{GRPC_OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision", -EINVAL,
		-EINVAL},
	{GRPC_UNIMPLEMENTED, "", -EOPNOTSUPP, -EOPNOTSUPP},
	{GRPC_INTERNAL, "", -EIO, ETCD_E_UNKNOWN},
	{GRPC_DATA_LOSS, "", -EIO, ETCD_E_UNKNOWN},
	{GRPC_NONE, "", -EIO, ETCD_E_UNKNOWN},
};

static void test_table(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
			grpc_status_error(rows[i].code, rows[i].message, false), rows[i].read);
		assert_int_equal(
			grpc_status_error(rows[i].code, rows[i].message, true), rows[i].change);
	}
}

static void test_which_token_is_stale(void **state)
{
	assert_true(grpc_status_is_stale(GRPC_UNAUTHENTICATED, "etcdserver: invalid auth token"));
	assert_true(grpc_status_is_stale(GRPC_UNKNOWN, "auth: invalid auth token"));
	assert_true(grpc_status_is_stale(GRPC_UNKNOWN, "auth: user name is empty"));
	assert_true(grpc_status_is_stale(GRPC_INVALID_ARGUMENT, "etcdserver: user name is empty"));
	assert_true(grpc_status_is_stale(
		GRPC_INVALID_ARGUMENT, "etcdserver: revision of auth store is old"));
	assert_false(
		grpc_status_is_stale(GRPC_INVALID_ARGUMENT, "etcdserver: key is not provided"));
	assert_false(grpc_status_is_stale(GRPC_PERMISSION_DENIED, "etcdserver: permission denied"));
	assert_false(grpc_status_is_stale(GRPC_UNKNOWN, "auth: permission denied"));
	assert_false(grpc_status_is_stale(GRPC_UNKNOWN, "context deadline exceeded"));
}

static void test_only_unavailable_is_asked_again(void **state)
{
	for (int code = GRPC_NONE; code < GRPC_CODES_; code++)
		assert_int_equal(grpc_status_is_retried(code), code == GRPC_UNAVAILABLE);
}

static void take(struct grpc_status *status, const char *line)
{
	assert_int_equal(grpc_status_take(status, line, strlen(line)), 0);
}

static void test_codes(void **state)
{
	static const struct {
		const char *line;
		int code;
	} lines[] = {
		{"grpc-status: 0\r\n", 0},
		{"grpc-status:14\r\n", 14},
		{"Grpc-Status: 16", 16},
		{"grpc-status: 17\r\n", GRPC_UNKNOWN},
		{"grpc-status: 99999999999999\r\n", GRPC_UNKNOWN},
		{"grpc-status: -1\r\n", GRPC_UNKNOWN},
		{"grpc-status: x\r\n", GRPC_UNKNOWN},
		{"grpc-status: \r\n", GRPC_UNKNOWN},
		{"grpc-status", GRPC_NONE},
		{"grpc-statusx: 3\r\n", GRPC_NONE},
		{"x-grpc-status: 3\r\n", GRPC_NONE},
		{"HTTP/2 200 \r\n", GRPC_NONE},
		{"\r\n", GRPC_NONE},
		{"", GRPC_NONE},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct grpc_status status = {.code = GRPC_NONE};

		take(&status, lines[i].line);
		assert_int_equal(status.code, lines[i].code);
		grpc_status_fini(&status);
	}
}

static void test_messages(void **state)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{"grpc-message: plain words\r\n", "plain words"},
		{"grpc-message: a%20b%25c\r\n", "a b%c"},
		{"grpc-message: %C3%a9\r\n", "\xc3\xa9"},
		{"grpc-message: 100%\r\n", "100%"},
		{"grpc-message: %4\r\n", "%4"},
		{"grpc-message: %zz%41\r\n", "%zzA"},
		{"grpc-message: a%00b\r\n", "a b"},
		{"grpc-message:\r\n", ""},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct grpc_status status = {.code = GRPC_NONE};

		assert_string_equal(grpc_status_message(&status), "");
		take(&status, lines[i].line);
		assert_string_equal(grpc_status_message(&status), lines[i].message);
		grpc_status_clear(&status);
		assert_string_equal(grpc_status_message(&status), "");
		assert_int_equal(status.code, GRPC_NONE);
		grpc_status_fini(&status);
	}
}

/* The line ends where its length says: nothing after it is looked at. */
static void test_line_is_bounded(void **state)
{
	static const char text[] = "grpc-message: %41%42";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct grpc_status status = {.code = GRPC_NONE};
		char *exact = malloc(len + 1);

		assert_non_null(exact);
		memcpy(exact, text, len);
		exact = realloc(exact, len ? len : 1);
		assert_int_equal(grpc_status_take(&status, exact, len), 0);
		free(exact);
		grpc_status_fini(&status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_which_token_is_stale),
		cmocka_unit_test(test_only_unavailable_is_asked_again),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_line_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
