#include "tests/fuzz/client.h"

#include "fs/etcd/client.h"
#include "fs/etcd/frame.h"
#include "tests/fuzz/fake_clock.h"
#include "tests/fuzz/fake_curl.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

enum { TIMEOUT_MS = 1000, REQUESTS = 64 };

static struct etcd *etcd;

static struct asked {
	uint64_t id;
	bool is_change;
	bool is_over;
	bool is_created; /* a watch */
} asked[REQUESTS];
static size_t n_asked, n_over;

/* --- What callbacks get ------------------------------------------------------------------- */

static void revision_check(int64_t revision)
{
	fuzz_check(revision >= 0 && revision <= ETCD_REVISION_MAX);
}

static void text_touch(const char *text)
{
	fuzz_touch(bytes_of(text));
}

static void kv_check(const struct etcd_kv *kv)
{
	fuzz_touch(kv->key);
	fuzz_touch(kv->value);
	revision_check(kv->create_revision);
	revision_check(kv->mod_revision);
}

static void texts_touch(const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_touch(texts[i]);
}

static void member_touch(const struct etcd_member *member)
{
	text_touch(member->name);
	texts_touch(member->peer_urls, member->n_peer_urls);
	texts_touch(member->client_urls, member->n_client_urls);
}

static void reply_check(const struct etcd_reply *reply)
{
	text_touch(reply->message);
	revision_check(reply->header.revision);
	for (size_t i = 0; i < reply->n_kvs; i++)
		kv_check(&reply->kvs[i]);
	for (size_t i = 0; i < reply->n_branches; i++)
		fuzz_touch((struct bytes){(const uint8_t *)&reply->branches[i], 1});
	for (size_t i = 0; i < reply->n_members; i++)
		member_touch(&reply->members[i]);
	if (reply->status.version)
		text_touch(reply->status.version);
	texts_touch(reply->status.errors, reply->status.n_errors);
	fuzz_check(reply->ttl_s >= 0 && reply->granted_ttl_s >= 0);
}

static void request_over(struct asked *request, int error)
{
	fuzz_check(!request->is_over);
	fuzz_check(error != ETCD_E_UNKNOWN || request->is_change);
	fuzz_check(error <= ETCD_E_NO_LEASE && error > -4096);
	request->is_over = true;
	n_over++;
}

static void on_reply(void *arg, int error, const struct etcd_reply *reply)
{
	reply_check(reply);
	request_over(arg, error);
}

static void on_page(void *arg, int error, const struct etcd_reply *reply)
{
	const struct asked *request = arg;

	fuzz_check(!request->is_over && !error);
	reply_check(reply);
}

static void on_created(void *arg, const struct etcd_header *header)
{
	struct asked *request = arg;

	fuzz_check(!request->is_over && !request->is_created);
	request->is_created = true;
	revision_check(header->revision);
}

static void on_events(void *arg, const struct etcd_header *header, const struct etcd_event *events,
	size_t n_events)
{
	const struct asked *request = arg;

	fuzz_check(request->is_created && !request->is_over);
	revision_check(header->revision);
	for (size_t i = 0; i < n_events; i++)
		kv_check(&events[i].kv);
}

static void on_watch_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	fuzz_check(error);
	revision_check(compact_revision);
	text_touch(message);
	request_over(arg, error);
}

static int on_piece(void *arg, struct bytes piece, uint64_t remaining)
{
	(void)remaining;
	fuzz_check(!((const struct asked *)arg)->is_over);
	fuzz_touch(piece);
	return 0;
}

static void on_snapshot_ended(void *arg, int error)
{
	request_over(arg, error);
}

/* --- Requests ----------------------------------------------------------------------------- */

static const struct etcd_watch_handler watch_handler = {on_created, on_events, on_watch_ended};
static const struct etcd_snapshot_handler snapshot_handler = {on_piece, on_snapshot_ended};
static const struct bytes first = {(const uint8_t *)"", 1}, last = {(const uint8_t *)"", 1};

static int ask_for_keys(uint8_t kind, struct asked *request)
{
	const struct etcd_range range = {.key = first, .range_end = last};
	const struct etcd_watch watch = {.key = first, .range_end = last, .start_revision = 1};

	switch (kind) {
	case 0:
		return etcd_range(etcd, &range, TIMEOUT_MS, on_reply, request, &request->id);
	case 1:
		return etcd_list(
			etcd, first, last, TIMEOUT_MS, on_page, on_reply, request, &request->id);
	case 2:
		return etcd_list_at(
			etcd, 5, first, last, TIMEOUT_MS, on_page, on_reply, request, &request->id);
	case 3:
		return etcd_watch(etcd, &watch, &watch_handler, request, &request->id);
	case 4:
		return etcd_revision(etcd, TIMEOUT_MS, on_reply, request);
	case 5:
		return etcd_revision_once(etcd, TIMEOUT_MS, on_reply, request);
	default:
		return etcd_snapshot(etcd, &snapshot_handler, request);
	}
}

