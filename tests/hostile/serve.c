#include "tests/hostile/serve.h"

#include "fs/etcd/frame.h"

#include <string.h>

enum { MEMBER = 1, TERM = 2, TTL_S = 10 };

void serve_frame(struct buf *ret, struct bytes message)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_header_write(header, (uint32_t)message.len);
	if (buf_append(ret, header, sizeof(header)) < 0 || buf_append_bytes(ret, message) < 0)
		abort();
}

static void append(struct buf *ret, const ProtobufCMessage *message)
{
	CLEANUP(buf) struct buf bytes = {0};

	if (buf_resize(&bytes, protobuf_c_message_get_packed_size(message)) < 0)
		abort();
	protobuf_c_message_pack(message, bytes.data);
	serve_frame(ret, buf_bytes(&bytes));
}

static Etcd__Header *header_of(const struct serving *serving)
{
	static Etcd__Header header;

	etcd__header__init(&header);
	header.cluster_id = serving->cluster_id;
	header.member_id = MEMBER;
	header.raft_term = TERM;
	header.revision = serving->store.revision;
	return &header;
}

static void refuse(struct reply *reply, int code, const char *words)
{
	reply->code = code;
	reply->words = words;
}

static void *unpack(const ProtobufCMessageDescriptor *type, struct bytes message)
{
	return protobuf_c_message_unpack(type, NULL, message.len, message.data);
}

static void release(void *message)
{
	if (message)
		protobuf_c_message_free_unpacked(message, NULL);
}

/* --- Keys --------------------------------------------------------------------------------- */

static void range(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__RangeRequest *request = unpack(&etcd__range_request__descriptor, message);
	Etcd__RangeResponse response = ETCD__RANGE_RESPONSE__INIT;
	struct store past = {0};

	if (!request || request->revision > serving->store.revision) {
		refuse(ret, 11, "etcdserver: mvcc: required revision is a future revision");
		release(request);
		return;
	}
	response.header = header_of(serving);
	if (request->revision > 0 && request->revision < serving->store.revision)
		store_at(&serving->store, request->revision, &past);
	store_range(past.revision ? &past : &serving->store, request, &response);
	append(&ret->frames, &response.base);
	store_range_end(&response);
	store_fini(&past);
	release(request);
}

static bool is_shared(const Etcd__TxnRequest *request)
{
	return request->n_success && request->success[0]->op_case == ETCD__REQUEST_OP__OP__NOT_SET;
}

static void one_txn(struct serving *serving, const Etcd__TxnRequest *request, struct reply *ret)
{
	Etcd__TxnResponse response = ETCD__TXN_RESPONSE__INIT;

	response.succeeded = store_holds(&serving->store, request);
	if (response.succeeded)
		store_do(&serving->store, request, serving->store.revision);
	response.header = header_of(serving);
	append(&ret->frames, &response.base);
}

/* All are compared before any is done. */
static void many_txns(
	struct serving *serving, const Etcd__SharedRequest *request, struct reply *ret)
{
	Etcd__SharedResponse response = ETCD__SHARED_RESPONSE__INIT;
	Etcd__SharedOpResponse *ops = calloc(request->n_success + 1, sizeof(*ops));
	Etcd__BranchResponse *branches = calloc(request->n_success + 1, sizeof(*branches));
	int64_t before = serving->store.revision;
	Etcd__SharedOpResponse **list = calloc(request->n_success + 1, sizeof(*list));

	if (!ops || !branches || !list)
		abort();
	for (size_t i = 0; i < request->n_success; i++) {
		etcd__shared_op_response__init(&ops[i]);
		etcd__branch_response__init(&branches[i]);
		branches[i].succeeded = request->success[i]->txn &&
					store_holds(&serving->store, request->success[i]->txn);
		ops[i].txn = &branches[i];
		list[i] = &ops[i];
	}
	for (size_t i = 0; i < request->n_success; i++)
		if (branches[i].succeeded)
			store_do(&serving->store, request->success[i]->txn, before);
	response.header = header_of(serving);
	response.succeeded = true;
	response.responses = list;
	response.n_responses = request->n_success;
	append(&ret->frames, &response.base);
	free(ops);
	free(branches);
	free(list);
}

