#include "fs/etcd/transfer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char broken[] = "Send failure: Connection reset by peer";
static const char alert[] = "error:0A000412:SSL routines::sslv3 alert bad certificate";
static const char guess[] = " (does etcd take our certificate?)";

/* Ends of the transfer that opens a connection, before any answer. */
static const struct {
	bool is_tls;
	CURLcode result;
	const char *problem;
	bool has_guess, is_final;
} rows[] = {
	/* The server resets: in the handshake, under the first frames, under the request. */
	{true, CURLE_SSL_CONNECT_ERROR, broken, true, false},
	{true, CURLE_HTTP2, broken, true, false},
	{true, CURLE_SEND_ERROR, broken, true, false},
	{true, CURLE_RECV_ERROR, broken, true, false},
	{true, CURLE_GOT_NOTHING, "Empty reply from server", true, false},
	/* Its reason has come: no guess is needed. */
	{true, CURLE_SSL_CONNECT_ERROR, alert, false, true},
	{true, CURLE_SEND_ERROR, alert, false, true},
	{true, CURLE_RECV_ERROR, alert, false, true},
	/* No server was met, or it wants no certificate. */
	{true, CURLE_COULDNT_CONNECT, "Connection refused", false, false},
	{false, CURLE_HTTP2, broken, false, false},
	{false, CURLE_SEND_ERROR, broken, false, false},
	{false, CURLE_RECV_ERROR, broken, false, false},
};

static void check_end(enum transfer_kind kind, size_t row, bool has_message, bool has_guess)
{
	const struct tls tls = {0};
	const struct target target = {.is_tls = rows[row].is_tls, .tls = &tls};
	struct transfer *transfer = transfer_new(&target);
	struct stream stream = {0};
	struct stream_end end;
	char words[CURL_ERROR_SIZE];

	assert_non_null(transfer);
	transfer->stream = &stream;
	transfer->kind = kind;
	transfer->has_message = has_message;
	strcpy(transfer->problem, rows[row].problem);
	snprintf(words, sizeof(words), "%s%s", rows[row].problem, has_guess ? guess : "");
	transfer_finish(transfer, rows[row].result, &end);
	assert_int_equal(end.error, -ECONNRESET);
	assert_string_equal(end.message, words);
	assert_int_equal(end.is_final, rows[row].is_final);
	transfer_free(transfer);
}

static void test_which_ends_are_perhaps_a_refusal(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_end(TRANSFER_OPENS, i, false, rows[i].has_guess);
}

static void test_an_answer_is_no_refusal(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_end(TRANSFER_OPENS, i, true, false);
}

static void test_only_the_first_transfer_guesses(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_end(TRANSFER_JOINS, i, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_ends_are_perhaps_a_refusal),
		cmocka_unit_test(test_an_answer_is_no_refusal),
		cmocka_unit_test(test_only_the_first_transfer_guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
