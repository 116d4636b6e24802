#include "fs/lock/lock_name.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LOCK_PREFIX BYTES_LITERAL("lock/")
#define LEASE_DIGITS_MAX 16
#define NUMBER_DIGITS_MAX 19 /* such a number always fits */

static int escaped_append(uint8_t byte, struct buf *ret)
{
	if (byte == '%')
		return buf_append_bytes(ret, BYTES_LITERAL("%25"));
	if (byte == '/')
		return buf_append_bytes(ret, BYTES_LITERAL("%2F"));
	return buf_append_byte(ret, byte);
}

int lock_queue_name(struct bytes key, struct buf *ret)
{
	int r = buf_append_bytes(ret, LOCK_PREFIX);

	for (size_t i = 0; r == 0 && i < key.len; i++)
		r = escaped_append(key.data[i], ret);
	return r < 0 ? r : buf_append_byte(ret, '/');
}

struct bytes lock_queue_of(struct bytes name)
{
	const uint8_t *slash;

	if (!bytes_has_prefix(name, LOCK_PREFIX))
		return (struct bytes){0};
	slash = memchr(name.data + LOCK_PREFIX.len, '/', name.len - LOCK_PREFIX.len);
	return slash ? bytes_slice(name, 0, slash + 1 - name.data) : (struct bytes){0};
}

/* The byte that @escaped begins with, which is one or three long. -EINVAL: none. */
static int unescape(struct bytes escaped, size_t *ret_len)
{
	*ret_len = escaped.data[0] == '%' ? 3 : 1;
	if (*ret_len == 1)
		return escaped.data[0];
	if (bytes_has_prefix(escaped, BYTES_LITERAL("%25")))
		return '%';
	return bytes_has_prefix(escaped, BYTES_LITERAL("%2F")) ? '/' : -EINVAL;
}

int lock_queue_key(struct bytes name, struct buf *ret)
{
	struct bytes queue = lock_queue_of(name);
	size_t len;

	if (!queue.len)
		return -EINVAL;
	for (size_t i = LOCK_PREFIX.len; i < queue.len - 1; i += len) {
		int byte = unescape(bytes_slice(queue, i, queue.len - 1 - i), &len);
		if (byte < 0)
			return byte;
		if (buf_append_byte(ret, (uint8_t)byte) < 0)
			return -ENOMEM;
	}
	return 0;
}

int lock_name(struct bytes queue, int64_t lease, uint64_t number, struct buf *ret)
{
	int r = buf_append_bytes(ret, queue);

	return r < 0 ? r : buf_printf(ret, "%" PRIx64 ".%" PRIu64, (uint64_t)lease, number);
}

/* --- Lease and number --- */

static int digit_of(uint8_t byte, unsigned base)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return base == 16 && byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* As printf writes it: no sign, and no zeros at the front. */
static bool number_parse(struct bytes text, unsigned base, size_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (!text.len || text.len > max || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(text.data[i], base);
		if (digit < 0)
			return false;
		number = number * base + (unsigned)digit;
	}
	*ret = number;
	return true;
}

bool lock_name_parse(struct bytes name, int64_t *ret_lease, uint64_t *ret_number)
{
	struct bytes queue = lock_queue_of(name);
	struct bytes last = bytes_slice(name, queue.len, name.len - queue.len);
	const uint8_t *dot = last.len ? memchr(last.data, '.', last.len) : NULL;
	size_t len = dot ? (size_t)(dot - last.data) : 0;
	uint64_t lease, number;

	*ret_lease = 0;
	*ret_number = 0;
	if (!queue.len || !dot ||
		!number_parse(bytes_slice(last, 0, len), 16, LEASE_DIGITS_MAX, &lease) ||
		!number_parse(bytes_slice(last, len + 1, last.len - len - 1), 10, NUMBER_DIGITS_MAX,
			&number))
		return false;
	*ret_lease = (int64_t)lease;
	*ret_number = number;
	return true;
}
