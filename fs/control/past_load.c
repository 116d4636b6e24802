/*
 * A load reads the keys of a directory, with their values, at one revision. All who look at the
 * same one meanwhile wait for the same load. Such a read may take longer than the mount's timeout.
 * So the deadline of who waits begins anew with each piece that comes; when the last of them has
 * given up, the load ends as well. A page that is too large for the connection is asked for again,
 * smaller, while there still is time for its answer (TRIES).
 *
 *   reading the value     of the key that is the directory's own name: its "%value"
 *   reading the list      all that is below it
 *   waiting               to begin anew: another member has answered, or it has not got that far
 */
#include "fs/control/past.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#define RETRY_MS 100
#define TRIES 2 /* of a page, within the timeout */

struct past_load {
	struct past *past;
	int64_t revision;
	struct mirror_range range;
	struct past_tree *tree; /* being made */
	struct mirror_list *list;
	struct op_list ops;
	uint64_t call;
	struct timer retry;
	bool again; /* what comes is of another history */
	int error;
	TAILQ_ENTRY(past_load) entry;
};

static void load_clear(struct past_load *load)
{
	mirror_list_free(STEAL(load->list));
	past_tree_unref(STEAL(load->tree));
	load->again = false;
	load->error = 0;
}

static void load_free(struct past_load *load)
{
	TAILQ_REMOVE(&load->past->loads, load, entry);
	loop_timer_clear(load->past->loop, &load->retry);
	load_clear(load);
	mirror_range_fini(&load->range);
	free(load);
}

/* Ends the load: all who wait look at its tree, or get @error. */
static void load_end(struct past_load *load, int error)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&load->ops)))
		op_resume(op, error);
	load_free(load);
	malloc_trim(0); /* the pages of a list were large, and are gone */
}

/* --- What has come ------------------------------------------------------------------------- */

/* The directory at @path. 0, or -ENOENT: it was none. */
static int find_root(struct mirror *mirror, const char *path, uint64_t *ret)
{
	struct mirror_info info = {.id = ROOT_ID, .is_dir = true};
	char name[256];
	int r = 0;

	while (r == 0 && *path) {
		size_t len = strcspn(path, "/");

		memcpy(name, path, len);
		name[len] = '\0';
		path += len + (path[len] == '/');
		r = mirror_lookup(mirror, info.id, name, 0, &info);
	}
	*ret = info.id;
	return r == 0 && info.is_dir ? 0 : -ENOENT;
}

static int load_finish(struct past_load *load)
{
	struct past_tree *tree = load->tree;
	bool forked;
	int r = mirror_replace(tree->mirror, load->revision, load->list, &forked);

	if (r == 0)
		r = find_root(tree->mirror, (char *)tree->path.data, &tree->root);
	if (r == 0)
		past_add(load->past, tree);
	return r;
}

/* Somebody may have begun to wait after the last one had given up. */
static bool is_worth_another_try(int error)
{
	return error == -ESTALE || error == -EINVAL || error == -ECANCELED;
}

static void load_ended(struct past_load *load, int error)
{
	if (load->past->ending)
		load_end(load, -ENOTCONN);
	else if (TAILQ_EMPTY(&load->ops))
		load_free(load);
	else if (load->again || is_worth_another_try(error))
		loop_timer_set(load->past->loop, &load->retry, RETRY_MS);
	else
		load_end(load, error == ETCD_E_COMPACTED ? -ENOENT : error);
}

static void load_take(struct past_load *load, const struct etcd_reply *reply)
{
	struct past *past = load->past;
	struct mirror_memory memory;
	struct op *op;
	int r = mirror_list_add(load->list, load->revision, reply->kvs, reply->n_kvs);

	if (r < 0)
		load->error = r;
	mirror_memory(load->tree->mirror, &memory);
	past_make_room(past, memory.n_bytes);
	TAILQ_FOREACH (op, &load->ops, entry)
		op_extend(op);
}

static void list_page(void *arg, int error, const struct etcd_reply *reply)
{
	struct past_load *load = arg;

	(void)error;
	if (load->error == 0)
		load_take(load, reply);
	if (load->error || load->again || TAILQ_EMPTY(&load->ops))
		etcd_cancel(load->past->etcd, load->call);
}

static void list_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct past_load *load = arg;

	(void)reply;
	if (load->error)
		error = load->error;
	if (error == 0 && !load->again)
		error = load_finish(load);
	load_ended(load, error);
}

/* --- The questions ------------------------------------------------------------------------- */

