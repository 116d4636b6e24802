#include "tests/lib/fake_etcd_private.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { WAIT_MS = 5000 };

static const uint8_t ok_range[] = {0, 0, 0, 0, 4, 0x0a, 2, 0x18, 1};	     /* header.revision 1 */
static const uint8_t created[] = {0, 0, 0, 0, 6, 0x0a, 2, 0x18, 1, 0x18, 1}; /* and created */

/* --- The script --------------------------------------------------------------------------- */

/* The only watch of the key "\0" alone. */
static bool is_anchor(const struct fake_stream *stream)
{
	static const uint8_t key[] = {0x0a, 1, 0};
	const uint8_t range_end = 0x12;

	return strcmp(stream->path, "/etcdserverpb.Watch/Watch") == 0 && stream->body.len >= 10 &&
	       memcmp(stream->body.data + 7, key, sizeof(key)) == 0 &&
	       (stream->body.len == 10 || stream->body.data[10] != range_end);
}

static struct fake_answer anchor_answer_locked(
	struct fake_etcd *fake, const struct fake_stream *stream) REQUIRES(fake->lock)
{
	fake->n_anchors++;
	fake->n_leaders += stream->has_leader;
	switch (fake->anchor) {
	case FAKE_ANCHOR_SILENT:
		return (struct fake_answer){.end = FAKE_NEVER};
	case FAKE_ANCHOR_REFUSED:
		return (struct fake_answer){.end = FAKE_STATUS_ONLY,
			.code = 14,
			.message = "rpc not supported for learner"};
	case FAKE_ANCHOR_ANSWERED:
	case FAKE_ANCHOR_PROXIED:
		break;
	}
	return (struct fake_answer){.end = FAKE_OPEN, .data = {created, sizeof(created)}};
}

static void record_locked(struct fake_etcd *fake, const struct fake_stream *stream)
	REQUIRES(fake->lock)
{
	struct record *longer;
	struct buf *text;

	longer = reallocarray(fake->requests, fake->n_requests + 1, sizeof(*longer));
	if (!longer)
		abort();
	fake->requests = longer;
	longer[fake->n_requests] = (struct record){0};
	text = &longer[fake->n_requests].text;
	buf_append(text, stream->path, strlen(stream->path) + 1);
	buf_append_byte(text, stream->has_leader ? '1' : '0');
	buf_append_bytes(text, buf_bytes(&stream->body));
	memcpy(longer[fake->n_requests].token, stream->token, sizeof(stream->token));
	fake->n_requests++;
	pthread_cond_broadcast(&fake->changed);
}

static struct fake_answer take_answer_locked(
	struct fake_etcd *fake, const struct fake_stream *stream) REQUIRES(fake->lock)
{
	struct fake_answer next = {.data = {ok_range, sizeof(ok_range)}};
	struct script *script;

	if (is_anchor(stream))
		return anchor_answer_locked(fake, stream);
	record_locked(fake, stream);
	script = STAILQ_FIRST(&fake->script);
	if (!script)
		return next;
	/* Its data is being sent from now on. */
	STAILQ_REMOVE_HEAD(&fake->script, link);
	STAILQ_INSERT_TAIL(&fake->used, script, link);
	return script->answer;
}

struct fake_answer fake_take_answer(struct fake_etcd *fake, const struct fake_stream *stream)
{
	struct fake_answer next;

	lock_take(&fake->lock);
	next = take_answer_locked(fake, stream);
	lock_drop(&fake->lock);
	return next;
}

bool fake_is_proxied(struct fake_etcd *fake)
{
	bool is_proxied;

	lock_take(&fake->lock);
	is_proxied = fake->anchor == FAKE_ANCHOR_PROXIED;
	lock_drop(&fake->lock);
	return is_proxied;
}

void fake_count_reset(struct fake_etcd *fake)
{
	lock_take(&fake->lock);
	fake->n_resets++;
	lock_drop(&fake->lock);
}

/* --- The thread --------------------------------------------------------------------------- */

static void fake_listen(struct fake_etcd *fake)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake->path);
	unlink(fake->path);
	fake->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fake->listen_fd < 0 ||
		bind(fake->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fake->listen_fd, 16) < 0)
		abort();
}

