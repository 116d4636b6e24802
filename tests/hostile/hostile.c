/* An etcd for tests that says anything at any time. */
/*
 * usage: hostile_etcd SOCKET SEED
 *
 * It listens on unix://SOCKET, and keeps keys as an etcd does. Each line of its standard input is
 * obeyed, and answered by one line, or more that end with an empty one:
 *
 *   wild N    of a thousand answers up to N are distorted (distort.h), and more is said unasked
 *   honest    no longer; it is another cluster from now on, so that nothing is believed any more
 *   keys      its keys, each with a tab and its value in hex
 *
 * It ends with its standard input.
 */
#include "fs/base/clock.h"
#include "tests/hostile/distort.h"
#include "tests/lib/fake_etcd_private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	TURN_MS = 10,
	MOOD_MS = 500,
	WIRE_PERMILLE = 3,
	UNASKED_PERMILLE = 30,
	NOISE = 256 * 1024,
	ENDLESS_MAX = 512 * 1024 * 1024,
};

static struct serving serving = {.store.revision = 1, .cluster_id = 7};
static struct fake_etcd server = {.listen_fd = -1};
static struct chance chance;
static unsigned wildest, wildness;  /* of a thousand answers, at most and now */
static int64_t mood_ms;		    /* when that changes */
static struct fake_stream *endless; /* gets bytes without an end */
static size_t endless_len;
static uint64_t n_requests, n_distorted;

/* --- Answers ------------------------------------------------------------------------------ */

bool fake_is_proxied(struct fake_etcd *fake)
{
	(void)fake;
	return false;
}

void fake_count_reset(struct fake_etcd *fake)
{
	(void)fake;
}

static void distort(struct fake_stream *stream, struct reply *reply, struct fake_answer *answer)
{
	bool is_endless;

	n_distorted++;
	distort_reply(&chance, stream->path, serving.store.revision, reply, answer, &is_endless);
	if (is_endless && !endless) {
		endless = stream;
		endless_len = 0;
	}
}

struct fake_answer fake_take_answer(struct fake_etcd *fake, const struct fake_stream *request)
{
	struct fake_stream *stream = (struct fake_stream *)(uintptr_t)request;
	struct bytes message = bytes_slice(buf_bytes(&stream->body), 5, stream->body.len);
	struct fake_answer answer = {0};
	struct reply reply;

	(void)fake;
	n_requests++;
	serve(&serving, stream->path, message, &reply);
	answer.end = reply.watcher ? FAKE_OPEN : reply.code ? FAKE_STATUS_ONLY : FAKE_OK;
	answer.code = reply.code;
	answer.message = reply.words;
	if (chance_is(&chance, wildness))
		distort(stream, &reply, &answer);
	stream->more = reply.frames;
	stream->state = reply.watcher;
	answer.data = buf_bytes(&stream->more);
	return answer;
}

/* --- What is said later ------------------------------------------------------------------- */

static bool may_say(const struct fake_stream *stream)
{
	return stream->answer.end == FAKE_OPEN && !stream->due_ms;
}

static void watch_say(struct fake_stream *stream)
{
	CLEANUP(buf) struct buf frames = {0};

	if (serve_watch(&serving, stream->state, &frames) && chance_is(&chance, wildness / 2))
		buf_clear(&frames); /* an event is lost */
	if (wildness && chance_is(&chance, UNASKED_PERMILLE))
		distort_lie(&chance, stream->path, serving.store.revision, &frames);
	if (frames.len)
		fake_stream_say(stream, buf_bytes(&frames), FAKE_OPEN);
}

static void endless_say(void)
{
	CLEANUP(buf) struct buf noise = {0};

	/* Only as much as is taken. */
	if (endless->answer.data.len - endless->sent > NOISE || endless_len > ENDLESS_MAX)
		return;
	distort_noise(&chance, NOISE, &noise);
	endless_len += noise.len;
	fake_stream_say(endless, buf_bytes(&noise), FAKE_OPEN);
}

static void connection_say(struct fake_connection *connection, bool *ret_endless)
{
	struct fake_stream *stream;

	TAILQ_FOREACH (stream, &connection->streams, link) {
		*ret_endless |= stream == endless;
		if (stream->state && may_say(stream))
			watch_say(stream);
	}
}

