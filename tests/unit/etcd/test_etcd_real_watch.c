/* Lists and watches of a real etcd. */
#include "tests/lib/ask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- Lists -------------------------------------------------------------------------------- */

struct listing {
	unsigned pages, keys, wrong;
	int64_t left; /* keys from the page on, by which a page is told from the next */
	char last[32];
	bool moves_on; /* at the first page: two revisions more, and all before is compacted */
	bool cancels;  /* at the first page */
	uint64_t id;
};

static struct listing listing;

static void on_page(void *arg, int error, const struct etcd_reply *reply)
{
	if (!listing.pages || reply->count != listing.left)
		listing.pages++;
	listing.left = reply->count;
	if (error)
		listing.wrong++;
	for (size_t i = 0; i < reply->n_kvs; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%.*s", (int)reply->kvs[i].key.len,
			(const char *)reply->kvs[i].key.data);
		if (strcmp(key, listing.last) <= 0)
			listing.wrong++;
		memcpy(listing.last, key, sizeof(key));
		listing.keys++;
	}
	if (listing.moves_on && listing.keys == reply->n_kvs)
		real_etcd_compact(&real, real_etcd_put(&real));
	if (listing.cancels)
		etcd_cancel(client.etcd, listing.id);
}

static void fill(const char *format, unsigned count, struct bytes value)
{
	struct ending *endings = calloc(count, sizeof(*endings));

	assert_non_null(endings);
	for (unsigned i = 0; i < count; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s%06u", format, i);
		put_one(client.etcd, bytes_of(key), value, 60000, ending_note, &endings[i], NULL);
	}
	for (unsigned i = 0; i < count; i++) {
		client_wait(&client, &endings[i].count, 1);
		assert_int_equal(endings[i].error, 0);
	}
	free(endings);
}

static void list(void)
{
	ending = (struct ending){0};
	etcd_list(client.etcd, BYTES_LITERAL("l/"), BYTES_LITERAL("l0"), ASK_MS, on_page,
		ending_note, &ending, NULL);
	ask_wait();
}

static void test_list(void **state)
{
	listing = (struct listing){0};
	list();
	assert_int_equal(ending.error, 0);
	assert_int_equal(listing.pages, 1);
	assert_int_equal(listing.keys, 0);
	assert_true(ending.header.revision > 0);
	fill("l/", 3000, BYTES_LITERAL("value"));
	ask_get("l/");
	listing = (struct listing){0};
	list();
	assert_int_equal(ending.error, 0);
	assert_int_equal(listing.keys, 3000);
	assert_int_equal(listing.wrong, 0);
	assert_in_range(listing.pages, 2, 4);
	assert_true(ending.header.revision > 3000);
	assert_int_equal(ending.n_kvs, 0);
}

/* Behind many small values come large ones, more than a page may have: its size is not what it was
 * guessed from. */
static void test_list_grows(void **state)
{
	CLEANUP(buf) struct buf large = {0};

	assert_int_equal(buf_resize(&large, 1400000), 0);
	ask_delete("l/", "l0");
	fill("l/a", 300, BYTES_LITERAL(""));
	fill("l/b", 60, buf_bytes(&large));
	listing = (struct listing){0};
	list();
	assert_int_equal(ending.error, 0);
	assert_int_equal(listing.keys, 360);
	assert_int_equal(listing.wrong, 0);
	assert_in_range(listing.pages, 3, 20);
}

/* All pages are of the revision of the first: when that is compacted, the list ends. */
static void test_list_compacted(void **state)
{
	CLEANUP(buf) struct buf value = {0};

	assert_int_equal(buf_resize(&value, 2000), 0);
	fill("l/", 3000, buf_bytes(&value));
	/* The first page is here, and the second may be under way: the third cannot come. */
	listing = (struct listing){.moves_on = true};
	list();
	assert_int_equal(ending.error, ETCD_E_COMPACTED);
	assert_in_range(listing.pages, 1, 2);
	listing = (struct listing){0};
	list();
	assert_int_equal(ending.error, 0);
	assert_int_equal(listing.keys, 3000);
	assert_int_equal(listing.wrong, 0);
}

static void test_list_cancelled(void **state)
{
	listing = (struct listing){.cancels = true};
	ending = (struct ending){0};
	etcd_list(client.etcd, BYTES_LITERAL("l/"), BYTES_LITERAL("l0"), ASK_MS, on_page,
		ending_note, &ending, &listing.id);
	ask_wait();
	assert_int_equal(ending.error, -ECANCELED);
	assert_int_equal(listing.pages, 1);
}

/* --- Watches ------------------------------------------------------------------------------ */

struct seen {
	unsigned created, revisions, progress, ended, wrong;
	int64_t next; /* revision */
	int error;
	int64_t compact_revision;
};

static struct seen seen;

static void on_created(void *arg, const struct etcd_header *header)
{
	seen.created++;
	if (!seen.next)
		seen.next = header->revision + 1;
}

static void on_events(void *arg, const struct etcd_header *header, const struct etcd_event *events,
	size_t n_events)
{
	seen.progress += n_events == 0;
	for (size_t i = 0; i < n_events; i++) {
		if (events[i].kv.mod_revision == seen.next - 1 && i > 0)
			continue; /* another of the same revision */
		if (events[i].kv.mod_revision != seen.next)
			seen.wrong++;
		seen.next++;
		seen.revisions++;
	}
}

static void on_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	seen.ended++;
	seen.error = error;
	seen.compact_revision = compact_revision;
}

static const struct etcd_watch_handler handler = {on_created, on_events, on_ended};

