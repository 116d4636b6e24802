/* The answer to a request of any kind, as one message of any bytes; the same again while it asks.
 */
#include "tests/fuzz/client.h"
#include "tests/fuzz/fake_curl.h"
#include "tests/fuzz/fuzz.h"

enum { ENOUGH = 40 }; /* no list goes on for so long with one page */

void fuzz_one(struct bytes input)
{
	uint8_t kind = fuzz_byte(&input);
	int n = 0;

	client_start(false);
	client_greet();
	client_request(kind);
	client_run(0);
	while (client_is_waiting() && fake_curl_count() > 1) {
		client_answer(1, input);
		client_answer_status(1, 0, (struct bytes){0});
		client_run(100);
		fuzz_check(++n < ENOUGH);
	}
	client_end();
}
