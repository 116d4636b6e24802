/* Mirrors, lists and events for the tests of a mirror. */
#pragma once

#include "fs/mirror/mirror.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static inline struct mirror *mirror_make(void)
{
	struct mirror *mirror;

	assert_int_equal(mirror_new(bytes_of("p/"), &mirror), 0);
	return mirror;
}

static inline struct etcd_event put_event(const char *key, const char *value, int64_t revision)
{
	return (struct etcd_event){
		.type = ETCD_EVENT_PUT,
		.kv = {bytes_of(key), bytes_of(value), revision, revision, 1, 0},
	};
}

static inline struct etcd_event delete_event(const char *key, int64_t revision)
{
	return (struct etcd_event){
		.type = ETCD_EVENT_DELETE,
		.kv = {.key = bytes_of(key), .mod_revision = revision},
	};
}

static inline void list_at(
	struct mirror *mirror, int64_t revision, const struct etcd_kv *kvs, size_t n)
{
	struct mirror_list *list;
	bool forked;

	assert_int_equal(mirror_list_new(mirror, &list), 0);
	assert_int_equal(mirror_list_add(list, revision, kvs, n), 0);
	assert_int_equal(mirror_replace(mirror, revision, list, &forked), 0);
	mirror_list_free(list);
}

static inline uint64_t id_of(struct mirror *mirror, uint64_t dir, const char *name)
{
	struct mirror_info info;

	return mirror_lookup(mirror, dir, name, 0, &info) == 0 ? info.id : 0;
}
