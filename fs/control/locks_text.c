/*
 * All is told from the keys of the locks alone, so it is the same on each mount. Between mounts a
 * file is locked whole, so a lock is held when no earlier one of its queue excludes it: the shared
 * ones before the first exclusive one, or the first one if that is exclusive. Which ranges of a
 * file the locks of one mount are about, the keys do not say, but whether the locks of its own
 * mount let a lock be held (`beside`).
 *
 * There may be any number of keys, put by anybody. They are copied in pieces that end where a queue
 * ends, and the mirror's lock is dropped between two pieces.
 */
#include "fs/control/locks_text.h"

#include "fs/control/json_line.h"
#include "fs/lock/lock_name.h"
#include "fs/mirror/mirror_own.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 256
#define VALUE_MAX 4096 /* lock_value_parse() reads no longer one */

struct entry {
	struct buf name, value;
	int64_t create_revision;
};

/* Some queues, whole. */
struct piece {
	struct entry *entries;
	size_t n, capacity;
	struct buf next; /* the name that the next piece begins with; empty: there is none */
	int error;
};

static void piece_clear(struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++) {
		buf_fini(&piece->entries[i].name);
		buf_fini(&piece->entries[i].value);
	}
	piece->n = 0;
}

static void piece_cleanup(struct piece *piece)
{
	piece_clear(piece);
	free(piece->entries);
	buf_fini(&piece->next);
}

static struct bytes queue_of(const struct entry *entry)
{
	return lock_queue_of(buf_bytes(&entry->name));
}

static int piece_add(struct piece *piece, const struct own_key *key)
{
	size_t capacity = piece->capacity ? 2 * piece->capacity : PIECE;
	struct entry *entries;
	int r;

	if (piece->n == piece->capacity) {
		entries = reallocarray(piece->entries, capacity, sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		piece->entries = entries;
		piece->capacity = capacity;
	}
	entries = &piece->entries[piece->n++];
	*entries = (struct entry){.create_revision = key->create_revision};
	r = buf_append_bytes(&entries->name, key->name);
	if (r == 0 && key->value.len <= VALUE_MAX)
		r = buf_append_bytes(&entries->value, key->value);
	return r;
}

static bool piece_take(void *arg, const struct own_key *key)
{
	struct bytes queue = lock_queue_of(key->name);
	struct piece *piece = arg;

	if (!queue.len)
		return true; /* the name of no lock */
	if (piece->n >= PIECE && !bytes_equal(queue, queue_of(&piece->entries[piece->n - 1])))
		piece->error = buf_append_bytes(&piece->next, key->name);
	else
		piece->error = piece_add(piece, key);
	return piece->error == 0 && !piece->next.len;
}

/* --- Lines --------------------------------------------------------------------------------- */

/* What the lines are about. */
struct report {
	struct bytes prefix;
	struct mirror *mirror;
	struct mirror_range range;
	struct buf *text;
};

/* Appends the path of what @key locks, from the mount's root on. A key that ends in a slash is a
 * directory's, and the empty one the root's. 0, -ENOMEM, or -ENOENT: it is no file of the mount. */
static int locked_path(const struct report *report, struct bytes key, struct buf *ret)
{
	struct bytes dir = BYTES_LITERAL("/" KEY_EMPTY_NAME), file = BYTES_LITERAL(".etcd/lock");
	struct bytes rest = bytes_slice(key, report->prefix.len, key.len);
	size_t start = ret->len;
	int r;

	if (!key.len)
		return buf_append_bytes(ret, file);
	if (!bytes_has_prefix(key, report->prefix) || key_is_own(rest))
		return -ENOENT;
	r = key_to_path(rest, ret);
	if (r < 0 || ret->len - start <= dir.len || rest.data[rest.len - 1] != '/' ||
		memcmp(ret->data + ret->len - dir.len, dir.data, dir.len) != 0)
		return r;
	ret->len -= dir.len - 1;
	return buf_append_bytes(ret, file);
}

static int add_holder(struct cJSON *line, const struct lock_holder *holder)
{
	int r = json_line_text(line, "mode", holder->shared ? "shared" : "exclusive");

	if (r == 0 && *holder->host)
		r = json_line_text(line, "node", holder->host);
	if (r == 0 && holder->pid)
		r = json_line_number(line, "pid", holder->pid);
	if (r == 0 && *holder->command)
		r = json_line_text(line, "command", holder->command);
	return r;
}

static int line_add(const struct report *report, const struct entry *entry, struct bytes file,
	const struct lock_holder *holder, bool held)
{
	CLEANUP(json_line_free) struct cJSON *line = json_line_new();
	CLEANUP(buf) struct buf key = {0};
	int r = line ? json_line_bytes(line, "file", file) : -ENOMEM;

	if (r == 0)
		r = json_line_text(line, "state", held ? "held" : "waiting");
	if (r == 0)
		r = add_holder(line, holder);
	if (r == 0)
		r = json_line_number(line, "revision", entry->create_revision);
	if (r == 0)
		r = mirror_own_key(report->mirror, buf_bytes(&entry->name), &key);
	if (r == 0)
		r = json_line_bytes(line, "key", buf_bytes(&key));
	if (r == 0)
		r = json_line_append(line, report->text);
	return r == 0 && report->text->len > LOCKS_TEXT_MAX ? -EFBIG : r;
}

/* Whose the locks are that come before the present one. */
struct before {
	bool any, several;
	int64_t lease; /* of the first, for `any`; 0: of no mount of ours */
};

static void before_add(struct before *before, int64_t lease)
{
	if (!before->any)
		before->lease = lease;
	before->any = true;
	before->several |= lease != before->lease;
}

/* Whether these exclude the one on @lease. */
static bool before_exclude(const struct before *before, int64_t lease, bool beside)
{
	if (!beside || !lease)
		return before->any;
	return before->several || (before->any && before->lease != lease);
}

static int queue_add(
	const struct report *report, const struct entry *entries, size_t n, struct bytes file)
{
	struct before all = {0}, exclusive = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct lock_holder holder;
		uint64_t number;
		int64_t lease;

		lock_name_parse(buf_bytes(&entries[i].name), &lease, &number);
		lock_value_parse(buf_bytes(&entries[i].value), &holder);
		r = line_add(report, &entries[i], file, &holder,
			!before_exclude(holder.shared ? &exclusive : &all, lease, holder.beside));
		before_add(&all, lease);
		if (!holder.shared)
			before_add(&exclusive, lease);
	}
	return r;
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->create_revision != y->create_revision)
		return x->create_revision < y->create_revision ? -1 : 1;
	return bytes_compare(buf_bytes(&x->name), buf_bytes(&y->name));
}

