#include "fs/lock/ephemeral.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/lock/lease_ask.h"
#include "fs/request/txn_dir.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void close_start(struct ephemeral *ephemeral);

/* --- The transaction that deletes it ------------------------------------------------------ */

/* A file that nobody is known to have made: not one that another open file has. */
static bool is_nobodys(const struct ephemeral *ephemeral, const struct value *value)
{
	const struct ephemeral *other;

	if (value_lease(value) != ephemeral->lease)
		return false;
	TAILQ_FOREACH (other, &ephemeral->all->list, entry)
		if (other->create_revision == value->create_revision)
			return false;
	return true;
}

/* A rename of this mount makes another key of it, on the same lease. */
static bool is_the_file(const struct ephemeral *ephemeral, const struct value *value)
{
	if (!ephemeral->create_revision)
		return is_nobodys(ephemeral, value);
	return value->create_revision == ephemeral->create_revision ||
	       value_lease(value) == ephemeral->lease;
}

static uint64_t node_of(const struct ephemeral *ephemeral)
{
	struct mirror_info info;

	if (ephemeral->id)
		return ephemeral->id;
	return mirror_lookup(ephemeral->all->mirror, ephemeral->dir, ephemeral->name, 0, &info) == 0
		       ? info.id
		       : 0;
}

/* Its directory and its name there become those of the op. */
static int place_of(struct op *op, uint64_t dir, struct bytes key)
{
	CLEANUP(buf) struct buf path = {0};
	struct bytes prefix = op->requests->config->prefix;
	const char *slash;
	int r = key_to_path((struct bytes){key.data + prefix.len, key.len - prefix.len}, &path);

	if (r == 0)
		r = buf_append_byte(&path, 0);
	if (r < 0)
		return r;
	slash = strrchr((const char *)path.data, '/');
	op->id = dir;
	snprintf(op->name, sizeof(op->name), "%s", slash ? slash + 1 : (const char *)path.data);
	return 0;
}

/* 0 and the key; MUTATION_NOTHING: the file is gone, or is another's. */
static int find(struct op *op, struct mirror_info *ret_info, struct buf *ret_key, int64_t *ret)
{
	CLEANUP(value_unref) struct value *value = NULL;
	const struct ephemeral *ephemeral = op->ephemeral;
	struct mirror *mirror = ephemeral->all->mirror;
	uint64_t id = node_of(ephemeral);

	if (!id || mirror_info(mirror, id, ret_info) < 0 || ret_info->dead ||
		mirror_value(mirror, id, &value) < 0 || !is_the_file(ephemeral, value))
		return MUTATION_NOTHING;
	*ret = value->create_revision;
	return mirror_key(mirror, id, ret_key);
}

static int close_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	struct mirror_info info;
	int64_t create_revision;
	int r = find(op, &info, &key, &create_revision);

	if (r == 0 && !info.is_value)
		r = place_of(op, info.dir, buf_bytes(&key));
	if (r)
		return r;
	op->mutation->unheard = true;
	mutation_dooms(op, info.id);
	txn_expect(txn, buf_bytes(&key), ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL, create_revision);
	txn_delete(txn, buf_bytes(&key));
	if (info.is_value)
		return txn_in_dir(op, txn, info.dir);
	return txn_key_from_dir(op, txn, op->id, op->name, buf_bytes(&key));
}

/* --- Its end ------------------------------------------------------------------------------ */

static bool may_be_tried_again(int error)
{
	return error > 0 || error == -ETIMEDOUT || error == -EAGAIN || error == -ENOMEM ||
	       error == -EIO;
}

static void close_later(struct ephemeral *ephemeral)
{
	loop_timer_set(ephemeral->all->requests->loop, &ephemeral->again,
		backoff_next_ms(&ephemeral->backoff, backoff_chance()));
}

static void close_done(struct op *op, int error)
{
	struct ephemeral *ephemeral = op->ephemeral;

	if (may_be_tried_again(error) || clock_now_ms() < ephemeral->until_ms) {
		close_later(ephemeral);
	} else {
		if (error)
			log_error("file '%s' has lost its process, and stays until the lease of "
				  "this mount ends: %s",
				ephemeral->name, strerror(op_errno(error)));
		ephemeral_drop(ephemeral);
	}
	op_reply(op, 0);
}

static void close_fresh(struct op *op, int error)
{
	struct ephemeral *ephemeral = op->ephemeral;

	if (error)
		close_done(op, error);
	else
		mutation_run(ephemeral->all->mutations, op, close_prepare, close_done);
}

/* One whose revision is known has been in the mirror. */
static void close_run(struct op *op, int error)
{
	(void)error;
	if (op->ephemeral->create_revision)
		close_fresh(op, 0);
	else
		barrier_join(op->ephemeral->all->mutations->barrier, op, close_fresh);
}

static void close_start(struct ephemeral *ephemeral)
{
	struct op *op;

	if (ephemeral->all->is_ending || lease_id(ephemeral->all->lease) != ephemeral->lease) {
		ephemeral_drop(ephemeral); /* it ends with its lease */
		return;
	}
	op = op_new(ephemeral->all->requests, NULL, ephemeral->id);
	if (!op) {
		close_later(ephemeral);
		return;
	}
	op->ephemeral = ephemeral;
	op_start(op, close_run);
}

static void on_again(void *arg)
{
	close_start(arg);
}

/* --- The interface ------------------------------------------------------------------------ */

struct ephemeral *ephemeral_new(
	struct ephemerals *all, int64_t lease, uint64_t dir, const char *name)
{
	struct ephemeral *ephemeral = calloc(1, sizeof(*ephemeral));

	if (!ephemeral)
		return NULL;
	ephemeral->all = all;
	ephemeral->lease = lease;
	ephemeral->dir = dir;
	snprintf(ephemeral->name, sizeof(ephemeral->name), "%s", name);
	ephemeral->again = (struct timer){.run = on_again, .arg = ephemeral};
	ephemeral->backoff = lease_backoff();
	TAILQ_INSERT_TAIL(&all->list, ephemeral, entry);
	return ephemeral;
}

void ephemeral_made(struct ephemeral *ephemeral, uint64_t id, int64_t create_revision)
{
	ephemeral->id = id;
	ephemeral->create_revision = create_revision;
}

void ephemeral_drop(struct ephemeral *ephemeral)
{
	if (!ephemeral)
		return;
	TAILQ_REMOVE(&ephemeral->all->list, ephemeral, entry);
	loop_timer_clear(ephemeral->all->requests->loop, &ephemeral->again);
	free(ephemeral);
}

/* What was sent may still happen while etcd has not given it up. */
void ephemeral_doubt(struct ephemeral *ephemeral)
{
	ephemeral->until_ms =
		clock_now_ms() + 2 * (int64_t)ephemeral->all->requests->config->timeout_ms;
	close_start(ephemeral);
}

void ephemeral_close(struct ephemeral *ephemeral)
{
	close_start(ephemeral);
}

void ephemerals_init(struct ephemerals *all)
{
	TAILQ_INIT(&all->list);
}

void ephemerals_end(struct ephemerals *all)
{
	all->is_ending = true;
}

void ephemerals_fini(struct ephemerals *all)
{
	struct ephemeral *ephemeral;

	while ((ephemeral = TAILQ_FIRST(&all->list)))
		ephemeral_drop(ephemeral);
}