static int change_keys(uint8_t kind, struct asked *request)
{
	struct bytes key = BYTES_LITERAL("k");
	const struct etcd_compare compare = {.target = ETCD_COMPARE_MOD, .key = key};
	const struct etcd_op op = {.type = ETCD_OP_PUT, .key = key, .value = key};
	const struct etcd_txn txn = {&compare, 1, &op, 1};
	const struct etcd_txn txns[] = {txn, txn};

	request->is_change = true;
	switch (kind) {
	case 7:
		return etcd_txn(etcd, &txn, TIMEOUT_MS, on_reply, request, &request->id);
	case 8:
		return etcd_txns(etcd, txns, 2, TIMEOUT_MS, on_reply, request, &request->id);
	case 9:
		return etcd_compact(etcd, 5, TIMEOUT_MS, on_reply, request);
	case 10:
		return etcd_defragment(etcd, TIMEOUT_MS, on_reply, request);
	default:
		return etcd_alarm(etcd, ETCD_ALARM_DISARM, 1, TIMEOUT_MS, on_reply, request);
	}
}

static int ask_for_members(uint8_t kind, struct asked *request)
{
	const char *const urls[] = {"http://10.0.0.1:2380"};

	request->is_change = kind > 13;
	switch (kind) {
	case 12:
		return etcd_member_status(etcd, TIMEOUT_MS, on_reply, request, &request->id);
	case 13:
		return etcd_member_list(etcd, TIMEOUT_MS, on_reply, request, &request->id);
	case 14:
		return etcd_member_add(
			etcd, urls, 1, true, TIMEOUT_MS, on_reply, request, &request->id);
	case 15:
		return etcd_member_remove(etcd, 1, TIMEOUT_MS, on_reply, request, &request->id);
	default:
		return etcd_member_promote(etcd, 1, TIMEOUT_MS, on_reply, request, &request->id);
	}
}

static int ask_for_lease(uint8_t kind, struct asked *request)
{
	request->is_change = kind < 19;
	switch (kind) {
	case 17:
		return etcd_lease_grant(etcd, 7, 10, TIMEOUT_MS, on_reply, request);
	case 18:
		return etcd_lease_revoke(etcd, 7, TIMEOUT_MS, on_reply, request);
	case 19:
		return etcd_lease_keep_alive(etcd, 7, TIMEOUT_MS, on_reply, request);
	default:
		return etcd_lease_time_to_live(etcd, 7, TIMEOUT_MS, on_reply, request);
	}
}

void client_request(uint8_t kind)
{
	struct asked *request = &asked[n_asked];
	int r;

	if (n_asked == REQUESTS)
		return;
	n_asked++;
	kind %= CLIENT_KINDS;
	if (kind < 7)
		r = ask_for_keys(kind, request);
	else if (kind < 12)
		r = change_keys(kind, request);
	else if (kind < 17)
		r = ask_for_members(kind, request);
	else
		r = ask_for_lease(kind, request);
	fuzz_check(r == 0);
}

void client_cancel(uint8_t which)
{
	if (n_asked)
		etcd_cancel(etcd, asked[which % n_asked].id);
}

bool client_is_waiting(void)
{
	return n_over < n_asked;
}

/* --- The server's words ------------------------------------------------------------------- */

void client_answer(size_t n, struct bytes message)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_header_write(header, (uint32_t)message.len);
	fake_curl_body(n, (struct bytes){header, sizeof(header)});
	fake_curl_body(n, message);
}

void client_answer_status(size_t n, int code, struct bytes words)
{
	CLEANUP(buf) struct buf line = {0};

	buf_printf(&line, "grpc-status: %d\r\n", code);
	fake_curl_header(n, buf_bytes(&line));
	buf_clear(&line);
	buf_printf(&line, "grpc-message: ");
	buf_append_bytes(&line, words);
	fake_curl_header(n, buf_bytes(&line));
	fake_curl_end(n, CURLE_OK, 200);
}

void client_greet(void)
{
	client_run(0);
	client_answer(0, BYTES_LITERAL("\x18\x01")); /* created */
	client_run(0);
}

/* --- Its life ----------------------------------------------------------------------------- */

void client_run(int ms)
{
	fake_clock_ms += ms;
	etcd_dispatch(etcd);
}

void client_start(bool has_user)
{
	const struct etcd_config config = {.endpoints = "unix:///s",
		.user = has_user ? "user" : NULL,
		.password = has_user ? "password" : NULL};

	memset(asked, 0, sizeof(asked));
	n_asked = n_over = 0;
	fuzz_check(etcd_new(&config, &etcd) == 0);
}

void client_end(void)
{
	etcd_free(STEAL(etcd));
	fuzz_check(!client_is_waiting());
	fuzz_check(fake_curl_is_idle());
}
