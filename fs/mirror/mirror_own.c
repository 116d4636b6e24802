/*
 * etcdfs' own keys, which begin with the mount's prefix and ".etcd/". They are no files, so they
 * are not in the tree but in a table by name. Only the feed's thread changes it: between the pieces
 * of a comparison with a list the entries stay where they are.
 */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

struct own_entry {
	RB_ENTRY(own_entry) by_name;
	struct value *value;
	struct meta *meta; /* "meta/...": what the value says; NULL: it cannot be read */
	struct bytes name;
	uint64_t listed; /* the number of the last list that had this key */
	uint8_t text[];	 /* the name */
};

static int own_compare(struct own_entry *a, struct own_entry *b)
{
	return bytes_compare(a->name, b->name);
}

RB_GENERATE_INTERNAL(own_entries, own_entry, by_name, own_compare, __attribute__((unused)) static)

bool own_name(const struct mirror *mirror, struct bytes key, struct bytes *ret)
{
	struct bytes rest = bytes_slice(key, mirror->prefix.len, key.len);

	if (!bytes_has_prefix(key, buf_bytes(&mirror->prefix)) || !key_is_own(rest))
		return false;
	*ret = bytes_slice(rest, strlen(KEY_OWN_PREFIX), rest.len);
	return true;
}

int mirror_own_key(const struct mirror *mirror, struct bytes name, struct buf *ret)
{
	size_t len = ret->len;
	int r = buf_append_bytes(ret, buf_bytes(&mirror->prefix));

	if (r == 0)
		r = buf_append_bytes(ret, BYTES_LITERAL(KEY_OWN_PREFIX));
	if (r == 0)
		r = buf_append_bytes(ret, name);
	if (r < 0)
		ret->len = len;
	return r;
}

/* --- Entries --- */

static struct own_key entry_key(const struct own_entry *entry)
{
	return (struct own_key){
		.name = entry->name,
		.value = value_bytes(entry->value),
		.create_revision = entry->value->create_revision,
		.mod_revision = entry->value->mod_revision,
		.lease = value_lease(entry->value),
	};
}

static void own_tell(struct own_keys *own, const struct own_entry *entry, bool there)
{
	struct own_key key = entry_key(entry);

	if (own->listener)
		own->listener(own->listener_arg, &key, there);
}

static struct own_entry *own_find(struct own_keys *own, struct bytes name)
{
	struct own_entry wanted = {.name = name};

	return RB_FIND(own_entries, &own->entries, &wanted);
}

static struct own_entry *entry_new(struct own_keys *own, struct bytes name)
{
	struct own_entry *entry = calloc(1, sizeof(*entry) + name.len);

	if (!entry)
		return NULL;
	if (name.len)
		memcpy(entry->text, name.data, name.len);
	entry->name = (struct bytes){entry->text, name.len};
	RB_INSERT(own_entries, &own->entries, entry);
	own->n++;
	own->n_bytes += block_bytes(entry);
	return entry;
}

static void entry_set_meta(struct own_keys *own, struct own_entry *entry)
{
	struct bytes key;
	struct meta *meta = NULL;

	if (entry->value && !own->ignores_meta && meta_name(entry->name, &key))
		meta = mirror_meta_parse(key, entry->value);
	own->n_metas += !!meta - !!entry->meta;
	own->had_metas |= meta != NULL;
	own->n_bytes += meta_bytes(meta) - meta_bytes(entry->meta);
	meta_free(entry->meta);
	entry->meta = meta;
}

static void entry_set_value(struct own_keys *own, struct own_entry *entry, struct value *value)
{
	struct value *old = entry->value;

	own->n_bytes += block_bytes(value) - block_bytes(old);
	own->n_value_bytes += (value ? value->len : 0) - (old ? old->len : 0);
	entry->value = value ? value_ref(value) : NULL;
	value_unref(old);
	entry_set_meta(own, entry);
}

static void entry_free(struct own_keys *own, struct own_entry *entry)
{
	RB_REMOVE(own_entries, &own->entries, entry);
	entry_set_value(own, entry, NULL);
	own->n--;
	own->n_bytes -= block_bytes(entry);
	free(entry);
}

void own_fini(struct own_keys *own)
{
	struct own_entry *entry;

	while ((entry = RB_ROOT(&own->entries)))
		entry_free(own, entry);
}

/* --- Changes --- */

