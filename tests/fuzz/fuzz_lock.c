/* The key and the value of a lock that anybody may have put: a name, a newline, and the value. */
#include "tests/fuzz/fuzz.h"

#include "fs/lock/lock_name.h"

#include <inttypes.h>
#include <string.h>

/* Each queue has one name, each lock of ours as well. */
static void name_check(struct bytes name)
{
	CLEANUP(buf) struct buf key = {0};
	CLEANUP(buf) struct buf again = {0};
	struct bytes queue = lock_queue_of(name);
	uint64_t number;
	int64_t lease;

	if (lock_queue_key(name, &key) == 0 && lock_queue_name(buf_bytes(&key), &again) == 0)
		fuzz_check(bytes_equal(buf_bytes(&again), queue));
	if (!lock_name_parse(name, &lease, &number))
		return;
	buf_clear(&again);
	fuzz_check(lock_name(queue, lease, number, &again) == 0);
	fuzz_check(bytes_equal(buf_bytes(&again), name));
}

/* Any bytes are the key of a file, and its queue's name leads back to it. */
static void key_check(struct bytes key)
{
	CLEANUP(buf) struct buf name = {0};
	CLEANUP(buf) struct buf again = {0};

	fuzz_check(lock_queue_name(key, &name) == 0);
	fuzz_check(bytes_equal(lock_queue_of(buf_bytes(&name)), buf_bytes(&name)));
	fuzz_check(lock_queue_key(buf_bytes(&name), &again) == 0);
	fuzz_check(bytes_equal(buf_bytes(&again), key));
}

/* What we write of any holder can be read again. */
static void value_check(struct bytes value)
{
	CLEANUP(buf) struct buf written = {0};
	struct lock_holder holder, again;

	lock_value_parse(value, &holder);
	fuzz_check(strnlen(holder.host, sizeof(holder.host)) < sizeof(holder.host));
	fuzz_check(strnlen(holder.command, sizeof(holder.command)) < sizeof(holder.command));
	fuzz_check(lock_value(&holder, &written) == 0);
	fuzz_check(lock_value_parse(buf_bytes(&written), &again));
	fuzz_check(again.shared == holder.shared && again.pid == holder.pid);
}

void fuzz_one(struct bytes input)
{
	struct bytes name = fuzz_text(&input, '\n');

	name_check(name);
	key_check(name);
	value_check(input);
}
