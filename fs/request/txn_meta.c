#include "fs/request/txn_meta.h"

#include "fs/request/mutation.h"
#include "fs/request/txn_dir.h"

#include <errno.h>

static struct mirror *mirror_of(const struct op *op)
{
	return op->mutation->common->mirror;
}

static bool is_kept(const struct op *op)
{
	return op->mutation->common->config->metadata;
}

/* --- Made and deleted with a key --- */

static int meta_put(struct txn *txn, struct bytes meta_key, const struct meta *meta, int64_t lease)
{
	CLEANUP(buf) struct buf text = {0};
	int r = meta_format(meta, &text);

	if (r == 0)
		txn_put_taken(txn, meta_key, &text, lease);
	return r;
}

int txn_meta_put(
	struct op *op, struct txn *txn, struct bytes key, const struct meta *meta, int64_t lease)
{
	CLEANUP(buf) struct buf meta_key = {0};
	int r;

	if (!is_kept(op))
		return 0;
	r = mirror_meta_key(mirror_of(op), key, &meta_key);
	if (r < 0)
		return r;
	if (!meta_says_nothing(meta))
		return meta_put(txn, buf_bytes(&meta_key), meta, lease);
	if (mirror_meta_revision(mirror_of(op), key))
		txn_delete(txn, buf_bytes(&meta_key));
	return 0;
}

int txn_meta_make(struct op *op, struct txn *txn, struct bytes key)
{
	struct meta meta = {.kind = op->kind};

	meta_change_apply(&op->keeps, &meta);
	return txn_meta_put(op, txn, key, &meta, op->lease);
}

int txn_meta_drop(struct op *op, struct txn *txn, struct bytes key)
{
	return txn_meta_put(op, txn, key, NULL, 0);
}

/* --- Changed --- */

static int expect_keeper(struct op *op, struct txn *txn, uint64_t id, const struct mirror_meta *now)
{
	struct bytes keeper = buf_bytes(&now->keeper);

	if (now->is_root)
		return 0;
	if (now->create_revision || !now->is_dir) {
		txn_expect(
			txn, keeper, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL, now->create_revision);
		return 0;
	}
	txn_expect_none(txn, keeper);
	txn_put(txn, keeper, (struct bytes){0}, 0);
	return txn_in_dir(op, txn, id);
}

int txn_meta_change(struct op *op, struct txn *txn, uint64_t id, const struct mirror_meta *now,
	const struct meta *wanted)
{
	struct bytes key = buf_bytes(&now->key);
	int r = expect_keeper(op, txn, id, now);

	txn_expect(txn, key, ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, now->mod_revision);
	if (r < 0)
		return r;
	if (!meta_says_nothing(wanted))
		return meta_put(txn, key, wanted, now->lease);
	if (now->mod_revision)
		txn_delete(txn, key);
	return 0;
}

/* --- Renamed --- */

static int file_move(struct op *op, struct txn *txn, const struct mirror_file *file)
{
	CLEANUP(buf) struct buf from = {0};
	CLEANUP(buf) struct buf to = {0};
	int r = mirror_meta_key(mirror_of(op), buf_bytes(&file->from), &from);

	if (r == 0)
		r = mirror_meta_key(mirror_of(op), buf_bytes(&file->to), &to);
	if (r < 0)
		return r;
	txn_expect(
		txn, buf_bytes(&from), ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, file->meta_revision);
	return meta_says_nothing(file->meta)
		       ? 0
		       : meta_put(txn, buf_bytes(&to), file->meta, value_lease(file->value));
}

int txn_meta_move(struct op *op, struct txn *txn, const struct mirror_files *files)
{
	int r = 0;

	if (!is_kept(op))
		return 0;
	for (size_t i = 0; i < files->n_files && r == 0; i++)
		if (files->n_files == 1 || files->files[i].meta_revision)
			r = file_move(op, txn, &files->files[i]);
	return r;
}

int txn_meta_move_dir(struct op *op, struct txn *txn, const struct mirror_files *files,
	struct bytes first, struct bytes end)
{
	CLEANUP(buf) struct buf meta_first = {0};
	CLEANUP(buf) struct buf meta_end = {0};
	int r = mirror_meta_key(mirror_of(op), first, &meta_first);

	if (r == 0)
		r = mirror_meta_key(mirror_of(op), end, &meta_end);
	if (r < 0 || !is_kept(op))
		return r;
	txn_expect_older(txn, buf_bytes(&meta_first), buf_bytes(&meta_end), files->revision);
	return txn_meta_move(op, txn, files);
}

static int leave(struct op *op, struct txn *txn, struct bytes key, int64_t revision)
{
	CLEANUP(buf) struct buf meta_key = {0};
	int r = revision ? mirror_meta_key(mirror_of(op), key, &meta_key) : 0;

	if (r == 0 && revision && !txn_changes(txn, buf_bytes(&meta_key)))
		txn_delete(txn, buf_bytes(&meta_key));
	return r;
}

int txn_meta_leave(struct op *op, struct txn *txn, const struct mirror_files *files)
{
	int r = 0;

	if (!is_kept(op))
		return 0;
	for (size_t i = 0; i < files->n_files && r == 0; i++) {
		struct bytes to = buf_bytes(&files->files[i].to);
		r = leave(op, txn, buf_bytes(&files->files[i].from), files->files[i].meta_revision);
		if (r == 0)
			r = leave(op, txn, to, mirror_meta_revision(mirror_of(op), to));
	}
	return r;
}
