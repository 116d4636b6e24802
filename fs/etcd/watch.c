/*
 * Each watch has a stream of its own: one complete request, and answers until one side ends it.
 * etcd may cut an answer, with the events of up to a thousand revisions, into fragments. The events
 * of a revision are delivered when all have come: when the next revision has begun, or with the
 * last fragment. Every etcd that can fragment marks all fragments but the last.
 */
#include "fs/etcd/client.h"
#include "fs/etcd/frame.h"
#include "fs/etcd/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FRAGMENTS_MAX = 64 };

struct fragment {
	Etcd__WatchResponse *response;
	size_t n_bytes;
};

struct watch {
	struct request request;
	struct stream stream;
	struct etcd *etcd;
	struct etcd_watch_handler handler;
	void *arg;

	struct fragment *fragments; /* the fragments of one answer so far */
	size_t n_fragments, n_events;
	size_t n_bytes;	    /* of these, as they came */
	size_t n_delivered; /* how many of the first n_events were delivered */
	bool is_created;

	int error; /* 0 until etcd has cancelled the watch */
	int64_t compact_revision;
	char reason[256];
};

static void watch_clear_fragments(struct watch *watch)
{
	for (size_t i = 0; i < watch->n_fragments; i++)
		etcd__watch_response__free_unpacked(watch->fragments[i].response, NULL);
	free(watch->fragments);
	watch->fragments = NULL;
	watch->n_fragments = 0;
	watch->n_events = 0;
	watch->n_bytes = 0;
	watch->n_delivered = 0;
}

static void watch_free(struct watch *watch)
{
	watch_clear_fragments(watch);
	frame_free(&watch->stream.body);
	free(watch);
}

/* Runs ended() and frees the watch. */
static void watch_end(struct watch *watch, int error, const char *message)
{
	mailbox_forget(&watch->etcd->mailbox, &watch->request);
	watch->handler.ended(watch->arg, error, watch->compact_revision, message);
	watch_free(watch);
}

/* --- Answers ------------------------------------------------------------------------------ */

/* Of the last revision, no more is kept than one message may have, and in few fragments, since each
 * looks at all that are kept. etcd cuts only what is larger than a request may be. */