static uint64_t watch_all(int64_t start_revision)
{
	struct etcd_watch from = {.key = BYTES_LITERAL("\0"),
		.range_end = BYTES_LITERAL("\0"),
		.start_revision = start_revision,
		.progress_notify = true};
	uint64_t id;

	seen = (struct seen){.next = start_revision};
	assert_int_equal(etcd_watch(client.etcd, &from, &handler, NULL, &id), 0);
	return id;
}

static void test_watch(void **state)
{
	uint64_t id = watch_all(0);
	int64_t first;

	client_wait(&client, &seen.created, 1);
	first = seen.next;
	for (int i = 0; i < 100; i++)
		ask_put("w", "value");
	client_wait(&client, &seen.revisions, 100);
	assert_int_equal(seen.wrong, 0);
	ask_delete("l/", "l0");
	client_wait(&client, &seen.revisions, 101);
	etcd_cancel(client.etcd, id);
	client_wait(&client, &seen.ended, 1);
	assert_int_equal(seen.error, -ECANCELED);
	/* The same again, out of the history. */
	id = watch_all(first);
	client_wait(&client, &seen.revisions, 101);
	assert_int_equal(seen.wrong, 0);
	etcd_cancel(client.etcd, id);
	client_wait(&client, &seen.ended, 1);
}

/* One revision of many large values comes in fragments, and in one call. */
static void test_watch_fragments(void **state)
{
	CLEANUP(free) struct etcd_op *ops = calloc(100, sizeof(*ops));
	CLEANUP(buf) struct buf value = {0};
	struct etcd_txn txn = {.success = ops, .n_success = 100};
	char keys[100][16];
	int64_t first;

	assert_int_equal(buf_resize(&value, 14 * 1024), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(keys[i], sizeof(keys[i]), "f/%d", i);
		ops[i] = (struct etcd_op){
			.type = ETCD_OP_PUT, .key = bytes_of(keys[i]), .value = buf_bytes(&value)};
	}
	ask_txn(&txn);
	assert_int_equal(ending.error, 0);
	first = ending.header.revision;
	for (int i = 0; i < 9; i++)
		ask_txn(&txn);
	watch_all(first);
	client_wait(&client, &seen.revisions, 10);
	assert_int_equal(seen.wrong, 0);
}

struct reader {
	unsigned left, ended, wrong;
	struct bytes value;
};

static void reader_next(void *arg, int error, const struct etcd_reply *reply)
{
	struct etcd_range range = {.key = BYTES_LITERAL("big")};
	struct reader *reader = arg;

	reader->ended++;
	if (error || reply->n_kvs != 1 || !bytes_equal(reply->kvs[0].value, reader->value)) {
		reader->wrong++;
		print_error("answer %u: error %d, '%s', %zu keys\n", reader->ended, error,
			reply->message, reply->n_kvs);
	}
	if (reader->left && reader->left--)
		etcd_range(client.etcd, &range, ASK_MS, reader_next, reader, NULL);
}

static void read_all(unsigned count, unsigned flight, struct bytes value)
{
	struct etcd_range range = {.key = BYTES_LITERAL("big")};
	struct reader reader = {.left = count - flight, .value = value};

	for (unsigned i = 0; i < flight; i++)
		etcd_range(client.etcd, &range, ASK_MS, reader_next, &reader, NULL);
	for (unsigned i = 1; i <= count; i++)
		client_wait(&client, &reader.ended, i);
	assert_int_equal(reader.wrong, 0);
}

/* Many large answers on one connection, beside a watch that gets large events: each comes whole,
 * and none is stuck until its deadline. */
static void test_large_answers(void **state)
{
	CLEANUP(buf) struct buf value = {0};

	assert_int_equal(buf_resize(&value, 700 * 1000), 0);
	for (size_t i = 0; i < value.len; i++)
		value.data[i] = (uint8_t)(i * 2654435761u >> 11);
	watch_all(0);
	client_wait(&client, &seen.created, 1);
	for (unsigned i = 0; i < 10; i++) {
		ending = (struct ending){0};
		put_one(client.etcd, BYTES_LITERAL("big"), buf_bytes(&value), ASK_MS, ending_note,
			&ending, NULL);
		ask_wait();
		assert_int_equal(ending.error, 0);
	}
	read_all(100, 1, buf_bytes(&value));
	read_all(60, 4, buf_bytes(&value));
	read_all(60, 20, buf_bytes(&value));
	client_wait(&client, &seen.revisions, 10);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.ended, 0);
	assert_int_equal(client.n_down, 0);
	ask_delete("big", "");
}

static void test_compaction(void **state)
{
	struct etcd_range range = {.key = BYTES_LITERAL("c")};

	ask_put("c", "1");
	range.revision = ending.header.revision;
	ask_put("c", "2");
	ask_put("c", "3");
	real_etcd_compact(&real, (long)ending.header.revision);
	watch_all(range.revision);
	client_wait(&client, &seen.ended, 1);
	assert_int_equal(seen.error, ETCD_E_COMPACTED);
	assert_int_equal(seen.compact_revision, range.revision + 2);
	ending = (struct ending){0};
	etcd_range(client.etcd, &range, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
	assert_int_equal(ending.error, ETCD_E_COMPACTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REAL_TEST(test_list),
		REAL_TEST(test_list_compacted),
		REAL_TEST(test_list_cancelled),
		REAL_TEST(test_list_grows),
		REAL_TEST(test_watch),
		REAL_TEST(test_watch_fragments),
		REAL_TEST(test_large_answers),
		REAL_TEST(test_compaction),
	};

	return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
