/*
 * A rename is one transaction (mutation.h), of a file as of a directory: each key is compared with
 * the revision that was read, and put under its new name with its value and lease.
 *
 * While a directory is renamed, others may change what is in it. A changed value, and a key that is
 * gone (which must not come back under the new name), are found by the compare of that key; a new
 * key is found by one compare over all keys: none was put after the revision that was read. Then
 * the mutation prepares again.
 *
 * What does not fit into one transaction is EXDEV, so that mv(1) copies. etcd says what fits; a
 * rename is refused without asking only if it is over every limit.
 */
#include "fs/file/publish.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"
#include "fs/request/txn_dir.h"
#include "fs/request/txn_meta.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the two names. */
struct side {
	uint64_t dir;
	const char *name;
	struct mirror_info info;
	bool there;
	struct buf key;
	struct buf first, end;	   /* the keys below `key` are in [first, end) */
	struct mirror_files files; /* the keys that get another name */
};

static void side_cleanup(struct side *side)
{
	buf_fini(&side->key);
	buf_fini(&side->first);
	buf_fini(&side->end);
	mirror_files_fini(&side->files);
}

static bool side_is_dir(const struct side *side)
{
	return side->there && side->info.is_dir;
}

static bool side_is_value(const struct side *side)
{
	return strcmp(side->name, KEY_VALUE_NAME) == 0;
}

static int side_find_key(struct op *op, struct side *side)
{
	int r = mirror_child_key(op_fs(op)->mirror, side->dir, side->name, &side->key);

	/* A directory that is only a part of a long name (tree_long_name.c) has no key. */
	if (r == -EINVAL && side->there)
		return -EXDEV;
	if (r == 0)
		r = buf_append_bytes(&side->first, buf_bytes(&side->key));
	if (r == 0)
		r = buf_append_byte(&side->first, '/');
	return r < 0 ? r : etcd_prefix_end(buf_bytes(&side->first), &side->end);
}

static int side_find(struct op *op, struct side *side)
{
	int r = mirror_lookup(op_fs(op)->mirror, side->dir, side->name, 0, &side->info);

	side->there = r == 0;
	return r < 0 && r != -ENOENT ? r : side_find_key(op, side);
}

static int side_find_files(struct op *op, struct side *side, const struct side *other)
{
	int r = mirror_files(op_fs(op)->mirror, side->info.id, other->dir, other->name,
		op_fs(op)->config->max_value, &side->files);

	/* It contains only directories of this mount's own, so etcd has no key of it. */
	return r == 0 && !side->files.n_files ? -EXDEV : r;
}

/* Whether @key is among the present keys, or (@to) among the new ones. */
static bool side_has_key(const struct side *side, struct bytes key, bool to)
{
	for (size_t i = 0; i < side->files.n_files; i++) {
		const struct mirror_file *file = &side->files.files[i];
		if (bytes_equal(buf_bytes(to ? &file->to : &file->from), key))
			return true;
	}
	return false;
}

/* --- What is refused --- */

