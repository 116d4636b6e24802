/* Snapshot: a member's whole database as it is at one moment, in pieces. */
#include "fs/etcd/client.h"
#include "fs/etcd/message.h"

#include <errno.h>
#include <stdlib.h>

enum { PIECE_MAX = 16 << 20 }; /* etcd sends 32 KiB at a time */

struct snapshot {
	struct request request;
	struct stream stream;
	struct etcd *etcd;
	struct etcd_snapshot_handler handler;
	void *arg;
	bool is_begun;
};

static void snapshot_free(struct snapshot *snapshot)
{
	frame_free(&snapshot->stream.body);
	free(snapshot);
}

static void snapshot_end(struct snapshot *snapshot, int error)
{
	mailbox_forget(&snapshot->etcd->mailbox, &snapshot->request);
	snapshot->handler.ended(snapshot->arg, error);
	snapshot_free(snapshot);
}

static int snapshot_message(struct stream *stream, struct bytes message)
{
	struct snapshot *snapshot = CONTAINER(stream, struct snapshot, stream);
	Etcd__SnapshotResponse *response;
	int r;

	response = etcd__snapshot_response__unpack(NULL, message.len, message.data);
	if (!response)
		return -EIO;
	snapshot->is_begun = true;
	r = snapshot->handler.piece(snapshot->arg,
		(struct bytes){response->blob.data, response->blob.len}, response->remaining_bytes);
	etcd__snapshot_response__free_unpacked(response, NULL);
	return r;
}

static void snapshot_ended(struct stream *stream, const struct stream_end *end)
{
	struct snapshot *snapshot = CONTAINER(stream, struct snapshot, stream);

	if (!end->error && !snapshot->is_begun && grpc_status_is_stale(end->code, end->message) &&
		channel_renew(&snapshot->etcd->channel, stream, 1))
		stream_set_add(&snapshot->etcd->channel.streams, stream);
	else if (end->error == -EMSGSIZE)
		snapshot_end(snapshot, -EIO);
	else if (end->error)
		snapshot_end(snapshot, end->error == -ECONNRESET ? -ETIMEDOUT : end->error);
	else if (end->code != GRPC_OK)
		snapshot_end(snapshot, grpc_status_error(end->code, end->message, false));
	else
		snapshot_end(snapshot, 0);
}

static const struct stream_ops snapshot_stream_ops = {
	.message = snapshot_message,
	.ended = snapshot_ended,
};

static void snapshot_request_start(struct request *request)
{
	struct snapshot *snapshot = CONTAINER(request, struct snapshot, request);

	stream_set_add(&snapshot->etcd->channel.streams, &snapshot->stream);
}

static void snapshot_request_cancel(struct request *request)
{
	struct snapshot *snapshot = CONTAINER(request, struct snapshot, request);

	stream_set_remove(&snapshot->etcd->channel.streams, &snapshot->stream);
	snapshot_end(snapshot, -ECANCELED);
}

static const struct request_ops snapshot_request_ops = {
	.start = snapshot_request_start,
	.cancel = snapshot_request_cancel,
};

int etcd_snapshot(struct etcd *etcd, const struct etcd_snapshot_handler *handler, void *arg)
{
	Etcd__SnapshotRequest request = ETCD__SNAPSHOT_REQUEST__INIT;
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	int r;

	if (!snapshot)
		return -ENOMEM;
	snapshot->request.ops = &snapshot_request_ops;
	snapshot->stream.ops = &snapshot_stream_ops;
	snapshot->stream.path = "/etcdserverpb.Maintenance/Snapshot";
	snapshot->stream.is_long = true;
	snapshot->stream.max_message = PIECE_MAX;
	snapshot->etcd = etcd;
	snapshot->handler = *handler;
	snapshot->arg = arg;
	r = message_frame(&request.base, &snapshot->stream.body);
	if (r == 0)
		r = client_post(etcd, &snapshot->request, NULL);
	if (r < 0)
		snapshot_free(snapshot);
	return r;
}