static void fake_unlisten(struct fake_etcd *fake)
{
	close(fake->listen_fd);
	fake->listen_fd = -1;
	unlink(fake->path);
}

static void fake_accept(struct fake_etcd *fake)
{
	int fd = accept4(fake->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	size_t i = 0;

	if (fd < 0)
		return;
	while (i < CONNECTIONS_MAX && fake->connections[i])
		i++;
	if (i == CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	fake->connections[i] = connection_new(fake, fd);
	lock_take(&fake->lock);
	fake->n_accepted++;
	lock_drop(&fake->lock);
}

static void fake_drop_all(struct fake_etcd *fake)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (fake->connections[i])
			connection_free(STEAL(fake->connections[i]));
}

/* Whether the thread goes on. */
static bool fake_obey_locked(struct fake_etcd *fake) REQUIRES(fake->lock)
{
	if (fake->want_listen && fake->listen_fd < 0)
		fake_listen(fake);
	if (!fake->want_listen && fake->listen_fd >= 0)
		fake_unlisten(fake);
	if (fake->want_drop)
		fake_drop_all(fake);
	fake->want_drop = false;
	fake->is_listening = fake->want_listen;
	pthread_cond_broadcast(&fake->changed);
	return !fake->want_end;
}

static bool fake_obey(struct fake_etcd *fake)
{
	bool go_on;

	lock_take(&fake->lock);
	go_on = fake_obey_locked(fake);
	lock_drop(&fake->lock);
	return go_on;
}

static void fake_wait(struct fake_etcd *fake, int64_t due_ms)
{
	struct pollfd fds[CONNECTIONS_MAX + 2];
	int64_t now_ms = clock_now_ms();
	int timeout = due_ms == INT64_MAX ? -1 : due_ms <= now_ms ? 0 : (int)(due_ms - now_ms);
	uint64_t count;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		fds[i] = (struct pollfd){.fd = fake->connections[i] ? fake->connections[i]->fd : -1,
			.events = POLLIN};
	fds[CONNECTIONS_MAX] = (struct pollfd){.fd = fake->listen_fd, .events = POLLIN};
	fds[CONNECTIONS_MAX + 1] = (struct pollfd){.fd = fake->wake_fd, .events = POLLIN};
	if (poll(fds, CONNECTIONS_MAX + 2, timeout) < 0)
		return;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (fake->connections[i] && fds[i].revents)
			connection_receive(fake->connections[i]);
	if (fds[CONNECTIONS_MAX].revents)
		fake_accept(fake);
	if (fds[CONNECTIONS_MAX + 1].revents)
		(void)!read(fake->wake_fd, &count, sizeof(count));
}

static void *fake_run(void *arg)
{
	struct fake_etcd *fake = arg;

	while (fake_obey(fake)) {
		int64_t due_ms = INT64_MAX, now_ms = clock_now_ms();

		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			struct fake_connection *connection = fake->connections[i];
			int64_t due =
				connection ? connection_answer_due(connection, now_ms) : INT64_MAX;

			if (connection)
				connection_send(connection);
			if (connection && connection->is_dead)
				connection_free(STEAL(fake->connections[i]));
			else if (due < due_ms)
				due_ms = due;
		}
		fake_wait(fake, due_ms);
	}
	fake_drop_all(fake);
	return NULL;
}

/* --- For the test ------------------------------------------------------------------------- */

static void fake_wake(struct fake_etcd *fake)
{
	uint64_t one = 1;

	(void)!write(fake->wake_fd, &one, sizeof(one));
}

static void fake_set_listening(struct fake_etcd *fake, bool listening, bool drop)
{
	lock_take(&fake->lock);
	fake->want_listen = listening;
	fake->want_drop = drop;
	fake_wake(fake);
	while (fake->is_listening != listening || fake->want_drop)
		pthread_cond_wait(&fake->changed, &fake->lock.mutex);
	lock_drop(&fake->lock);
}

static void script_clear(struct script_list *list)
{
	struct script *script;

	while ((script = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, link);
		free(script->data);
		free(script);
	}
}

static void script_append(struct script_list *list, const struct fake_answer *answer)
{
	struct script *script = calloc(1, sizeof(*script));

	if (!script || !(script->data = bytes_dup(answer->data)))
		abort();
	script->answer = *answer;
	script->answer.data.data = script->data;
	STAILQ_INSERT_TAIL(list, script, link);
}

