#include "fs/base/base64.h"

#include <errno.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(struct bytes bytes, struct buf *ret)
{
	int r = buf_reserve(ret, (bytes.len + 2) / 3 * 4);

	for (size_t i = 0; r == 0 && i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t bits = bytes.data[i] << 16;

		bits |= n > 1 ? bytes.data[i + 1] << 8 : 0;
		bits |= n > 2 ? bytes.data[i + 2] : 0;
		for (size_t digit = 0; digit < 4; digit++)
			ret->data[ret->len++] =
				digit <= n ? digits[bits >> (18 - 6 * digit) & 63] : '=';
	}
	return r;
}

/* The number of bytes, 1 to 3, that the four digits at @from stand for; 0: they are none. */
static size_t decode_group(const uint8_t *from, uint8_t to[3])
{
	size_t n = from[2] == '=' ? 2 : from[3] == '=' ? 3 : 4;
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *digit = i < n ? memchr(digits, from[i], sizeof(digits) - 1) : digits;

		if (!digit || (i >= n && from[i] != '='))
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
	}
	for (size_t i = 0; i < 3; i++)
		to[i] = (uint8_t)(bits >> (16 - 8 * i));
	return bits & (0xffffff >> (8 * (n - 1))) ? 0 : n - 1;
}

int base64_decode(struct bytes text, struct buf *ret)
{
	size_t before = ret->len;
	int r = text.len % 4 ? -EINVAL : buf_reserve(ret, text.len / 4 * 3);

	for (size_t i = 0; r == 0 && i < text.len; i += 4) {
		size_t n = decode_group(text.data + i, ret->data + ret->len);

		ret->len += n;
		if (n == 0 || (n < 3 && i + 4 < text.len))
			r = -EINVAL;
	}
	if (r < 0)
		ret->len = before;
	return r;
}
