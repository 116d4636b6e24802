#include "tests/lib/bare_mount.h"

#include "fs/ops/ops.h"
#include "fs/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MAX_CALLS 600
#define MAX_KEYS 24

struct fs bare;

static struct fs_config config;
static int64_t now_ms;

/* --- The clock ---------------------------------------------------------------------------- */

int64_t __wrap_clock_now_ms(void);
int64_t __wrap_clock_now_us(void);

int64_t __wrap_clock_now_ms(void)
{
	return now_ms;
}

int64_t __wrap_clock_now_us(void)
{
	return now_ms * 1000;
}

static void nothing_run(void *arg)
{
	(void)arg;
}

void bare_run(void)
{
	static struct task task = {.run = nothing_run};

	/* A task may post another. */
	for (int i = 0; i < 5; i++) {
		loop_post(&bare.loop, &task);
		assert_int_equal(loop_turn(&bare.loop), 0);
	}
}

void bare_wait(int64_t ms)
{
	now_ms += ms;
	bare_run();
}

/* --- etcd --------------------------------------------------------------------------------- */

struct key {
	char key[48];
	char *value; /* NULL: none */
	struct etcd_kv kv;
};

static struct key keys[MAX_KEYS];
static int64_t revision;

struct call {
	struct etcd_txn txn; /* its compares and operations belong to who waits for the answer */
	const struct etcd_txn *branches; /* likewise, in place of it; or NULL */
	size_t n_branches;
	etcd_reply_fn *fn;
	void *arg;
};

static struct call txns[MAX_CALLS], questions[MAX_CALLS];
static size_t n_txns, n_questions;

static struct key *key_of(struct bytes name)
{
	size_t i = 0;

	while (i < MAX_KEYS - 1 && keys[i].key[0] && !bytes_equal(bytes_of(keys[i].key), name))
		i++;
	if (!keys[i].key[0])
		memcpy(keys[i].key, name.data, name.len);
	return &keys[i];
}

static bool holds_of(const struct etcd_compare *compare, const struct key *key)
{
	int64_t number = compare->target == ETCD_COMPARE_MOD ? key->kv.mod_revision
							     : key->kv.create_revision;

	switch (compare->result) {
	case ETCD_COMPARE_EQUAL:
		return number == compare->number;
	case ETCD_COMPARE_GREATER:
		return number > compare->number;
	default:
		return number < compare->number;
	}
}

/* Of a range it must hold for all keys that are there. */
static bool holds(const struct etcd_compare *compare)
{
	struct bytes end = compare->range_end;

	if (!end.len)
		return holds_of(compare, key_of(compare->key));
	for (size_t i = 0; i < MAX_KEYS; i++)
		if (keys[i].value && bytes_compare(bytes_of(keys[i].key), compare->key) >= 0 &&
			bytes_compare(bytes_of(keys[i].key), end) < 0 &&
			!holds_of(compare, &keys[i]))
			return false;
	return true;
}

static struct etcd_event change(const struct etcd_op *op)
{
	struct key *key = key_of(op->key);
	struct etcd_event event = {.type = ETCD_EVENT_DELETE};

	free(key->value);
	key->value = NULL;
	if (op->type == ETCD_OP_PUT) {
		event.type = ETCD_EVENT_PUT;
		key->value = calloc(1, op->value.len + 1);
		assert_non_null(key->value);
		memcpy(key->value, op->value.data, op->value.len);
		key->kv.value = (struct bytes){(uint8_t *)key->value, op->value.len};
		if (!key->kv.create_revision)
			key->kv.create_revision = revision;
		key->kv.version++;
		key->kv.lease = op->lease;
	} else {
		key->kv = (struct etcd_kv){0};
	}
	key->kv.key = bytes_of(key->key);
	key->kv.mod_revision = revision;
	event.kv = key->kv;
	if (!key->value)
		key->kv.mod_revision = 0;
	return event;
}

/* One revision. */
static void show(const struct etcd_event *events, size_t n_events)
{
	assert_int_equal(mirror_apply(bare.mirror, revision, events, n_events), 0);
	barrier_advance(&bare.barrier);
}