/* Adds the lines of the queue of @n @entries, if what it locks is below the directory. */
static int queue_render(const struct report *report, struct entry *entries, size_t n)
{
	CLEANUP(buf) struct buf key = {0}, path = {0};
	struct bytes dir = buf_bytes(&report->range.path);
	int r = lock_queue_key(buf_bytes(&entries[0].name), &key);

	if (r == 0)
		r = locked_path(report, buf_bytes(&key), &path);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!bytes_has_prefix(buf_bytes(&path), dir))
		return 0;
	qsort(entries, n, sizeof(*entries), entry_compare);
	return queue_add(report, entries, n, bytes_slice(buf_bytes(&path), dir.len, path.len));
}

static int piece_render(const struct report *report, struct piece *piece)
{
	int r = piece->error;

	for (size_t i = 0, n; r == 0 && i < piece->n; i += n) {
		for (n = 1; i + n < piece->n; n++)
			if (!bytes_equal(
				    queue_of(&piece->entries[i + n]), queue_of(&piece->entries[i])))
				break;
		r = queue_render(report, piece->entries + i, n);
	}
	return r;
}

/* --- All ----------------------------------------------------------------------------------- */

/* Adds the locks whose names begin with @name. */
static int walk_render(const struct report *report, struct bytes name)
{
	CLEANUP(piece) struct piece piece = {0};
	CLEANUP(buf) struct buf from = {0};
	int r;

	do {
		buf_fini(&from);
		from = piece.next;
		piece.next = (struct buf){0};
		piece_clear(&piece);
		mirror_own_walk_from(report->mirror, name, buf_bytes(&from), piece_take, &piece);
		r = piece_render(report, &piece);
	} while (r == 0 && piece.next.len);
	return r;
}

/* The name that the locks of all keys begin with which begin with @key. */
static int names_of(struct bytes key, struct buf *ret)
{
	int r = lock_queue_name(key, ret);

	ret->len -= r == 0;
	return r;
}

static int report_render(const struct report *report)
{
	bool is_root = !report->range.path.len;
	CLEANUP(buf) struct buf root = {0}, names = {0};
	int r = names_of(is_root ? report->prefix : buf_bytes(&report->range.first), &names);

	if (r == 0 && is_root && report->prefix.len)
		r = lock_queue_name((struct bytes){0}, &root);
	if (r == 0 && root.len)
		r = walk_render(report, buf_bytes(&root));
	return r < 0 ? r : walk_render(report, buf_bytes(&names));
}

int locks_text(struct mirror *mirror, struct bytes prefix, uint64_t dir, struct buf *ret)
{
	struct report report = {.prefix = prefix, .mirror = mirror, .text = ret};
	int r = mirror_range(mirror, dir, &report.range);

	if (r < 0)
		return r;
	r = report_render(&report);
	mirror_range_fini(&report.range);
	return r;
}

int locks_text_name(const struct mirror *mirror, struct bytes key, struct buf *ret)
{
	CLEANUP(buf) struct buf name = {0};
	int r = names_of(key, &name);

	return r < 0 ? r : mirror_own_key(mirror, buf_bytes(&name), ret);
}
