/* Kept metadata that anybody may have put: what is understood of it is written so that it is read
 * again. */
#include "tests/fuzz/fuzz.h"

#include "fs/tree/meta.h"

static void xattrs_check(const struct meta *meta)
{
	CLEANUP(buf) struct buf names = {0};
	struct bytes rest, value;

	fuzz_check(meta_xattr_list(meta, &names) == 0);
	rest = buf_bytes(&names);
	while (rest.len) {
		struct bytes name = fuzz_text(&rest, '\0');
		fuzz_check(meta_xattr_get(meta, (const char *)name.data, &value) == 0);
		fuzz_touch(value);
	}
}

static void meta_check(const struct meta *meta)
{
	CLEANUP(meta_free) struct meta *again = NULL;
	CLEANUP(meta_free) struct meta *copy = meta_copy(meta);
	CLEANUP(buf) struct buf text = {0};

	fuzz_check(copy && meta_equal(copy, meta));
	fuzz_check(meta_format(meta, &text) == 0 && text.len <= META_MAX);
	fuzz_check(meta_parse(buf_bytes(&text), 5, &again) == 0 && meta_equal(again, meta));
	xattrs_check(meta);
	meta_says_nothing(meta);
}

void fuzz_one(struct bytes input)
{
	CLEANUP(meta_free) struct meta *meta = NULL;

	if (meta_parse(input, 5, &meta) == 0)
		meta_check(meta);
}
