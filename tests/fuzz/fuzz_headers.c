/* Lines of headers and trailers, as curl gives them, become a status and an error. */
#include "tests/fuzz/fuzz.h"

#include "fs/etcd/grpc_status.h"

#include <string.h>

static void status_check(const struct grpc_status *status)
{
	const char *message = grpc_status_message(status);

	fuzz_check(status->code >= GRPC_NONE && status->code < GRPC_CODES_);
	fuzz_check(!status->message.len || strlen(message) == status->message.len - 1);
	grpc_status_is_stale(status->code, message);
	for (int is_change = 0; is_change < 2; is_change++)
		fuzz_check(!grpc_status_error(status->code, message, is_change) ==
			   (status->code == GRPC_OK));
}

void fuzz_one(struct bytes input)
{
	struct grpc_status status = {.code = GRPC_NONE};

	while (input.len) {
		struct bytes line = fuzz_text(&input, '\n');
		uint8_t *copy = fuzz_copy(line);

		fuzz_check(grpc_status_take(&status, (char *)copy, line.len) == 0);
		free(copy);
		status_check(&status);
	}
	grpc_status_fini(&status);
}
