/* What a mirror's keys take in memory. */
#include "tests/unit/mirrors.h"

#include <stdio.h>

/* Statements: 122. What a key costs beyond key and value, with a short name; and that
 * what was looked up, opened and renamed for a while leaves nothing. */
static void memory_is_counted(void **state)
{
	enum { COUNT = 1000, VALUE = 60, KEY = 15, MOST = 120 };
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	char key[KEY + 8], bytes[VALUE + 1];
	struct mirror_memory before, memory;
	struct mirror_info info;
	int64_t revision = 1;

	(void)state;
	memset(bytes, 'v', VALUE);
	bytes[VALUE] = 0;
	list_at(mirror, revision, NULL, 0);
	mirror_memory(mirror, &before);
	for (int i = 0; i < COUNT; i++) {
		struct etcd_event event;
		snprintf(key, sizeof(key), "p/many1/k-%05d", i);
		event = put_event(key, bytes, ++revision);
		assert_int_equal(mirror_apply(mirror, revision, &event, 1), 0);
	}
	mirror_memory(mirror, &memory);
	assert_int_equal(memory.n_value_bytes - before.n_value_bytes, COUNT * VALUE);
	assert_in_range((memory.n_bytes - before.n_bytes) / COUNT, VALUE, VALUE + KEY + MOST);
	before = memory;
	for (int i = 0; i < COUNT; i++) {
		snprintf(key, sizeof(key), "k-%05d", i);
		assert_int_equal(
			mirror_lookup(mirror, id_of(mirror, ROOT_ID, "many1"), key, 1, &info), 0);
		assert_int_equal(mirror_handle_add(mirror, info.id), 0);
		mirror_memory(mirror, &memory);
		assert_true(memory.n_bytes > before.n_bytes);
		mirror_handle_remove(mirror, info.id);
		mirror_unpin(mirror, info.id, 1);
	}
	mirror_memory(mirror, &memory);
	assert_int_equal(memory.n_bytes, before.n_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