static void mangle(struct fake_connection *connection, struct buf *frames)
{
	(void)connection;
	if (wildness && chance_is(&chance, WIRE_PERMILLE))
		distort_wire(&chance, frames);
}

/* --- The server --------------------------------------------------------------------------- */

static void serve_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	server.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server.listen_fd < 0 ||
		bind(server.listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(server.listen_fd, CONNECTIONS_MAX) < 0) {
		perror(path);
		exit(1);
	}
}

static void drop(size_t i)
{
	struct fake_stream *stream;

	TAILQ_FOREACH (stream, &server.connections[i]->streams, link)
		if (stream == endless)
			endless = NULL;
	connection_free(STEAL(server.connections[i]));
}

static void accept_one(void)
{
	int fd = accept4(server.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	size_t i = 0;

	while (i < CONNECTIONS_MAX && server.connections[i])
		i++;
	if (fd < 0)
		return;
	if (i == CONNECTIONS_MAX)
		close(fd);
	else
		server.connections[i] = connection_new(&server, fd);
}

/* For moments it is honest, so that what is lied about later is more than a beginning. */
static void mood_change(int64_t now_ms)
{
	static const unsigned shares[] = {0, 0, 4, 1};

	if (now_ms < mood_ms)
		return;
	mood_ms = now_ms + MOOD_MS;
	wildness = shares[chance_next(&chance) % 4];
	wildness = wildness ? wildest / wildness : 0;
}

static void turn(void)
{
	bool is_endless = false;

	mood_change(clock_now_ms());
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct fake_connection *connection = server.connections[i];
		if (!connection)
			continue;
		connection_answer_due(connection, clock_now_ms());
		connection_say(connection, &is_endless);
	}
	if (!is_endless)
		endless = NULL;
	if (endless)
		endless_say();
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (!server.connections[i])
			continue;
		connection_send(server.connections[i]);
		if (server.connections[i]->is_dead)
			drop(i);
	}
}

/* --- Commands ----------------------------------------------------------------------------- */

static void be_honest(void)
{
	wildest = wildness = 0;
	serving.cluster_id++;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (server.connections[i])
			drop(i);
	fprintf(stderr, "%lu requests, %lu distorted\n", (unsigned long)n_requests,
		(unsigned long)n_distorted);
}

static void show_keys(void)
{
	const struct store *store = &serving.store;

	for (size_t i = 0; i < store->n_keys; i++) {
		const struct buf *key = &store->keys[i].key, *value = &store->keys[i].value;
		printf("%.*s\t", (int)key->len, (const char *)key->data);
		for (size_t at = 0; at < value->len; at++)
			printf("%02x", value->data[at]);
		printf("\n");
	}
}

static void obey(const char *line)
{
	if (sscanf(line, "wild %u", &wildest) == 1)
		printf("wild\n");
	else if (strcmp(line, "honest\n") == 0)
		be_honest(), printf("honest\n");
	else
		show_keys(), printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd fds[CONNECTIONS_MAX + 2];
	char line[64];

	if (argc != 3)
		return 2;
	chance.state = strtoull(argv[2], NULL, 10);
	server.mangle = mangle;
	serve_on(argv[1]);
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		for (size_t i = 0; i < CONNECTIONS_MAX; i++)
			fds[i] = (struct pollfd){
				server.connections[i] ? server.connections[i]->fd : -1, POLLIN, 0};
		fds[CONNECTIONS_MAX] = (struct pollfd){server.listen_fd, POLLIN, 0};
		fds[CONNECTIONS_MAX + 1] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
		poll(fds, CONNECTIONS_MAX + 2, endless ? 0 : TURN_MS);
		for (size_t i = 0; i < CONNECTIONS_MAX; i++)
			if (server.connections[i] && fds[i].revents)
				connection_receive(server.connections[i]);
		if (fds[CONNECTIONS_MAX].revents)
			accept_one();
		if (fds[CONNECTIONS_MAX + 1].revents && !fgets(line, sizeof(line), stdin))
			return 0;
		if (fds[CONNECTIONS_MAX + 1].revents)
			obey(line);
		turn();
	}
}
