/*
 * A change must never be sent twice. curl by itself repeats a request when a reused connection
 * breaks before the first byte of an answer, and then falls back to a new connection. Both are
 * prevented here: only a transfer of kind TRANSFER_OPENS may open a socket, and a transfer is
 * aborted when curl is about to write it for the second time.
 *
 * curl before 8.0 loses its place in a request when the socket is full: it writes the same piece
 * again, within the same length. So the socket must never be full while curl writes: the channel
 * starts transfers only while the socket takes more, and a large body is handed to curl in pieces,
 * each when there is room for it.
 */
#include "fs/etcd/transfer.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BUFFER_SIZE = 128 * 1024, /* curl 7.88 stalls on large replies with its default */
	SMALL_BODY = 16 * 1024,	  /* bodies up to this are handed to curl whole */
	BODY_PIECE = 16 * 1024,
	BODY_WAIT_MS = 50, /* for room in the socket, which may lack if the kernel granted only a
			    * small send buffer */
	SEND_BUFFER = 8 * 1024 * 1024,
	PATH_SIZE = 1024,
};

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	int r;

	multi_moved(transfer->multi);
	r = frame_reader_feed(&transfer->frames, data, size * count);
	while (r >= 0) {
		struct bytes message;

		r = frame_reader_next(&transfer->frames, &message);
		if (r == 0)
			return size * count;
		if (r > 0) {
			transfer->has_message = true;
			r = transfer->stream->ops->message(transfer->stream, message);
		}
	}
	transfer->error = r;
	return 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	int r = grpc_status_take(&transfer->status, data, size * count);

	if (r < 0) {
		transfer->error = r;
		return 0;
	}
	if (transfer->status.code != GRPC_NONE && transfer->stream->is_open)
		curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	return size * count;
}

static int on_before_write(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *transfer = arg;

	if (transfer->was_begun)
		return CURL_PREREQFUNC_ABORT;
	transfer->was_begun = true;
	return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;
	int fd, size = SEND_BUFFER, on = 1, dead_ms = 15000;

	if (transfer->kind != TRANSFER_OPENS) {
		transfer->was_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (address->family == AF_UNIX) {
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	} else {
		/* A dead machine sends nothing; these let the kernel notice it. */
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
	}
	return fd;
}

/* Keeps curl from resolving names itself, since it would wait for the name server: the addresses
 * come with CURLOPT_RESOLVE. */
static int on_resolve(void *state, void *reserved, void *arg)
{
	return -1;
}

/* Whether the request must stay open, because its answer has not ended. */
static bool is_unfinished(const struct transfer *transfer)
{
	return transfer->stream->is_open && transfer->status.code == GRPC_NONE;
}

/* Waits only when the socket is nearly full, which etcd mostly clears in microseconds, and not for
 * long. Aborting then is safe, since etcd does not act on a request that it has not got whole. */
static size_t on_read_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	struct pollfd pollfd = {.fd = transfer->multi->socket_fd, .events = POLLOUT};
	size_t len = transfer->body.len - transfer->body_sent;

	if (len > BODY_PIECE)
		len = BODY_PIECE;
	if (len > size * count)
		len = size * count;
	if (!len)
		return is_unfinished(transfer) ? CURL_READFUNC_PAUSE : 0;
	if (pollfd.fd >= 0 && poll(&pollfd, 1, BODY_WAIT_MS) == 0)
		return CURL_READFUNC_ABORT;
	memcpy(data, transfer->body.data + transfer->body_sent, len);
	transfer->body_sent += len;
	return len;
}

static int on_seek_body(void *arg, curl_off_t offset, int origin)
{
	return CURL_SEEKFUNC_FAIL;
}

/* Sets the options that are the same for all streams. */
static void transfer_set_options(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek_body);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_write);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
}

static void transfer_set_target(struct transfer *transfer)
{
	const struct target *target = transfer->target;
	const struct tls *tls = target->tls;
	CURL *easy = transfer->easy;

	if (target->unix_path)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target->unix_path);
	if (target->resolver)
		curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
	if (!target->is_tls)
		return;
	if (tls->cacert) { /* only this authority is trusted, not the system's */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		curl_easy_setopt(easy, CURLOPT_CAINFO, tls->cacert);
	}
	if (tls->cert) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
	}
}

struct transfer *transfer_new(const struct target *target)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer)
		return NULL;
	transfer->target = target;
	transfer->easy = curl_easy_init();
	if (!transfer->easy) {
		free(transfer);
		return NULL;
	}
	transfer_set_options(transfer);
	transfer_set_target(transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->addresses);
	headers_unref(transfer->headers);
	frame_reader_fini(&transfer->frames);
	grpc_status_fini(&transfer->status);
	free(transfer);
}

static void transfer_reset(struct transfer *transfer)
{
	frame_reader_clear(&transfer->frames);
	grpc_status_clear(&transfer->status);
	transfer->has_message = false;
	transfer->body_sent = 0;
	transfer->error = 0;
	transfer->was_begun = false;
	transfer->was_refused = false;
	transfer->problem[0] = '\0';
}

/* Gives curl the addresses. They stay in the multi handle's DNS cache, which ends with the
 * connection. */
static int transfer_set_addresses(struct transfer *transfer)
{
	const struct target *target = transfer->target;
	CLEANUP(free) char *line = NULL;
	struct curl_slist *addresses;

	if (asprintf(&line, "%s:%s", target->name_port, resolver_addresses(target->resolver)) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	addresses = curl_slist_append(NULL, line);
	if (!addresses)
		return -ENOMEM;
	curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, addresses);
	curl_slist_free_all(transfer->addresses);
	transfer->addresses = addresses;
	return 0;
}

