#include "fs/base/utf8.h"

static size_t length_of(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first >= 0xf8)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* A character has one form, the shortest, and surrogates are none. */
size_t utf8_decode(const uint8_t *at, size_t size, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t i, length = size ? length_of(at[0]) : 0;

	if (!length)
		return 0;
	*ret = length == 1 ? at[0] : at[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if (i >= size || (at[i] & 0xc0) != 0x80)
			return 0;
		*ret = *ret << 6 | (at[i] & 0x3f);
	}
	if (*ret < least[length] || *ret > 0x10ffff || (*ret >= 0xd800 && *ret <= 0xdfff))
		return 0;
	return length;
}

bool utf8_is_all(struct bytes bytes)
{
	uint32_t character;
	size_t i = 0, length;

	for (; i < bytes.len; i += length) {
		length = utf8_decode(bytes.data + i, bytes.len - i, &character);
		if (!length)
			return false;
	}
	return true;
}