static int rename_check_target(struct op *op, const struct side *from, const struct side *to)
{
	if (!to->there)
		return 0;
	if (op->rename_flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (from->info.is_dir != to->info.is_dir)
		return to->info.is_dir ? -EISDIR : -ENOTDIR;
	return to->info.is_dir ? mirror_is_empty(op_fs(op)->mirror, to->info.id) : 0;
}

/* Whether a directory would get a place where none can be: inside itself, or that of a value. */
static bool side_cannot_be(const struct side *side, const struct side *at)
{
	return side_is_dir(side) && (side_is_value(at) || bytes_has_prefix(buf_bytes(&at->key),
								  buf_bytes(&side->first)));
}

/* Whether an empty file would become the marker of its directory, which is not shown. */
static bool side_would_hide(const struct side *side, const struct side *at)
{
	return !side->info.is_dir && side->files.n_files && !side->files.files[0].value->len &&
	       strcmp(at->name, KEY_EMPTY_NAME) == 0;
}

static int rename_check(struct op *op, const struct side *from, const struct side *to)
{
	bool exchange = op->rename_flags & RENAME_EXCHANGE;

	if (!from->there || (exchange && !to->there))
		return -ENOENT;
	if (bytes_equal(buf_bytes(&from->key), buf_bytes(&to->key)))
		return MUTATION_NOTHING;
	if (side_cannot_be(from, to) || (exchange && side_cannot_be(to, from)))
		return -EINVAL;
	if (!to->there && txn_beside_marker(op, to->dir, to->name) < 0)
		return -EINVAL;
	return exchange ? 0 : rename_check_target(op, from, to);
}

/* --- What is compared and put --- */

static int change_rename_files(struct op *op, struct txn *txn, const struct side *side)
{
	for (size_t i = 0; i < side->files.n_files; i++) {
		const struct mirror_file *file = &side->files.files[i];
		txn_expect(txn, buf_bytes(&file->from), ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL,
			file->value->mod_revision);
		txn_put(txn, buf_bytes(&file->to), value_bytes(file->value),
			value_lease(file->value));
	}
	if (!side->info.is_dir)
		return txn_meta_move(op, txn, &side->files);
	txn_expect_older(txn, buf_bytes(&side->first), buf_bytes(&side->end), side->files.revision);
	return txn_meta_move_dir(
		op, txn, &side->files, buf_bytes(&side->first), buf_bytes(&side->end));
}

static void rename_announce(
	struct op *op, struct txn *txn, const struct side *from, const struct side *to)
{
	struct mirror_move move = {
		.from = txn_copy(txn, buf_bytes(&from->key)),
		.to = txn_copy(txn, buf_bytes(&to->key)),
		.is_dir = from->info.is_dir,
		.to_is_dir = side_is_dir(to),
		.exchange = op->rename_flags & RENAME_EXCHANGE,
	};

	if (txn_error(txn) < 0)
		return;
	move.put = txn->ops[0].key;
	mutation_move(op, &move);
}

/* --- To a name that is free, or of a node that is replaced --- */

static int move_expect_target(
	struct op *op, struct txn *txn, const struct side *from, const struct side *to)
{
	CLEANUP(buf) struct buf first = {0};
	int r = buf_append_bytes(&first, buf_bytes(&to->first));

	if (r == 0 && side_is_dir(to))
		r = buf_append_byte(&first, 0); /* after the marker */
	if (r < 0)
		return r;
	if (!to->there || to->info.is_dir)
		txn_expect_none(txn, buf_bytes(&to->key));
	if (!side_is_value(to) && txn_may_be_dir(op, buf_bytes(&to->key)))
		txn_expect_none_between(txn, buf_bytes(&first), buf_bytes(&to->end));
	/* A directory without a marker replaces one that has a marker. */
	if (side_is_dir(to) && !side_has_key(from, buf_bytes(&to->first), true))
		txn_delete(txn, buf_bytes(&to->first));
	if (to->there)
		mutation_dooms(op, to->info.id);
	return 0;
}

static int move_parents(struct op *op, struct txn *txn, const struct side *from, bool has_value)
{
	CLEANUP(buf) struct buf after = {0};
	struct bytes key = buf_bytes(&from->key);
	struct gap gaps[2];
	size_t n = 0;
	int r = 0;

	/* A directory's own value is shown in it, but is not one of the keys below it. */
	if (op->new_id == op->id && strcmp(op->new_name, KEY_VALUE_NAME) != 0)
		return 0;
	if (op->new_id != op->id)
		r = txn_in_dir(op, txn, op->new_id);
	if (r == 0)
		r = buf_append_bytes(&after, key);
	if (r == 0)
		r = buf_append_byte(&after, 0);
	if (r < 0)
		return r;
	if (has_value)
		gaps[n++] = (struct gap){key, buf_bytes(&after)};
	if (from->info.is_dir)
		gaps[n++] = (struct gap){buf_bytes(&from->first), buf_bytes(&from->end)};
	return txn_from_dir(op, txn, op->id, op->name, gaps, n);
}

static int move_change(struct op *op, struct txn *txn, struct side *from, struct side *to)
{
	int r = side_find_files(op, from, to);
	bool has_value;

	if (r == 0 && side_would_hide(from, to))
		r = -EINVAL;
	if (r < 0)
		return r;
	has_value = side_has_key(from, buf_bytes(&from->key), false);
	r = change_rename_files(op, txn, from);
	if (r == 0)
		r = txn_meta_leave(op, txn, &from->files);
	if (r < 0)
		return r;
	if (has_value)
		txn_delete(txn, buf_bytes(&from->key));
	if (from->info.is_dir)
		txn_delete_between(txn, buf_bytes(&from->first), buf_bytes(&from->end));
	r = move_expect_target(op, txn, from, to);
	if (r == 0)
		r = move_parents(op, txn, from, has_value);
	/* Its key is that of the marker which its directory needs now. */
	if (r == 0 && has_value && !txn_deletes(txn, buf_bytes(&from->key)))
		r = -EXDEV;
	return r;
}

/* --- RENAME_EXCHANGE --- */

static int key_compare(const void *a, const void *b)
{
	return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* Deletes the keys of @side that are not in @kept. */
static void exchange_delete(
	struct txn *txn, const struct side *side, const struct bytes *kept, size_t n_kept)
{
	for (size_t i = 0; i < side->files.n_files; i++) {
		struct bytes key = buf_bytes(&side->files.files[i].from);
		if (!bsearch(&key, kept, n_kept, sizeof(*kept), key_compare))
			txn_delete(txn, key);
	}
}

/* Requires that a file is no directory, and that a directory without a value has none. */
static void exchange_expect(struct op *op, struct txn *txn, const struct side *side)
{
	if (side->info.is_dir && !side_has_key(side, buf_bytes(&side->key), false))
		txn_expect_none(txn, buf_bytes(&side->key));
	if (!side->info.is_dir && !side_is_value(side))
		txn_expect_file(op, txn, buf_bytes(&side->key));
}

static int exchange_change(struct op *op, struct txn *txn, struct side *from, struct side *to)
{
	CLEANUP(free) struct bytes *kept = NULL;
	struct side *sides[] = {from, to};
	size_t n = 0;
	int r = side_find_files(op, from, to);

	if (r == 0)
		r = side_find_files(op, to, from);
	if (r == 0 && (side_would_hide(from, to) || side_would_hide(to, from)))
		r = -EINVAL;
	if (r == 0)
		kept = calloc(from->files.n_files + to->files.n_files, sizeof(*kept));
	if (r < 0 || !kept)
		return r < 0 ? r : -ENOMEM;
	for (size_t i = 0; i < 2 && r == 0; i++) {
		r = change_rename_files(op, txn, sides[i]);
		exchange_expect(op, txn, sides[i]);
		for (size_t k = 0; k < sides[i]->files.n_files; k++)
			kept[n++] = buf_bytes(&sides[i]->files.files[k].to);
	}
	qsort(kept, n, sizeof(*kept), key_compare);
	exchange_delete(txn, from, kept, n);
	exchange_delete(txn, to, kept, n);
	for (size_t i = 0; i < 2 && r == 0; i++)
		r = txn_meta_leave(op, txn, &sides[i]->files);
	return r;
}

/* --- rename --- */

static int rename_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(side) struct side from = {.dir = op->id, .name = op->name};
	CLEANUP(side) struct side to = {.dir = op->new_id, .name = op->new_name};
	int r = side_find(op, &from);

	if (r == 0)
		r = side_find(op, &to);
	if (r == 0)
		r = rename_check(op, &from, &to);
	if (r == 0 && (op->rename_flags & RENAME_EXCHANGE))
		r = exchange_change(op, txn, &from, &to);
	else if (r == 0)
		r = move_change(op, txn, &from, &to);
	if (r == 0)
		rename_announce(op, txn, &from, &to);
	return r;
}

/* The mirror does not report a move of this mount, because the kernel has done it. Unless the
 * kernel was told that the rename failed, or that its outcome is unknown: then the names are
 * invalidated. */
static void rename_done(struct op *op, int error)
{
	struct invalidate *invalidate = &op_fs(op)->invalidate;

	/* etcd has done it, but the mirror does not show it in time: treated as another's
	 * change. */
	if (!error && mirror_revision(op_fs(op)->mirror) < op->revision) {
		echo_disown(&op_fs(op)->echo, op->revision);
		error = ETCD_E_UNKNOWN;
	}
	invalidate_add(invalidate, op->id, NULL);
	invalidate_add(invalidate, op->new_id, NULL);
	if (op->given_up || error == ETCD_E_UNKNOWN) {
		invalidate_add(invalidate, op->id, op->name);
		invalidate_add(invalidate, op->new_id, op->new_name);
	}
	op_reply(op, error == -EFBIG ? -EXDEV : error);
}

static bool side_is_draft(struct op *op, uint64_t dir, const char *name, uint64_t *ret)
{
	struct mirror_info info;

	if (mirror_lookup(op_fs(op)->mirror, dir, name, 0, &info) < 0 || !info.draft)
		return false;
	*ret = info.id;
	return true;
}

/* What has no key yet is given one first, since a transaction can rename only that. */
static void rename_start(struct op *op, int error)
{
	bool exchange = op->rename_flags & RENAME_EXCHANGE;
	uint64_t id;

	if (error)
		op_reply(op, error);
	else if (side_is_draft(op, op->id, op->name, &id) ||
		 (exchange && side_is_draft(op, op->new_id, op->new_name, &id)))
		publish_make(&op_fs(op)->publisher, op, id, rename_start);
	else
		mutation_run(&op_fs(op)->mutations, op, rename_prepare, rename_done);
}

void ops_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t new_dir,
	const char *new_name, unsigned flags)
{
	struct op *op;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (ops_refuse_change(req, new_dir, new_name))
		return;
	op = ops_name_op(req, dir, name);
	if (!op || !op_set_new_name(op, new_name))
		return;
	op->new_id = new_dir;
	op->rename_flags = flags;
	op_start(op, rename_start);
}