int transfer_start(struct transfer *transfer, struct multi *multi, struct stream *stream,
	struct headers *headers, enum transfer_kind kind)
{
	const struct target *target = transfer->target;
	curl_off_t size = stream->is_open ? -1 : (curl_off_t)stream->body.len;
	bool opens = kind == TRANSFER_OPENS;
	CURL *easy = transfer->easy;
	char url[PATH_SIZE];

	transfer_reset(transfer);
	transfer->multi = multi;
	transfer->stream = stream;
	transfer->frames.max = stream->max_message;
	headers_unref(transfer->headers);
	transfer->headers = headers_ref(headers);
	transfer->kind = kind;
	transfer->body = stream->body;
	transfer->started_ms = clock_now_ms();
	snprintf(url, sizeof(url), "%s%s", target->base, stream->path);
	if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
		return -ENOMEM;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
		stream->has_leader ? headers->has_leader : headers->plain);
	transfer->is_asked = stream->is_open || stream->body.len > SMALL_BODY;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->is_asked ? NULL : stream->body.data);
	curl_easy_setopt(
		easy, CURLOPT_HTTP_VERSION, opens ? target->opens_version : target->joins_version);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, opens ? 1L : 0L);
	if (opens && target->resolver && transfer_set_addresses(transfer) < 0)
		return -ENOMEM;
	return multi_add(multi, easy);
}

void transfer_stop(struct transfer *transfer)
{
	multi_remove(transfer->multi, transfer->easy);
	transfer->stream = NULL;
}

static bool body_is_whole(const struct transfer *transfer)
{
	return !transfer->is_asked || transfer->body_sent == transfer->body.len;
}

bool transfer_was_sent(const struct transfer *transfer)
{
	return transfer->was_begun && body_is_whole(transfer);
}

static bool transfer_is_whole(const struct transfer *transfer)
{
	if (!frame_reader_is_drained(&transfer->frames))
		return false;
	if (transfer->status.code == GRPC_OK)
		return true;
	/* curl has lost the trailers, although etcd ended the stream in order. The status was OK,
	 * because etcd sends a message only in answers that end in OK. */
	return transfer->status.code == GRPC_NONE && transfer->target->loses_trailers &&
	       transfer->has_message;
}

/* A status other than OK counts even if the stream was reset after it. OK counts only if the stream
 * was whole. */
static int transfer_error(const struct transfer *transfer, CURLcode result)
{
	long http_code = 0;

	if (transfer->error)
		return transfer->error;
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &http_code);
	if (transfer->status.code > GRPC_OK && http_code == 200)
		return 0;
	/* When the server ends a stream while its body is being sent, curl loses the status. That
	 * is how a server refuses a message over its limit. */
	if (result == CURLE_HTTP2_STREAM && !body_is_whole(transfer))
		return -EFBIG;
	if (result != CURLE_OK)
		return -ECONNRESET;
	return http_code == 200 && transfer_is_whole(transfer) ? 0 : -EIO;
}

/* Whether the server may have refused our certificate. It checks that at the end of the handshake,
 * with TLS 1.3 when the handshake is over for us already, and its reason may be lost with the
 * connection. CURLE_HTTP2: that came while curl wrote the first frames. */
static bool transfer_may_be_refused(const struct transfer *transfer, CURLcode result)
{
	return transfer->kind == TRANSFER_OPENS && transfer->target->is_tls &&
	       !transfer->has_message &&
	       (result == CURLE_SSL_CONNECT_ERROR || result == CURLE_HTTP2 ||
		       result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
		       result == CURLE_GOT_NOTHING || result == CURLE_HTTP2_STREAM);
}

static void transfer_add_guess(struct transfer *transfer)
{
	static const char guess[] = " (does etcd take our certificate?)";
	size_t len = strlen(transfer->problem);

	if (len && len + sizeof(guess) <= sizeof(transfer->problem))
		strcpy(transfer->problem + len, guess);
}

static const char *transfer_problem(const struct transfer *transfer, CURLcode result, int error)
{
	if (error == -ENOMEM)
		return "no memory for the answer";
	if (error == -EFBIG)
		return "etcd broke the request off: it is too large";
	if (error == -EMSGSIZE)
		return "the answer is too large";
	if (error != -ECONNRESET)
		return "the answer is not one of gRPC";
	return transfer->problem[0] ? transfer->problem : curl_easy_strerror(result);
}

/* Whether another try would end in the same way: the certificate of one side is refused, or TLS
 * fails as such. */
static bool transfer_is_refused(const struct transfer *transfer, CURLcode result)
{
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return true;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return strstr(transfer->problem, "SSL routines");
	default:
		return false;
	}
}

void transfer_finish(struct transfer *transfer, CURLcode result, struct stream_end *ret_end)
{
	int error = transfer_error(transfer, result);

	*ret_end = (struct stream_end){.error = error, .code = transfer->status.code};
	if (!error && ret_end->code == GRPC_NONE)
		ret_end->code = GRPC_OK;
	ret_end->too_large = error == -EMSGSIZE ? transfer->frames.too_large : 0;
	ret_end->is_final = error == -ECONNRESET && transfer_is_refused(transfer, result);
	if (error == -ECONNRESET && !ret_end->is_final && transfer_may_be_refused(transfer, result))
		transfer_add_guess(transfer);
	ret_end->message = error ? transfer_problem(transfer, result, error)
				 : grpc_status_message(&transfer->status);
	transfer->stream = NULL;
}
