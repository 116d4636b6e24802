#include "tests/lib/fake_etcd_private.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* --- Answers ------------------------------------------------------------------------------ */

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
		strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void submit_trailers(struct fake_stream *stream)
{
	bool is_status = stream->answer.end == FAKE_STATUS;
	char code[16];
	nghttp2_nv lines[2];

	snprintf(code, sizeof(code), "%d", is_status ? stream->answer.code : 0);
	lines[0] = header("grpc-status", code);
	lines[1] = header(
		"grpc-message", is_status && stream->answer.message ? stream->answer.message : "");
	nghttp2_submit_trailer(stream->connection->session, stream->id, lines, 2);
}

static void end_data(struct fake_stream *stream, uint32_t *flags)
{
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	switch (stream->answer.end) {
	case FAKE_NO_TRAILERS:
		break;
	case FAKE_RESET:
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE,
			stream->id, (uint32_t)stream->answer.code);
		break;
	case FAKE_CLOSE:
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		stream->connection->is_dead = true;
		break;
	default:
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		submit_trailers(stream);
	}
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *data, size_t len,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct fake_stream *stream = source->ptr;
	size_t left = stream->answer.data.len - stream->sent;

	if (left > len)
		left = len;
	if (left)
		memcpy(data, stream->answer.data.data + stream->sent, left);
	stream->sent += left;
	if (stream->sent < stream->answer.data.len)
		return (ssize_t)left;
	if (stream->answer.end != FAKE_OPEN)
		end_data(stream, flags);
	else if (!left)
		return NGHTTP2_ERR_DEFERRED;
	return (ssize_t)left;
}

void fake_stream_say(struct fake_stream *stream, struct bytes data, enum fake_end end)
{
	struct bytes rest = bytes_slice(stream->answer.data, stream->sent, SIZE_MAX);
	struct buf more = {0};

	if (buf_append_bytes(&more, rest) < 0 || buf_append_bytes(&more, data) < 0)
		abort();
	buf_fini(&stream->more);
	stream->more = more;
	stream->sent = 0;
	stream->answer.data = buf_bytes(&stream->more);
	stream->answer.end = end;
	nghttp2_session_resume_data(stream->connection->session, stream->id);
}

static void submit_status_only(struct fake_stream *stream, const char *http_status)
{
	char code[16];
	nghttp2_nv lines[4];

	snprintf(code, sizeof(code), "%d", stream->answer.code);
	lines[0] = header(":status", http_status);
	lines[1] = header("content-type", "application/grpc");
	lines[2] = header("grpc-status", code);
	lines[3] = header("grpc-message", stream->answer.message ? stream->answer.message : "");
	nghttp2_submit_response(stream->connection->session, stream->id, lines, 4, NULL);
}

static void answer(struct fake_stream *stream)
{
	nghttp2_session *session = stream->connection->session;
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_read};
	char http_status[16];
	nghttp2_nv lines[2];

	stream->due_ms = 0;
	snprintf(http_status, sizeof(http_status), "%d",
		stream->answer.http_status ? stream->answer.http_status : 200);
	if (stream->answer.end == FAKE_NEVER)
		return;
	if (stream->answer.end == FAKE_CLOSE && !stream->answer.data.len) {
		stream->connection->is_dead = true;
		return;
	}
	if (stream->answer.end == FAKE_RESET && !stream->answer.data.len) {
		nghttp2_submit_rst_stream(
			session, NGHTTP2_FLAG_NONE, stream->id, (uint32_t)stream->answer.code);
		return;
	}
	if (stream->answer.end == FAKE_STATUS_ONLY) {
		submit_status_only(stream, http_status);
		return;
	}
	if (stream->answer.end == FAKE_GOAWAY)
		nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE,
			nghttp2_session_get_last_proc_stream_id(session), 0, NULL, 0);
	lines[0] = header(":status", http_status);
	lines[1] = header("content-type", "application/grpc");
	nghttp2_submit_response(session, stream->id, lines, 2, &provider);
}

/* --- Requests ----------------------------------------------------------------------------- */

static void request_complete(struct fake_stream *stream)
{
	stream->answer = fake_take_answer(stream->connection->fake, stream);
	if (stream->answer.delay_ms)
		stream->due_ms = clock_now_ms() + stream->answer.delay_ms;
	else
		answer(stream);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct fake_connection *connection = arg;
	struct fake_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	stream->connection = connection;
	stream->id = frame->hd.stream_id;
	TAILQ_INSERT_TAIL(&connection->streams, stream, link);
	nghttp2_session_set_stream_user_data(session, stream->id, stream);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
	struct fake_stream *stream;

	stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (stream && name_len == 5 && memcmp(name, ":path", 5) == 0)
		snprintf(stream->path, sizeof(stream->path), "%.*s", (int)value_len,
			(const char *)value);
	if (stream && name_len == 9 && memcmp(name, "hasleader", 9) == 0)
		stream->has_leader = true;
	if (stream && name_len == 13 && memcmp(name, "authorization", 13) == 0)
		snprintf(stream->token, sizeof(stream->token), "%.*s", (int)value_len,
			(const char *)value);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t len, void *arg)
{
	struct fake_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	return stream && buf_append(&stream->body, data, len) < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE
								  : 0;
}