static int load_prepare(struct past_load *load)
{
	struct past *past = load->past;
	struct past_tree *tree;
	int r;

	load_clear(load);
	tree = load->tree = calloc(1, sizeof(*tree));
	if (!tree)
		return -ENOMEM;
	tree->refs = 1;
	tree->past = past;
	tree->revision = load->revision;
	r = buf_append_bytes(&tree->path, buf_bytes(&load->range.path));
	if (r == 0)
		r = buf_append_byte(&tree->path, 0);
	if (r == 0)
		r = mirror_new(past->config->prefix, &tree->mirror);
	if (r < 0)
		return r;
	mirror_date_like(tree->mirror, past->mirror);
	r = mirror_list_new(tree->mirror, &load->list);
	if (r == 0)
		mirror_list_limit(load->list, PAST_VALUES_MAX);
	return r;
}

static int load_ask_list(struct past_load *load)
{
	struct past *past = load->past;

	return etcd_list_at(past->etcd, load->revision, buf_bytes(&load->range.first),
		buf_bytes(&load->range.end), past->config->timeout_ms / TRIES, list_page, list_done,
		load, &load->call);
}

static void value_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct past_load *load = arg;

	if (error == 0 && !load->past->ending && !load->again) {
		load_take(load, reply);
		error = load->error ? load->error : load_ask_list(load);
		if (error == 0)
			return;
	}
	load_ended(load, error);
}

/* The key whose name the directory has; empty: it can have none. */
static struct bytes value_key(const struct past_load *load)
{
	struct bytes key = buf_bytes(&load->range.first);

	if (key.len <= load->past->config->prefix.len || key.data[key.len - 1] != '/')
		return (struct bytes){0};
	key.len--;
	return key;
}

static int load_ask_value(struct past_load *load, struct bytes key)
{
	const struct etcd_range range = {
		.key = key,
		.revision = load->revision,
		.serializable = true,
	};

	return etcd_range(load->past->etcd, &range, load->past->config->timeout_ms, value_answered,
		load, &load->call);
}

static void load_begin(struct past_load *load)
{
	struct bytes key = value_key(load);
	int r = load_prepare(load);

	if (r == 0)
		r = key.len ? load_ask_value(load, key) : load_ask_list(load);
	if (r < 0)
		load_ended(load, r);
}

static void load_retry(void *arg)
{
	struct past_load *load = arg;

	if (TAILQ_EMPTY(&load->ops))
		load_free(load);
	else
		load_begin(load);
}

/* --- Those who wait ------------------------------------------------------------------------ */

static struct past_load *load_new(struct past *past, struct mirror_range *range, int64_t revision)
{
	struct past_load *load = calloc(1, sizeof(*load));

	if (!load)
		return NULL;
	load->past = past;
	load->revision = revision;
	load->range = *range;
	*range = (struct mirror_range){0};
	load->retry = (struct timer){.run = load_retry, .arg = load};
	TAILQ_INIT(&load->ops);
	TAILQ_INSERT_TAIL(&past->loads, load, entry);
	return load;
}

static struct past_load *load_of(
	struct past *past, const struct mirror_range *range, int64_t revision)
{
	struct past_load *load;

	TAILQ_FOREACH (load, &past->loads, entry)
		if (load->revision == revision && !load->error &&
			bytes_equal(buf_bytes(&load->range.path), buf_bytes(&range->path)))
			return load;
	return NULL;
}

void past_load_join(struct past *past, struct op *op, struct mirror_range *range, op_fn *next)
{
	struct past_load *load = load_of(past, range, op->past_revision);
	bool is_new = !load;

	if (is_new)
		load = load_new(past, range, op->past_revision);
	if (!load) {
		op_reply(op, -ENOMEM);
		return;
	}
	op_then(op, next, load);
	op_wait(op, &load->ops, NULL);
	if (is_new)
		load_begin(load);
}

struct past_tree *past_load_tree(const struct past_load *load)
{
	return load->tree;
}

/* --- Another history; the end -------------------------------------------------------------- */

void past_load_again(struct past *past)
{
	struct past_load *load;

	TAILQ_FOREACH (load, &past->loads, entry)
		load->again = true;
}

void past_end(struct past *past)
{
	struct past_load *load, *next;

	past->ending = true;
	for (load = TAILQ_FIRST(&past->loads); load; load = next) {
		next = TAILQ_NEXT(load, entry);
		if (load->retry.is_set)
			load_end(load, -ENOTCONN);
		else
			etcd_cancel(past->etcd, load->call);
	}
}