static void apply_all(const struct etcd_op *ops, size_t n)
{
	struct etcd_event events[MAX_KEYS];

	assert_true(n <= MAX_KEYS);
	revision++;
	for (size_t i = 0; i < n; i++)
		events[i] = change(&ops[i]);
	show(events, n);
}

static void apply(const struct etcd_op *op)
{
	apply_all(op, 1);
}

void bare_put_own(const char *name, const char *value, int64_t lease)
{
	const struct etcd_op op = {.type = ETCD_OP_PUT,
		.key = bytes_of(name),
		.value = bytes_of(value),
		.lease = lease};

	apply(&op);
}

uint64_t bare_put(const char *name, const char *value)
{
	struct mirror_info info;

	bare_put_own(name, value, 0);
	assert_int_equal(mirror_lookup(bare.mirror, ROOT_ID, name, 1, &info), 0);
	return info.id;
}

void bare_delete(const char *name)
{
	const struct etcd_op op = {.type = ETCD_OP_DELETE, .key = bytes_of(name)};

	apply(&op);
}

const char *bare_value(const char *name)
{
	return key_of(bytes_of(name))->value;
}

int64_t bare_revision(void)
{
	return revision;
}

size_t bare_n_txns(void)
{
	return n_txns;
}

static void call_add(struct call *calls, size_t *n, struct call call)
{
	assert_true(*n < MAX_CALLS);
	calls[(*n)++] = call;
}

static struct call call_take(struct call *calls, size_t *n)
{
	struct call call = calls[0];

	assert_true(*n > 0);
	memmove(calls, calls + 1, --*n * sizeof(*calls));
	return call;
}

