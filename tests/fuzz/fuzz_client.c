/* Requests of all kinds, and a server that says anything to any of them at any time. */
#include "tests/fuzz/client.h"
#include "tests/fuzz/fake_curl.h"
#include "tests/fuzz/fuzz.h"

static CURLcode result_of(uint8_t byte)
{
	static const CURLcode results[] = {CURLE_OK, CURLE_HTTP2_STREAM, CURLE_RECV_ERROR,
		CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR, CURLE_PARTIAL_FILE};

	return results[byte % (sizeof(results) / sizeof(results[0]))];
}

static void end_all(CURLcode result)
{
	while (fake_curl_count())
		fake_curl_end(0, result, 0);
}

/* What the server does; the rest of it is in @input. */
static void serve(uint8_t what, size_t n, struct bytes *input)
{
	uint8_t argument = fuzz_byte(input);

	switch (what) {
	case 0:
		fake_curl_begin(n);
		break;
	case 1:
		fake_curl_header(n, fuzz_bytes(input, argument));
		break;
	case 2:
		fake_curl_body(n, fuzz_bytes(input, argument));
		break;
	case 3:
	case 4:
		client_answer(n, fuzz_bytes(input, argument));
		break;
	case 5:
		client_answer_status(n, argument % 20, fuzz_text(input, '\n'));
		break;
	case 6:
		fake_curl_end(n, result_of(argument), argument & 0x80 ? 500 : 200);
		break;
	default:
		end_all(result_of(argument));
	}
}

static void step(struct bytes *input)
{
	uint8_t what = fuzz_byte(input);
	size_t n = what >> 4;

	switch (what % 16) {
	case 8:
	case 9:
		client_request(fuzz_byte(input));
		break;
	case 10:
		client_cancel(fuzz_byte(input));
		break;
	case 11:
		client_run((int)fuzz_number(input, 2));
		break;
	case 12:
		client_greet();
		break;
	default:
		serve(what % 8, n, input);
	}
	client_run(0);
}

void fuzz_one(struct bytes input)
{
	uint8_t flags = fuzz_byte(&input);

	client_start(flags & 1);
	if (flags & 2)
		client_greet();
	while (input.len)
		step(&input);
	client_end();
}
