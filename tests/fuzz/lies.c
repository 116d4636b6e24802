#include "tests/fuzz/lies.h"

#include "fs/etcd/rpc.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { MOST = 7 }; /* keys, events and so on in one answer */

/* All of an answer's parts: it points to them. */
struct answer_parts {
	int64_t revision;
	struct bytes *input;
	struct buf *ret;
	Etcd__Header header;
	Etcd__KeyValue kvs[MOST], *kv_list[MOST];
	Etcd__Event events[MOST], *event_list[MOST];
	Etcd__BranchResponse branches[MOST];
	Etcd__SharedOpResponse responses[MOST], *response_list[MOST];
	Etcd__Member members[MOST], *member_list[MOST];
};

/* --- Parts -------------------------------------------------------------------------------- */

static int64_t any_revision(struct answer_parts *parts)
{
	uint8_t byte = fuzz_byte(parts->input);

	if (byte >= 0xf0)
		return (int64_t)fuzz_number(parts->input, 8);
	return parts->revision + byte % 16 - 7;
}

static ProtobufCBinaryData any_key(struct answer_parts *parts)
{
	static char long_name[300];
	static const char *const keys[] = {"p/a", "p/a/b", "p/a/c", "p/d/", "p/d/e/f", "p/d/e",
		"p/b", "p/", "p", "q", "", "p//", "p/%2F", "p/a%25", "p/%value", "p/a/%value",
		"p/.etcd/lock/a/1.1", "p/.etcd/lock/a/2.1", "p/.etcd/x", "p/.etcd/", "p/.role",
		"p/\xff", long_name, "p/..", "p/.etcd/meta/a", "p/.etcd/meta/a/", "p/.etcd/meta/x",
		"p/.etcd/meta/", "p/.etcd/meta/d/e"};
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	const char *key;

	memcpy(long_name, "p/", 2);
	memset(long_name + 2, 'n', sizeof(long_name) - 3);
	key = keys[fuzz_byte(parts->input) % n];
	return (ProtobufCBinaryData){strlen(key), (uint8_t *)(uintptr_t)key};
}

/* The value of a key: bytes of the input, or what some keys of etcdfs' own have. */
static ProtobufCBinaryData any_value(struct answer_parts *parts)
{
	static const char *const values[] = {"{}", "{\"mode\":\"shared\",\"host\":\"h\",\"pid\":1}",
		"{\"mode\":\"0600\",\"uid\":1,\"mtime\":\"1.5\",\"of\":9}",
		"{\"kind\":\"symlink\"}", "{\"xattrs\":{\"user.a\":\"YQ==\"}}"};
	const size_t n = sizeof(values) / sizeof(values[0]);
	uint8_t byte = fuzz_byte(parts->input);
	struct bytes bytes =
		byte < 0xc0 ? fuzz_bytes(parts->input, byte % 64) : bytes_of(values[byte % n]);

	return (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.data};
}

static char *any_text(struct answer_parts *parts)
{
	static const char *const texts[] = {"", "3.4.23", "3.5.16", "alarm:NOSPACE",
		"alarm:CORRUPT", "http://10.0.0.1:2380", "unix://x", "n", "a,b=c", "\n\"",
		"mvcc: required revision has been compacted", "etcdserver: permission denied"};
	const size_t n = sizeof(texts) / sizeof(texts[0]);

	return (char *)(uintptr_t)texts[fuzz_byte(parts->input) % n];
}

static Etcd__Header *any_header(struct answer_parts *parts)
{
	uint8_t byte = fuzz_byte(parts->input);

	etcd__header__init(&parts->header);
	parts->header.cluster_id = byte & 1 ? byte & 2 : 1;
	parts->header.member_id = byte & 4 ? 2 : 1;
	parts->header.raft_term = byte & 8 ? fuzz_byte(parts->input) : 2;
	parts->header.revision = byte & 16 ? any_revision(parts) : parts->revision;
	return byte >= 0xf8 ? NULL : &parts->header;
}

static void any_kv(struct answer_parts *parts, Etcd__KeyValue *ret)
{
	etcd__key_value__init(ret);
	ret->key = any_key(parts);
	ret->value = any_value(parts);
	ret->mod_revision = any_revision(parts);
	ret->create_revision = any_revision(parts);
	ret->version = fuzz_byte(parts->input);
	ret->lease = fuzz_byte(parts->input);
}

static size_t any_count(struct answer_parts *parts)
{
	return fuzz_byte(parts->input) % (MOST + 1);
}

static size_t any_members(struct answer_parts *parts)
{
	size_t n = any_count(parts);

	for (size_t i = 0; i < n; i++) {
		Etcd__Member *member = parts->member_list[i] = &parts->members[i];

		etcd__member__init(member);
		member->id = fuzz_byte(parts->input);
		member->name = any_text(parts);
		member->is_learner = fuzz_byte(parts->input) & 1;
	}
	return n;
}

static void append(struct answer_parts *parts, const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);

	fuzz_check(buf_reserve(parts->ret, len + 1) == 0);
	protobuf_c_message_pack(message, parts->ret->data + parts->ret->len);
	parts->ret->len += len;
}

/* --- Answers ------------------------------------------------------------------------------ */