int __wrap_etcd_txn(struct etcd *etcd, const struct etcd_txn *txn, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

int __wrap_etcd_txn(struct etcd *etcd, const struct etcd_txn *txn, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	(void)etcd, (void)timeout_ms, (void)ret_id;
	call_add(txns, &n_txns, (struct call){.txn = *txn, .fn = fn, .arg = arg});
	return 0;
}

int __wrap_etcd_txns(struct etcd *etcd, const struct etcd_txn *txns, size_t n, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

int __wrap_etcd_txns(struct etcd *etcd, const struct etcd_txn *txns_in_one, size_t n,
	int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	(void)etcd, (void)timeout_ms, (void)ret_id;
	assert_true(n <= MAX_KEYS);
	call_add(txns, &n_txns,
		(struct call){.branches = txns_in_one, .n_branches = n, .fn = fn, .arg = arg});
	return 0;
}

size_t bare_n_shared(void)
{
	assert_true(n_txns > 0);
	return txns[0].n_branches;
}

/* There is one connection at a time, and it stands. */
static uint64_t connection;

uint64_t __wrap_etcd_connection(const struct etcd *etcd);

uint64_t __wrap_etcd_connection(const struct etcd *etcd)
{
	return connection;
}

void bare_reconnect(void)
{
	connection++;
}

int __wrap_etcd_revision(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);

int __wrap_etcd_revision(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	(void)etcd, (void)timeout_ms;
	call_add(questions, &n_questions, (struct call){.fn = fn, .arg = arg});
	return 0;
}

static void answer_with(struct call call, int error, struct etcd_reply reply)
{
	reply.message = "";
	if (!error)
		reply.header = (struct etcd_header){.revision = revision, .connection = connection};
	call.fn(call.arg, error, &reply);
	bare_run();
}

static void answer(struct call call, int error, bool succeeded)
{
	answer_with(call, error, (struct etcd_reply){.succeeded = succeeded});
}

size_t bare_n_questions(void)
{
	return n_questions;
}

void bare_answer_revision(void)
{
	answer(call_take(questions, &n_questions), 0, true);
}

void bare_answer_revisions(void)
{
	while (n_questions)
		bare_answer_revision();
}

static bool all_hold(const struct etcd_txn *txn)
{
	bool all = true;

	for (size_t i = 0; i < txn->n_compares; i++)
		all &= holds(&txn->compares[i]);
	return all;
}

/* All are compared before any is done, as by etcd. */
static void answer_shared(struct call call)
{
	struct etcd_event events[MAX_KEYS];
	bool succeeded[MAX_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < call.n_branches; i++) {
		assert_int_equal(call.branches[i].n_success, 1);
		n += succeeded[i] = all_hold(&call.branches[i]);
	}
	revision += n > 0;
	n = 0;
	for (size_t i = 0; i < call.n_branches; i++)
		if (succeeded[i])
			events[n++] = change(&call.branches[i].success[0]);
	if (n)
		show(events, n);
	answer_with(call, 0,
		(struct etcd_reply){
			.succeeded = true, .branches = succeeded, .n_branches = call.n_branches});
}

void bare_answer_txn(void)
{
	struct call call = call_take(txns, &n_txns);
	bool succeeded;

	if (call.branches) {
		answer_shared(call);
		return;
	}
	succeeded = all_hold(&call.txn);
	if (succeeded)
		apply_all(call.txn.success, call.txn.n_success);
	answer(call, 0, succeeded);
}

void bare_refuse_txn(int error)
{
	answer(call_take(txns, &n_txns), error, false);
}

/* --- Its life ----------------------------------------------------------------------------- */

void bare_start(int timeout_ms)
{
	struct mirror_list *list;
	bool forked;

	config = (struct fs_config){.timeout_ms = timeout_ms, .max_value = 1000};
	bare = (struct fs){.config = &config, .end_fd = -1};
	revision = connection = 1;
	n_txns = n_questions = 0;
	assert_int_equal(loop_init(&bare.loop), 0);
	assert_int_equal(mirror_new((struct bytes){0}, &bare.mirror), 0);
	assert_int_equal(mirror_list_new(bare.mirror, &list), 0);
	assert_int_equal(mirror_replace(bare.mirror, revision, list, &forked), 0);
	mirror_list_free(list);
	parts_init(&bare);
	bare.supervisor.led = true;
	bare.feed.told = true;
	bare.feed.proven = connection;
}

void bare_start_leased(int timeout_ms, int64_t lease)
{
	bare_start(timeout_ms);
	bare.lease.is_held = true;
	bare.lease.id = lease;
}

void bare_end(void)
{
	assert_int_equal(n_txns, 0);
	assert_int_equal(n_questions, 0);
	bare_run();
	assert_int_equal(bare.requests.n_ops, 0);
	parts_fini(&bare);
	mirror_free(bare.mirror);
	loop_fini(&bare.loop);
	for (size_t i = 0; i < MAX_KEYS; i++)
		free(keys[i].value);
	memset(keys, 0, sizeof(keys));
}

/* --- Open files --------------------------------------------------------------------------- */

struct handle *bare_open(uint64_t node, int flags)
{
	struct fuse_file_info file = {.flags = flags};
	struct bare_req req = {0};

	ops_key_open(bare_fuse(&req), node, &file);
	bare_run();
	bare_answer_revisions();
	assert_int_equal(req.replies, 1);
	assert_int_equal(req.error, 0);
	return (struct handle *)(uintptr_t)req.fh;
}

static struct fuse_file_info file_of(struct handle *handle, int flags)
{
	return (struct fuse_file_info){.fh = (uintptr_t)handle, .flags = flags, .lock_owner = 1};
}

void bare_write(struct handle *handle, int flags, const char *text)
{
	struct fuse_file_info file = file_of(handle, flags);
	struct bare_req req = {0};

	ops_key_write(bare_fuse(&req), handle->id, text, strlen(text), 0, &file);
	assert_int_equal(req.replies, 1);
	assert_int_equal(req.error, 0);
}

void bare_post_flush(struct handle *handle, struct bare_req *req)
{
	struct fuse_file_info file = file_of(handle, 0);

	ops_key_flush(bare_fuse(req), handle->id, &file);
}

void bare_flush(struct handle *handle, struct bare_req *req)
{
	bare_post_flush(handle, req);
	bare_run();
}

void bare_release(struct handle *handle)
{
	struct fuse_file_info file = file_of(handle, 0);
	struct bare_req req = {0};

	ops_key_release(bare_fuse(&req), handle->id, &file);
	assert_int_equal(req.replies, 1);
}