struct fake_etcd *fake_etcd_new(const char *path, unsigned max_streams)
{
	struct fake_etcd *fake = calloc(1, sizeof(*fake));

	if (!fake)
		return NULL;
	snprintf(fake->path, sizeof(fake->path), "%s", path);
	fake->max_streams = max_streams;
	fake->listen_fd = -1;
	fake->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	STAILQ_INIT(&fake->script);
	STAILQ_INIT(&fake->used);
	lock_init(&fake->lock);
	pthread_cond_init(&fake->changed, NULL);
	if (fake->wake_fd < 0 || pthread_create(&fake->thread, NULL, fake_run, fake) != 0)
		abort();
	fake_etcd_start(fake);
	return fake;
}

void fake_etcd_free(struct fake_etcd *fake)
{
	if (!fake)
		return;
	lock_take(&fake->lock);
	fake->want_listen = false;
	fake->want_end = true;
	fake_wake(fake);
	lock_drop(&fake->lock);
	pthread_join(fake->thread, NULL);
	for (unsigned i = 0; i < fake->n_requests; i++)
		buf_fini(&fake->requests[i].text);
	free(fake->requests);
	script_clear(&fake->script);
	script_clear(&fake->used);
	close(fake->wake_fd);
	pthread_cond_destroy(&fake->changed);
	lock_fini(&fake->lock);
	free(fake);
}

void fake_etcd_start(struct fake_etcd *fake)
{
	fake_set_listening(fake, true, false);
}

void fake_etcd_stop(struct fake_etcd *fake)
{
	fake_set_listening(fake, false, true);
}

void fake_etcd_drop(struct fake_etcd *fake)
{
	fake_set_listening(fake, true, true);
}

void fake_etcd_script(struct fake_etcd *fake, const struct fake_answer *answers, size_t count)
{
	lock_take(&fake->lock);
	script_clear(&fake->script);
	for (size_t i = 0; i < count; i++)
		script_append(&fake->script, &answers[i]);
	lock_drop(&fake->lock);
}

void fake_etcd_set_anchor(struct fake_etcd *fake, enum fake_anchor anchor)
{
	lock_take(&fake->lock);
	fake->anchor = anchor;
	lock_drop(&fake->lock);
}

static unsigned fake_read(struct fake_etcd *fake, const unsigned *counter)
{
	unsigned value;

	lock_take(&fake->lock);
	value = *counter;
	lock_drop(&fake->lock);
	return value;
}

unsigned fake_etcd_accepted(struct fake_etcd *fake)
{
	return fake_read(fake, &fake->n_accepted);
}

unsigned fake_etcd_requests(struct fake_etcd *fake)
{
	return fake_read(fake, &fake->n_requests);
}

unsigned fake_etcd_anchors(struct fake_etcd *fake)
{
	return fake_read(fake, &fake->n_anchors);
}

unsigned fake_etcd_leaders(struct fake_etcd *fake)
{
	return fake_read(fake, &fake->n_leaders);
}

unsigned fake_etcd_resets(struct fake_etcd *fake)
{
	return fake_read(fake, &fake->n_resets);
}

bool fake_etcd_wait_requests(struct fake_etcd *fake, unsigned count)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_MS / 1000;
	lock_take(&fake->lock);
	while (fake->n_requests < count && r == 0)
		r = pthread_cond_timedwait(&fake->changed, &fake->lock.mutex, &until);
	lock_drop(&fake->lock);
	return r == 0;
}

int fake_etcd_request(struct fake_etcd *fake, unsigned index, struct buf *ret)
{
	int r = -ENOENT;

	lock_take(&fake->lock);
	if (index < fake->n_requests)
		r = buf_append_bytes(ret, buf_bytes(&fake->requests[index].text));
	lock_drop(&fake->lock);
	return r;
}

int fake_etcd_token(struct fake_etcd *fake, unsigned index, char ret[64])
{
	int r = -ENOENT;

	lock_take(&fake->lock);
	if (index < fake->n_requests) {
		memcpy(ret, fake->requests[index].token, 64);
		r = 0;
	}
	lock_drop(&fake->lock);
	return r;
}