static bool is_watch(const struct fake_stream *stream)
{
	return strcmp(stream->path, "/etcdserverpb.Watch/Watch") == 0;
}

static bool has_message(const struct fake_stream *stream)
{
	const uint8_t *data = stream->body.data;

	return stream->body.len >= 5 &&
	       stream->body.len >= 5 + ((size_t)data[1] << 24 | (size_t)data[2] << 16 |
					       (size_t)data[3] << 8 | data[4]);
}

static void watch_proceed(struct fake_stream *stream, bool has_ended)
{
	bool was_taken = stream->is_taken;

	if (!has_ended && (was_taken || !has_message(stream)))
		return;
	stream->is_taken = true;
	if (!has_ended) {
		request_complete(stream);
		return;
	}
	stream->answer = (struct fake_answer){.end = was_taken ? FAKE_STATUS : FAKE_STATUS_ONLY,
		.data.len = stream->sent,
		.code = 2,
		.message = "context canceled"};
	if (was_taken)
		nghttp2_session_resume_data(stream->connection->session, stream->id);
	else
		answer(stream);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct fake_connection *connection = arg;
	struct fake_stream *stream;

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		fake_count_reset(connection->fake);
	stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (stream && is_watch(stream) && fake_is_proxied(connection->fake))
		watch_proceed(stream, frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
	else if (stream && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		request_complete(stream);
	return 0;
}

/* Go's server resets a request that has not ended, when its answer has. */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct fake_connection *connection = arg;
	struct fake_stream *stream =
		nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	if (stream && is_watch(stream) && fake_is_proxied(connection->fake) &&
		(frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
		frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
	return 0;
}

static void stream_free(struct fake_stream *stream)
{
	TAILQ_REMOVE(&stream->connection->streams, stream, link);
	buf_fini(&stream->body);
	buf_fini(&stream->more);
	free(stream->state);
	free(stream);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct fake_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	if (stream)
		stream_free(stream);
	return 0;
}

/* --- Connections -------------------------------------------------------------------------- */

static nghttp2_session *session_new(struct fake_connection *connection)
{
	unsigned limit = connection->fake->max_streams;
	nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limit};
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session = NULL;
	nghttp2_option *option;

	if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0)
		abort();
	/* curl 7.88 resets each stream once more after its end: that is no flood. */
	nghttp2_option_set_stream_reset_rate_limit(option, 1000000, 1000000);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	if (nghttp2_session_server_new2(&session, callbacks, connection, option) != 0)
		abort();
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &settings, limit ? 1 : 0);
	return session;
}

void connection_free(struct fake_connection *connection)
{
	struct fake_stream *stream;

	nghttp2_session_del(connection->session);
	while ((stream = TAILQ_FIRST(&connection->streams)))
		stream_free(stream);
	close(connection->fd);
	free(connection);
}

struct fake_connection *connection_new(struct fake_etcd *fake, int fd)
{
	struct fake_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fake = fake;
	connection->fd = fd;
	TAILQ_INIT(&connection->streams);
	connection->session = session_new(connection);
	return connection;
}

void connection_receive(struct fake_connection *connection)
{
	uint8_t data[65536];
	ssize_t len = recv(connection->fd, data, sizeof(data), MSG_DONTWAIT);

	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0 || nghttp2_session_mem_recv(connection->session, data, (size_t)len) < 0)
		connection->is_dead = true;
}

static void send_all(struct fake_connection *connection, struct bytes data)
{
	while (data.len) {
		ssize_t n = send(connection->fd, data.data, data.len, MSG_NOSIGNAL);

		if (n < 0) {
			connection->is_dead = true;
			return;
		}
		data = bytes_slice(data, n, data.len);
	}
}

void connection_send(struct fake_connection *connection)
{
	CLEANUP(buf) struct buf frames = {0};
	const uint8_t *data;
	ssize_t len;

	while (!connection->is_dead &&
		(len = nghttp2_session_mem_send(connection->session, &data)) > 0) {
		if (!connection->fake->mangle) {
			send_all(connection, (struct bytes){data, (size_t)len});
			continue;
		}
		buf_clear(&frames);
		if (buf_append(&frames, data, (size_t)len) < 0)
			abort();
		connection->fake->mangle(connection, &frames);
		send_all(connection, buf_bytes(&frames));
	}
}

int64_t connection_answer_due(struct fake_connection *connection, int64_t now_ms)
{
	struct fake_stream *stream, *next;
	int64_t due_ms = INT64_MAX;

	for (stream = TAILQ_FIRST(&connection->streams); stream; stream = next) {
		next = TAILQ_NEXT(stream, link);
		if (stream->due_ms && stream->due_ms <= now_ms)
			answer(stream);
		else if (stream->due_ms && stream->due_ms < due_ms)
			due_ms = stream->due_ms;
	}
	return due_ms;
}