static void txn(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__TxnRequest *one = unpack(&etcd__txn_request__descriptor, message);
	Etcd__SharedRequest *many = unpack(&etcd__shared_request__descriptor, message);

	if (one && many && is_shared(one))
		many_txns(serving, many, ret);
	else if (one)
		one_txn(serving, one, ret);
	release(one);
	release(many);
}

/* --- Watches ------------------------------------------------------------------------------ */

static struct watcher *watcher_new(
	const struct serving *serving, const Etcd__WatchCreateRequest *create)
{
	size_t key_len = create->key.len, end_len = create->range_end.len;
	struct watcher *watcher = calloc(1, sizeof(*watcher) + key_len + end_len);

	if (!watcher)
		abort();
	watcher->key = (ProtobufCBinaryData){key_len, watcher->text};
	watcher->range_end = (ProtobufCBinaryData){end_len, watcher->text + key_len};
	if (key_len)
		memcpy(watcher->key.data, create->key.data, key_len);
	if (end_len)
		memcpy(watcher->range_end.data, create->range_end.data, end_len);
	watcher->next =
		create->start_revision > 0 ? create->start_revision : serving->store.revision + 1;
	if (create->n_filters) /* the client's anchor, which is to show nothing */
		watcher->next = INT64_MAX;
	return watcher;
}

static void watch(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__WatchRequest *request = unpack(&etcd__watch_request__descriptor, message);
	Etcd__WatchResponse response = ETCD__WATCH_RESPONSE__INIT;

	if (request && request->request_case == ETCD__WATCH_REQUEST__REQUEST_CREATE) {
		ret->watcher = watcher_new(serving, request->create);
		response.header = header_of(serving);
		response.created = true;
		append(&ret->frames, &response.base);
		serve_watch(serving, ret->watcher, &ret->frames);
	}
	release(request);
}

static size_t events_gather(const struct serving *serving, const struct watcher *watcher,
	Etcd__Event *events, Etcd__KeyValue *kvs, Etcd__Event **list)
{
	const struct store *store = &serving->store;
	size_t n = 0;

	for (size_t i = 0; i < store->n_history; i++) {
		const struct store_change *change = &store->history[i];

		if (change->key.mod_revision < watcher->next ||
			!store_is_in(buf_bytes(&change->key.key), watcher->key, watcher->range_end))
			continue;
		etcd__event__init(&events[n]);
		store_show(&change->key, &kvs[n]);
		events[n].type = change->is_delete;
		events[n].kv = &kvs[n];
		list[n] = &events[n];
		n++;
	}
	return n;
}

bool serve_watch(const struct serving *serving, struct watcher *watcher, struct buf *ret)
{
	size_t room = serving->store.n_history + 1;
	Etcd__WatchResponse response = ETCD__WATCH_RESPONSE__INIT;
	Etcd__Event *events, **list;
	Etcd__KeyValue *kvs;

	if (watcher->next > serving->store.revision)
		return false;
	events = calloc(room, sizeof(*events));
	list = calloc(room, sizeof(*list));
	kvs = calloc(room, sizeof(*kvs));
	if (!events || !list || !kvs)
		abort();
	response.header = header_of(serving);
	response.events = list;
	response.n_events = events_gather(serving, watcher, events, kvs, list);
	if (response.n_events)
		append(ret, &response.base);
	watcher->next = serving->store.revision + 1;
	free(events);
	free(list);
	free(kvs);
	return response.n_events > 0;
}

/* --- The rest ----------------------------------------------------------------------------- */

static void done(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__DoneResponse response = ETCD__DONE_RESPONSE__INIT;

	(void)message;
	response.header = header_of(serving);
	append(&ret->frames, &response.base);
}