static void range_answer(struct answer_parts *parts)
{
	Etcd__RangeResponse response = ETCD__RANGE_RESPONSE__INIT;
	uint8_t flags = fuzz_byte(parts->input);

	response.header = any_header(parts);
	response.kvs = parts->kv_list;
	response.n_kvs = any_count(parts);
	for (size_t i = 0; i < response.n_kvs; i++)
		any_kv(parts, parts->kv_list[i] = &parts->kvs[i]);
	response.more = flags & 1;
	response.count =
		flags & 2 ? (int64_t)fuzz_number(parts->input, 2) : (int64_t)response.n_kvs;
	append(parts, &response.base);
}

static void watch_answer(struct answer_parts *parts)
{
	Etcd__WatchResponse response = ETCD__WATCH_RESPONSE__INIT;
	uint8_t flags = fuzz_byte(parts->input);

	response.header = any_header(parts);
	response.created = flags & 1;
	response.fragment = flags & 2;
	response.canceled = (flags & 0x0c) == 0x0c;
	response.compact_revision = flags & 0x10 ? any_revision(parts) : 0;
	response.cancel_reason = any_text(parts);
	response.events = parts->event_list;
	response.n_events = any_count(parts);
	for (size_t i = 0; i < response.n_events; i++) {
		Etcd__Event *event = parts->event_list[i] = &parts->events[i];
		uint8_t type = fuzz_byte(parts->input);

		etcd__event__init(event);
		event->type = type & 1;
		event->kv = type >= 0xf8 ? NULL : &parts->kvs[i];
		any_kv(parts, &parts->kvs[i]);
	}
	append(parts, &response.base);
}

static void txn_answer(struct answer_parts *parts)
{
	Etcd__SharedResponse response = ETCD__SHARED_RESPONSE__INIT;
	uint8_t flags = fuzz_byte(parts->input);

	response.header = any_header(parts);
	response.succeeded = flags & 1;
	response.responses = parts->response_list;
	response.n_responses = any_count(parts);
	for (size_t i = 0; i < response.n_responses; i++) {
		parts->response_list[i] = &parts->responses[i];
		etcd__shared_op_response__init(&parts->responses[i]);
		etcd__branch_response__init(&parts->branches[i]);
		parts->branches[i].succeeded = flags >> i & 1;
		parts->responses[i].txn = flags & 0x80 ? NULL : &parts->branches[i];
	}
	append(parts, &response.base);
}

static void lease_answer(struct answer_parts *parts)
{
	Etcd__LeaseResponse response = ETCD__LEASE_RESPONSE__INIT;
	bool is_odd = fuzz_byte(parts->input) & 1;

	response.header = any_header(parts);
	response.ttl = is_odd ? (int64_t)fuzz_number(parts->input, 8) : 10;
	response.granted_ttl = 10;
	append(parts, &response.base);
}

static void status_answer(struct answer_parts *parts)
{
	Etcd__StatusResponse response = ETCD__STATUS_RESPONSE__INIT;
	char *errors[] = {any_text(parts), any_text(parts)};

	response.header = any_header(parts);
	response.version = any_text(parts);
	response.db_size = (int64_t)fuzz_number(parts->input, 8);
	response.db_size_in_use = (int64_t)fuzz_number(parts->input, 8);
	response.leader = fuzz_byte(parts->input) % 3;
	response.raft_term = fuzz_byte(parts->input);
	response.is_learner = fuzz_byte(parts->input) & 1;
	response.errors = errors;
	response.n_errors = fuzz_byte(parts->input) % 3;
	append(parts, &response.base);
}

static void members_answer(struct answer_parts *parts)
{
	Etcd__MembersResponse response = ETCD__MEMBERS_RESPONSE__INIT;

	response.header = any_header(parts);
	response.n_members = any_members(parts);
	response.members = parts->member_list;
	append(parts, &response.base);
}

static void snapshot_answer(struct answer_parts *parts)
{
	Etcd__SnapshotResponse response = ETCD__SNAPSHOT_RESPONSE__INIT;

	response.header = any_header(parts);
	response.remaining_bytes = fuzz_number(parts->input, 8);
	response.blob = any_value(parts);
	append(parts, &response.base);
}

static void done_answer(struct answer_parts *parts)
{
	Etcd__DoneResponse response = ETCD__DONE_RESPONSE__INIT;

	response.header = any_header(parts);
	append(parts, &response.base);
}

void lies_answer(const char *url, int64_t revision, struct bytes *input, struct buf *ret)
{
	static const struct {
		const char *name;
		void (*answer)(struct answer_parts *parts);
	} methods[] = {{"/Range", range_answer}, {"/Watch", watch_answer}, {"/Txn", txn_answer},
		{"/LeaseGrant", lease_answer}, {"/LeaseKeepAlive", lease_answer},
		{"/LeaseTimeToLive", lease_answer}, {"/Status", status_answer},
		{"/MemberList", members_answer}, {"/Snapshot", snapshot_answer}, {"", done_answer}};
	struct answer_parts parts = {.revision = revision, .input = input, .ret = ret};
	const char *name = strrchr(url, '/');
	size_t i = 0;

	while (*methods[i].name && strcmp(name ? name : "", methods[i].name) != 0)
		i++;
	methods[i].answer(&parts);
}
