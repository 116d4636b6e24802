#include "fs/request/history.h"

#include <string.h>

/* FNV-1a, but for words, and with the bits of each step spread. Equal digests do not happen by
 * chance; nothing prevents them from being made on purpose. */
static uint64_t digest_number(uint64_t digest, int64_t number)
{
	digest = (digest ^ (uint64_t)number) * 0x9e3779b97f4a7c15;
	return digest ^ digest >> 32;
}

static uint64_t digest_bytes(uint64_t digest, struct bytes bytes)
{
	int64_t word;

	digest = digest_number(digest, (int64_t)bytes.len);
	for (size_t at = 0; at < bytes.len; at += sizeof(word)) {
		size_t left = bytes.len - at;
		word = 0;
		memcpy(&word, bytes.data + at, left < sizeof(word) ? left : sizeof(word));
		digest = digest_number(digest, word);
	}
	return digest;
}

static uint64_t events_digest(const struct etcd_event *events, size_t n_events)
{
	uint64_t digest = 0xcbf29ce484222325;

	for (size_t i = 0; i < n_events; i++) {
		const struct etcd_kv *kv = &events[i].kv;
		digest = digest_number(digest, events[i].type);
		digest = digest_bytes(digest, kv->key);
		digest = digest_bytes(digest, kv->value);
		digest = digest_number(digest, kv->create_revision);
		digest = digest_number(digest, kv->version);
		digest = digest_number(digest, kv->lease);
	}
	return digest;
}

static const struct history_entry *entry(const struct history *history, uint64_t n)
{
	return &history->entries[n % HISTORY_LENGTH];
}

void history_add(struct history *history, const struct etcd_event *events, size_t n_events)
{
	history->entries[history->n_added % HISTORY_LENGTH] = (struct history_entry){
		events[0].kv.mod_revision, events_digest(events, n_events)};
	history->n_met = ++history->n_added;
}

/* The number of the first entry whose revision is not before @from. */
static uint64_t find(const struct history *history, int64_t from)
{
	uint64_t n = history->n_added;

	while (n && n + HISTORY_LENGTH > history->n_added &&
		entry(history, n - 1)->revision >= from)
		n--;
	return n;
}

int64_t history_first(const struct history *history, int64_t from)
{
	uint64_t n = find(history, from);

	return n < history->n_added ? entry(history, n)->revision : 0;
}

int64_t history_last(const struct history *history)
{
	return history->n_added ? entry(history, history->n_added - 1)->revision : 0;
}

void history_begin(struct history *history, int64_t from)
{
	history->n_met = find(history, from);
	history->begin = history_first(history, from);
}

bool history_is_met(const struct history *history)
{
	return history->n_met == history->n_added;
}

bool history_meets(struct history *history, const struct etcd_event *events, size_t n_events)
{
	const struct history_entry *next = entry(history, history->n_met);

	if (events[0].kv.mod_revision < history->begin)
		return true;
	if (history_is_met(history) || next->revision != events[0].kv.mod_revision ||
		next->digest != events_digest(events, n_events))
		return false;
	history->n_met++;
	return true;
}