static void lease_grant(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__LeaseGrantRequest *request = unpack(&etcd__lease_grant_request__descriptor, message);
	Etcd__LeaseGrantResponse response = ETCD__LEASE_GRANT_RESPONSE__INIT;

	if (request && store_has_lease(&serving->store, request->id)) {
		refuse(ret, 9, "etcdserver: lease already exists");
	} else if (request) {
		store_grant(&serving->store, request->id);
		response.header = header_of(serving);
		response.ttl = request->ttl;
		append(&ret->frames, &response.base);
	}
	release(request);
}

static void lease_revoke(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__LeaseRequest *request = unpack(&etcd__lease_request__descriptor, message);

	if (!request || !store_has_lease(&serving->store, request->id)) {
		refuse(ret, 5, "etcdserver: requested lease not found");
	} else {
		store_revoke(&serving->store, request->id);
		done(serving, message, ret);
	}
	release(request);
}

static void lease_renew(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__LeaseRequest *request = unpack(&etcd__lease_request__descriptor, message);
	Etcd__LeaseResponse response = ETCD__LEASE_RESPONSE__INIT;

	response.header = header_of(serving);
	if (request && store_has_lease(&serving->store, request->id))
		response.ttl = response.granted_ttl = TTL_S;
	append(&ret->frames, &response.base);
	release(request);
}

static void status(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__StatusResponse response = ETCD__STATUS_RESPONSE__INIT;
	char version[] = "3.5.16";

	(void)message;
	response.header = header_of(serving);
	response.version = version;
	response.db_size = response.db_size_in_use = 20480;
	response.leader = MEMBER;
	response.raft_term = TERM;
	append(&ret->frames, &response.base);
}

static void members(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__MembersResponse response = ETCD__MEMBERS_RESPONSE__INIT;
	Etcd__Member member = ETCD__MEMBER__INIT, *list[] = {&member};
	char name[] = "m1";

	(void)message;
	member.id = MEMBER;
	member.name = name;
	response.header = header_of(serving);
	response.members = list;
	response.n_members = 1;
	append(&ret->frames, &response.base);
}

static void snapshot(struct serving *serving, struct bytes message, struct reply *ret)
{
	Etcd__SnapshotResponse response = ETCD__SNAPSHOT_RESPONSE__INIT;
	uint8_t blob[1000] = {0};

	(void)message;
	response.header = header_of(serving);
	response.blob = (ProtobufCBinaryData){sizeof(blob), blob};
	for (response.remaining_bytes = 3000; response.remaining_bytes;) {
		response.remaining_bytes -= sizeof(blob);
		append(&ret->frames, &response.base);
	}
	response.blob.len = 32; /* the checksum */
	append(&ret->frames, &response.base);
}

static void authenticate(struct serving *serving, struct bytes message, struct reply *ret)
{
	(void)serving, (void)message;
	refuse(ret, 9, "etcdserver: authentication is not enabled");
}

void serve(struct serving *serving, const char *path, struct bytes message, struct reply *ret)
{
	static const struct {
		const char *name;
		void (*serve)(struct serving *serving, struct bytes message, struct reply *ret);
	} methods[] = {{"/Range", range}, {"/Txn", txn}, {"/Watch", watch},
		{"/LeaseGrant", lease_grant}, {"/LeaseRevoke", lease_revoke},
		{"/LeaseKeepAlive", lease_renew}, {"/LeaseTimeToLive", lease_renew},
		{"/Status", status}, {"/MemberList", members}, {"/Snapshot", snapshot},
		{"/Compact", done}, {"/Defragment", done}, {"/Alarm", done},
		{"/Authenticate", authenticate}};
	const char *name = strrchr(path, '/');

	*ret = (struct reply){.words = ""};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (!name || strcmp(name, methods[i].name) != 0)
			continue;
		methods[i].serve(serving, message, ret);
		return;
	}
	refuse(ret, 12, "unknown method");
}