static int watch_keep(struct watch *watch, Etcd__WatchResponse *response, size_t n_bytes)
{
	struct fragment *longer;

	if (watch->n_fragments == FRAGMENTS_MAX || watch->n_bytes + n_bytes > FRAME_MESSAGE_MAX)
		return -EIO;
	longer = reallocarray(watch->fragments, watch->n_fragments + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	longer[watch->n_fragments++] = (struct fragment){response, n_bytes};
	watch->fragments = longer;
	watch->n_events += response->n_events;
	watch->n_bytes += n_bytes;
	return 0;
}

static int event_read(const Etcd__Event *from, struct etcd_event *ret)
{
	if (!from->kv)
		return -EIO;
	ret->type = from->type == 0 ? ETCD_EVENT_PUT : ETCD_EVENT_DELETE;
	kv_read(from->kv, &ret->kv);
	return 0;
}

static int watch_gather(const struct watch *watch, struct etcd_event *events)
{
	for (size_t i = 0; i < watch->n_fragments; i++) {
		const Etcd__WatchResponse *fragment = watch->fragments[i].response;

		for (size_t j = 0; j < fragment->n_events; j++) {
			int r = event_read(fragment->events[j], events++);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Drops the fragments whose events have all been delivered. */
static void watch_drop_delivered(struct watch *watch)
{
	size_t n = 0;

	while (n < watch->n_fragments) {
		const struct fragment *fragment = &watch->fragments[n];

		if (fragment->response->n_events > watch->n_delivered)
			break;
		watch->n_delivered -= fragment->response->n_events;
		watch->n_events -= fragment->response->n_events;
		watch->n_bytes -= fragment->n_bytes;
		etcd__watch_response__free_unpacked(fragment->response, NULL);
		n++;
	}
	watch->n_fragments -= n;
	memmove(watch->fragments, watch->fragments + n,
		watch->n_fragments * sizeof(*watch->fragments));
}

static void watch_header(
	const struct watch *watch, const Etcd__WatchResponse *response, struct etcd_header *ret)
{
	header_read(response->header, ret);
	ret->connection = watch->etcd->channel.n_connections;
}

/* Delivers the revisions that are whole. The last one is not known to be whole while there are
 * @more fragments to come. */
static int watch_deliver(struct watch *watch, bool more)
{
	CLEANUP(free) struct etcd_event *events = calloc(watch->n_events + 1, sizeof(*events));
	size_t end = watch->n_events, begin = watch->n_delivered;
	struct etcd_header header;
	int r;

	if (!events)
		return -ENOMEM;
	r = watch_gather(watch, events);
	if (r < 0)
		return r;
	if (more && end)
		for (int64_t last = events[end - 1].kv.mod_revision;
			end > begin && events[end - 1].kv.mod_revision == last;)
			end--;
	watch_header(watch, watch->fragments[watch->n_fragments - 1].response, &header);
	if (end > begin) /* without events it would be a progress notice */
		watch->handler.events(watch->arg, &header, events + begin, end - begin);
	watch->n_delivered = end;
	if (more)
		watch_drop_delivered(watch);
	else
		watch_clear_fragments(watch);
	return 0;
}

/* etcd 3.4 says "permission denied" also when it has forgotten the token. */
static bool reason_is_denial(const char *reason)
{
	static const char *const words[] = {"permission denied", "invalid auth token",
		"user name is empty", "revision of auth store is old"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(reason, words[i]))
			return true;
	return false;
}

/* Notes why etcd has cancelled the watch. The error returned ends the stream, and watch_ended()
 * uses the note. */
static int watch_cancelled(struct watch *watch, const Etcd__WatchResponse *response)
{
	snprintf(watch->reason, sizeof(watch->reason), "%s",
		response->cancel_reason ? response->cancel_reason : "");
	watch->compact_revision = revision_read(response->compact_revision);
	if (response->compact_revision)
		watch->error = ETCD_E_COMPACTED;
	else if (reason_is_denial(watch->reason))
		watch->error = -EACCES;
	else
		watch->error = -ETIMEDOUT;
	return -ECANCELED;
}

/* Reads the header. A proxy that serves several clients with one watch makes the first header
 * itself: it has only a revision, that at which the watch begins. So the rest is taken from the
 * last answer. */
static void watch_read_header(
	struct watch *watch, const Etcd__WatchResponse *response, struct etcd_header *ret)
{
	int64_t revision;

	watch_header(watch, response, ret);
	client_hear(watch->etcd, ret);
	if (ret->cluster_id || !watch->stream.is_open)
		return;
	revision = ret->revision;
	*ret = watch->etcd->heard;
	ret->connection = watch->etcd->channel.n_connections;
	if (ret->revision < revision)
		ret->revision = revision;
}

static int watch_take(struct watch *watch, Etcd__WatchResponse *response)
{
	struct etcd_header header;

	watch_read_header(watch, response, &header);
	if (response->canceled)
		return watch_cancelled(watch, response);
	if (response->created) {
		if (watch->is_created)
			return -EIO;
		watch->is_created = true;
		watch->handler.created(watch->arg, &header);
	}
	if (!watch->is_created)
		return -EIO;
	if (response->n_events || response->fragment || watch->n_fragments)
		return 1;
	if (!response->created)
		watch->handler.events(watch->arg, &header, NULL, 0);
	return 0;
}

static int watch_message(struct stream *stream, struct bytes message)
{
	struct watch *watch = CONTAINER(stream, struct watch, stream);
	Etcd__WatchResponse *response;
	bool is_fragment;
	int r;

	response = etcd__watch_response__unpack(NULL, message.len, message.data);
	if (!response)
		return -EIO;
	is_fragment = response->fragment;
	r = watch_take(watch, response);
	if (r == 1) {
		r = watch_keep(watch, response, message.len);
		if (r == 0)
			return watch_deliver(watch, is_fragment);
	}
	etcd__watch_response__free_unpacked(response, NULL);
	return r;
}

/* When a new watch was denied, perhaps only because of an outdated token, sends it again with a new
 * one. */
static bool watch_renew(struct watch *watch, const struct stream_end *end)
{
	bool is_stale = watch->error ? watch->error == -EACCES
				     : !end->error && grpc_status_is_stale(end->code, end->message);

	if (!is_stale || watch->is_created ||
		!channel_renew(&watch->etcd->channel, &watch->stream, 1))
		return false;
	watch->error = 0;
	watch_clear_fragments(watch);
	stream_set_add(&watch->etcd->channel.streams, &watch->stream);
	return true;
}

static void watch_ended(struct stream *stream, const struct stream_end *end)
{
	struct watch *watch = CONTAINER(stream, struct watch, stream);

	if (watch_renew(watch, end))
		return;
	if (watch->error)
		watch_end(watch, watch->error, watch->reason);
	else if (end->error)
		watch_end(watch, end->error == -ECONNRESET ? -ETIMEDOUT : end->error, end->message);
	else if (end->code != GRPC_OK)
		watch_end(watch, grpc_status_error(end->code, end->message, false), end->message);
	else
		watch_end(watch, -ETIMEDOUT, "etcd ended the watch");
}

static const struct stream_ops watch_stream_ops = {
	.message = watch_message,
	.ended = watch_ended,
};

/* --- Requests ----------------------------------------------------------------------------- */

static void watch_request_start(struct request *request)
{
	struct watch *watch = CONTAINER(request, struct watch, request);

	stream_set_add(&watch->etcd->channel.streams, &watch->stream);
}

static void watch_request_cancel(struct request *request)
{
	struct watch *watch = CONTAINER(request, struct watch, request);

	stream_set_remove(&watch->etcd->channel.streams, &watch->stream);
	watch_end(watch, -ECANCELED, "cancelled");
}

static const struct request_ops watch_request_ops = {
	.start = watch_request_start,
	.cancel = watch_request_cancel,
};

static int watch_set_body(struct watch *watch, const struct etcd_watch *from)
{
	Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
	Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;

	create.key = binary_of(from->key);
	create.range_end = binary_of(from->range_end);
	create.start_revision = from->start_revision;
	create.progress_notify = from->progress_notify;
	create.fragment = true;
	request.request_case = ETCD__WATCH_REQUEST__REQUEST_CREATE;
	request.create = &create;
	return message_frame(&request.base, &watch->stream.body);
}

int etcd_watch(struct etcd *etcd, const struct etcd_watch *from,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->request.ops = &watch_request_ops;
	watch->stream.ops = &watch_stream_ops;
	watch->stream.path = "/etcdserverpb.Watch/Watch";
	watch->stream.is_watch = true;
	watch->stream.is_long = true;
	watch->etcd = etcd;
	watch->handler = *handler;
	watch->arg = arg;
	r = watch_set_body(watch, from);
	if (r == 0)
		r = client_post(etcd, &watch->request, ret_id);
	if (r < 0)
		watch_free(watch);
	return r;
}
