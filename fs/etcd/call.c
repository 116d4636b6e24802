/*
 *   posted --> queued --> sent --answer--> ended
 *                ^          |
 *                +-- pause -+   a read that got no answer, or "unavailable"
 *                +-- renew -+   etcd does not know our token: nothing has happened
 *
 * The stream set knows whether a call is "queued" or "sent". Here it matters only when the call
 * ends: before it was sent nothing has happened; after that a change may have happened.
 */
#include "fs/etcd/call.h"

#include "fs/base/clock.h"

#include <errno.h>

enum {
	RENEWALS_MAX = 2,
	ANSWER_MAX = 16 << 20, /* that of a transaction has some bytes for each operation */
	PAUSE_MIN_MS = 10,
	PAUSE_MAX_MS = 500,
};

static void call_destroy(struct call *call)
{
	answer_clear(&call->answer);
	frame_free(&call->stream.body);
	if (call->destroy)
		call->destroy(call);
	else
		free(call);
}

/* Runs the callback and frees the call. */
static void call_end(struct call *call, int error, const char *message)
{
	struct etcd_reply failed = {.message = message ? message : ""};

	timer_clear(&call->etcd->timers, &call->timer);
	mailbox_forget(&call->etcd->mailbox, &call->request);
	call->fn(call->arg, error, error ? &failed : &call->answer.reply);
	call_destroy(call);
}

/* A failure: refused() may ask for something smaller; else the call ends. An answer that is too
 * large is none. */
static void call_refuse(struct call *call, int error, size_t size, const char *message)
{
	bool may_shrink = error == -EMSGSIZE || error == -EFBIG || error == -ETIMEDOUT;

	if (may_shrink && call->refused && call->refused(call, error, size))
		return;
	if (error == -EMSGSIZE)
		error = call->is_change ? ETCD_E_UNKNOWN : -EIO;
	call_end(call, error, message);
}

static void call_queue(struct call *call)
{
	call->n_messages = 0;
	answer_clear(&call->answer);
	timer_set(&call->etcd->timers, &call->timer, call->deadline_ms);
	stream_set_add(&call->etcd->channel.streams, &call->stream);
}

static void call_pause(struct call *call)
{
	int64_t due_ms = clock_now_ms() + backoff_next_ms(&call->backoff, backoff_chance());

	call->is_pausing = due_ms < call->deadline_ms;
	timer_set(&call->etcd->timers, &call->timer, call->is_pausing ? due_ms : call->deadline_ms);
}

static void call_timer(void *arg)
{
	struct call *call = arg;
	struct channel *channel = &call->etcd->channel;
	const char *message = "no answer in time";
	bool was_sent;

	if (call->is_pausing) {
		call->is_pausing = false;
		call_queue(call);
		return;
	}
	if (channel_problem(channel)[0])
		message = channel_problem(channel);
	was_sent = stream_set_remove(&channel->streams, &call->stream);
	call_refuse(call, was_sent && call->is_change ? ETCD_E_UNKNOWN : -ETIMEDOUT, 0, message);
}

static void call_request_start(struct request *request)
{
	call_queue(CONTAINER(request, struct call, request));
}

static void call_request_cancel(struct request *request)
{
	struct call *call = CONTAINER(request, struct call, request);
	bool was_sent = stream_set_remove(&call->etcd->channel.streams, &call->stream);

	call_end(call, was_sent && call->is_change ? ETCD_E_UNKNOWN : -ECANCELED, "cancelled");
}

static const struct request_ops call_request_ops = {
	.start = call_request_start,
	.cancel = call_request_cancel,
};

static int call_read(struct call *call, struct bytes message)
{
	const struct method *method = call->method;
	struct answer *answer = &call->answer;
	int r;

	if (method->take) {
		r = frame_reader_keep(&call->stream.transfer->frames, &answer->bytes);
		return r < 0 ? r : method->take(answer, message);
	}
	r = answer_read(answer, method->answer, message);
	return r == 0 && method->read ? method->read(answer) : r;
}

static int call_message(struct stream *stream, struct bytes message)
{
	struct call *call = CONTAINER(stream, struct call, stream);
	struct answer *answer = &call->answer;
	int r;

	if (call->n_messages++)
		return -EIO;
	r = call_read(call, message);
	answer->reply.header.connection = call->etcd->channel.n_connections;
	if (r == 0)
		client_hear(call->etcd, &answer->reply.header);
	return r;
}

/* The call has exactly one answer, with status OK. */
static void call_succeed(struct call *call)
{
	if (!call->answered || !call->answered(call))
		call_end(call, call->error, NULL);
}

static bool call_is_retried(const struct call *call, const struct stream_end *end)
{
	if (call->is_change)
		return false;
	return end->error ? end->error == -ECONNRESET : grpc_status_is_retried(end->code);
}

static void call_ended(struct stream *stream, const struct stream_end *end)
{
	struct call *call = CONTAINER(stream, struct call, stream);

	if (!end->error && grpc_status_is_stale(end->code, end->message) &&
		channel_renew(&call->etcd->channel, stream, RENEWALS_MAX))
		call_queue(call);
	else if (call_is_retried(call, end))
		call_pause(call);
	else if (end->error == -EFBIG || end->error == -EMSGSIZE)
		call_refuse(call, end->error, end->too_large, end->message);
	else if (end->error)
		call_end(call, call->is_change ? ETCD_E_UNKNOWN : end->error, end->message);
	else if (end->code != GRPC_OK)
		call_refuse(call, grpc_status_error(end->code, end->message, call->is_change), 0,
			end->message);
	else if (call->n_messages == 1)
		call_succeed(call);
	else
		call_end(call, call->is_change ? ETCD_E_UNKNOWN : -EIO, "an empty answer");
}

static const struct stream_ops call_stream_ops = {
	.message = call_message,
	.ended = call_ended,
};

int call_init(struct call *call, struct etcd *etcd, const struct method *method,
	const ProtobufCMessage *request, int timeout_ms)
{
	call->request.ops = &call_request_ops;
	call->stream.ops = &call_stream_ops;
	call->stream.path = method->path;
	if (!method->has_values)
		call->stream.max_message = ANSWER_MAX;
	call->timer.run = call_timer;
	call->timer.arg = call;
	call->etcd = etcd;
	call->method = method;
	call->timeout_ms = timeout_ms;
	call->deadline_ms = clock_now_ms() + timeout_ms;
	call->backoff = (struct backoff){.min_ms = PAUSE_MIN_MS, .max_ms = PAUSE_MAX_MS};
	call->answer.reply.message = "";
	return message_frame(request, &call->stream.body);
}

int call_post(struct call *call, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	int r;

	call->fn = fn;
	call->arg = arg;
	r = client_post(call->etcd, &call->request, ret_id);
	if (r < 0)
		call_destroy(call);
	return r;
}

int call_start(struct etcd *etcd, const struct method *method, const ProtobufCMessage *request,
	bool is_change, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	struct call *call = calloc(1, sizeof(*call));
	int r;

	if (!call)
		return -ENOMEM;
	call->is_change = is_change;
	r = call_init(call, etcd, method, request, timeout_ms);
	if (r < 0) {
		call_destroy(call);
		return r;
	}
	return call_post(call, fn, arg, ret_id);
}

int call_again(struct call *call, const ProtobufCMessage *request)
{
	int r = message_frame(request, &call->stream.body);

	if (r < 0)
		return r;
	call->deadline_ms = clock_now_ms() + call->timeout_ms;
	backoff_reset(&call->backoff);
	call->stream.n_renewals = 0;
	call_queue(call);
	return 0;
}
