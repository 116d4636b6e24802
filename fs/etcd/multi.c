/*
 * curl before 8.1, when it reads the socket for one stream, may read bytes of another stream, stop
 * there, and forget to come back: those bytes stay in its buffer until the socket has more. So
 * after each sign of life multi_nudge() tells curl a few times that the socket is readable, which
 * makes curl look into its buffer. Bytes found that way count as a sign of life too, because one
 * look does not take all of a large answer.
 */
#include "fs/etcd/multi.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <poll.h>

/* One connection carries all streams; curl obeys the server's limit. */
enum {
	MAX_STREAMS = 10000,
	CURL_REMEMBERS = 0x080100, /* 8.1.0, the first version that needs no nudges */
	NUDGES = 3,
	NUDGE_MS = 2,
};

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct multi *multi = arg;
	uint32_t events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (multi->socket_fd == fd)
			multi->socket_fd = -1;
		return poller_watch(multi->poller, fd, 0);
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	multi->socket_fd = fd;
	return poller_watch(multi->poller, fd, events) < 0 ? -1 : 0;
}

/* clock_now_ms() is rounded down, so a millisecond is added, lest curl be called too early. */
static void multi_set_due(struct multi *multi, long timeout_ms)
{
	if (timeout_ms < 0)
		multi->due_ms = POLLER_NEVER;
	else
		multi->due_ms = clock_now_ms() + timeout_ms + (timeout_ms > 0);
}

static int on_timer(CURLM *curl, long timeout_ms, void *arg)
{
	struct multi *multi = arg;

	multi_set_due(multi, timeout_ms);
	return 0;
}

int multi_open(struct multi *multi, struct poller *poller)
{
	CURLM *curl = curl_multi_init();

	if (!curl)
		return -ENOMEM;
	*multi = (struct multi){.curl = curl,
		.poller = poller,
		.due_ms = POLLER_NEVER,
		.nudge_ms = POLLER_NEVER,
		.socket_fd = -1};
	multi->is_forgetful = curl_version_info(CURLVERSION_NOW)->version_num < CURL_REMEMBERS;
	curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(curl, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(curl, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)MAX_STREAMS);
	return 0;
}

void multi_close(struct multi *multi)
{
	curl_multi_cleanup(multi->curl);
	multi->curl = NULL;
	multi->due_ms = POLLER_NEVER;
	multi->nudge_ms = POLLER_NEVER;
	multi->socket_fd = -1;
}

int multi_add(struct multi *multi, CURL *easy)
{
	return curl_multi_add_handle(multi->curl, easy) == CURLM_OK ? 0 : -ENOMEM;
}

void multi_remove(struct multi *multi, CURL *easy)
{
	curl_multi_remove_handle(multi->curl, easy);
}

void multi_moved(struct multi *multi)
{
	if (!multi->is_forgetful)
		return;
	multi->nudges = NUDGES;
	multi->nudge_ms = clock_now_ms() + NUDGE_MS;
}

void multi_socket(struct multi *multi, int fd, uint32_t events)
{
	int running, mask = 0;

	if (!multi->curl)
		return;
	if (events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(multi->curl, fd, mask, &running);
	multi_moved(multi);
}

/* Tells curl that the socket is readable, if that is due. Whether it was. */
static bool multi_nudge(struct multi *multi, int64_t now_ms)
{
	int running;

	if (multi->nudge_ms > now_ms)
		return false;
	multi->nudge_ms = --multi->nudges ? now_ms + NUDGE_MS : POLLER_NEVER;
	if (multi->socket_fd >= 0)
		curl_multi_socket_action(multi->curl, multi->socket_fd, CURL_CSELECT_IN, &running);
	return true;
}

static bool multi_timeout(struct multi *multi, int64_t now_ms)
{
	long timeout_ms = -1;
	int running;

	if (multi->due_ms > now_ms)
		return false;
	multi->due_ms = POLLER_NEVER;
	curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	/* curl calls on_timer() only with a time that differs from the last, so it is asked. */
	if (multi->due_ms == POLLER_NEVER) {
		curl_multi_timeout(multi->curl, &timeout_ms);
		multi_set_due(multi, timeout_ms);
	}
	return true;
}

bool multi_run(struct multi *multi, int64_t now_ms)
{
	bool any;

	if (!multi->curl)
		return false;
	any = multi_nudge(multi, now_ms);
	any |= multi_timeout(multi, now_ms);
	return any;
}

int64_t multi_due_ms(const struct multi *multi)
{
	return multi->due_ms < multi->nudge_ms ? multi->due_ms : multi->nudge_ms;
}

CURL *multi_next_ended(struct multi *multi, CURLcode *ret_result)
{
	CURLMsg *message;
	CURL *easy;
	int left;

	if (!multi->curl)
		return NULL;
	message = curl_multi_info_read(multi->curl, &left);
	if (!message)
		return NULL;
	easy = message->easy_handle;
	*ret_result = message->data.result;
	curl_multi_remove_handle(multi->curl, easy);
	return easy;
}

bool multi_is_writable(const struct multi *multi)
{
	struct pollfd pollfd = {.fd = multi->socket_fd, .events = POLLOUT};

	/* After an error curl is to write, so that it finds the error. */
	return multi->socket_fd < 0 || poll(&pollfd, 1, 0) != 0;
}