int own_put_locked(struct mirror *mirror, struct bytes name, struct value *value)
{
	struct own_keys *own = &mirror->own;
	struct own_entry *entry = own_find(own, name);
	struct bytes key;

	if (!entry)
		entry = entry_new(own, name);
	if (!entry)
		return -ENOMEM;
	entry_set_value(own, entry, value);
	own_tell(own, entry, true);
	if (entry->meta && meta_name(name, &key))
		meta_changed_locked(mirror, key, value->mod_revision);
	return 0;
}

static void own_delete_locked(struct mirror *mirror, struct own_entry *entry) REQUIRES(mirror->lock)
{
	struct bytes key;

	if (!entry)
		return;
	own_tell(&mirror->own, entry, false);
	if (entry->meta && meta_name(entry->name, &key))
		meta_deleted_locked(mirror, key);
	entry_free(&mirror->own, entry);
}

static int event_apply_locked(struct mirror *mirror, const struct etcd_event *event,
	struct bytes name) REQUIRES(mirror->lock)
{
	CLEANUP(value_unref) struct value *value = NULL;

	if (event->type == ETCD_EVENT_DELETE) {
		own_delete_locked(mirror, own_find(&mirror->own, name));
		return 0;
	}
	value = value_new(&event->kv);
	return value ? own_put_locked(mirror, name, value) : -ENOMEM;
}

int own_apply_locked(struct mirror *mirror, const struct etcd_event *events, size_t n_events)
{
	struct bytes name;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_events; i++)
		if (own_name(mirror, events[i].kv.key, &name))
			r = event_apply_locked(mirror, &events[i], name);
	return r;
}

/* --- A new list --- */

const struct value *own_listed_locked(struct mirror *mirror, struct bytes name)
{
	struct own_entry *entry = own_find(&mirror->own, name);

	if (!entry)
		return NULL;
	entry->listed = mirror->lists;
	return entry->value;
}

int own_unlisted_locked(struct mirror *mirror, struct buf *ret)
{
	struct own_entry *entry;
	size_t n = 0;
	int r = 0;

	RB_FOREACH (entry, own_entries, &mirror->own.entries) {
		if (entry->listed != mirror->lists)
			r = buf_append(ret, &entry, sizeof(entry));
		if (r < 0)
			return r;
		if (++n % MIRROR_PIECE == 0)
			lock_pass(&mirror->lock);
	}
	return 0;
}

void own_drop_locked(struct mirror *mirror, const struct buf *unlisted)
{
	struct own_entry **entries = (struct own_entry **)unlisted->data;

	for (size_t i = 0; i < unlisted->len / sizeof(*entries); i++)
		own_delete_locked(mirror, entries[i]);
}

/* --- Kept metadata --- */

int64_t own_revision_locked(struct mirror *mirror, struct bytes name)
{
	const struct own_entry *entry = own_find(&mirror->own, name);

	return entry ? entry->value->mod_revision : 0;
}

const struct meta *own_meta_locked(struct mirror *mirror, struct bytes name)
{
	const struct own_entry *entry = own_find(&mirror->own, name);

	return entry ? entry->meta : NULL;
}

void own_metas_locked(struct mirror *mirror, own_meta_fn *fn, void *arg)
{
	struct own_entry *entry;
	struct bytes key;

	if (!mirror->own.n_metas)
		return;
	RB_FOREACH (entry, own_entries, &mirror->own.entries)
		if (entry->meta && meta_name(entry->name, &key) && !fn(arg, key, entry->meta))
			return;
}

/* --- Questions --- */

void mirror_own_walk_from(struct mirror *mirror, struct bytes name_prefix, struct bytes from,
	mirror_own_fn *fn, void *arg)
{
	bool later = bytes_compare(from, name_prefix) > 0;
	struct own_entry wanted = {.name = later ? from : name_prefix}, *entry;

	lock_take(&mirror->lock);
	entry = RB_NFIND(own_entries, &mirror->own.entries, &wanted);
	while (entry && bytes_has_prefix(entry->name, name_prefix)) {
		struct own_key key = entry_key(entry);
		if (!fn(arg, &key))
			break;
		entry = RB_NEXT(own_entries, &mirror->own.entries, entry);
	}
	lock_drop(&mirror->lock);
}

void mirror_own_walk(struct mirror *mirror, struct bytes name_prefix, mirror_own_fn *fn, void *arg)
{
	mirror_own_walk_from(mirror, name_prefix, name_prefix, fn, arg);
}

void mirror_own_listen(struct mirror *mirror, mirror_own_listener_fn *fn, void *arg)
{
	lock_take(&mirror->lock);
	mirror->own.listener = fn;
	mirror->own.listener_arg = arg;
	lock_drop(&mirror->lock);
}
