/* A mount's view of the keys, when etcd's answers are well-formed and need not be true. */
#include "tests/fuzz/fuzz.h"

#include "fs/base/log.h"
#include "fs/etcd/frame.h"
#include "fs/mirror/mirror_private.h"
#include "fs/ops/mount.h"
#include "fs/parts.h"
#include "tests/fuzz/fake_clock.h"
#include "tests/fuzz/fake_curl.h"
#include "tests/fuzz/lies.h"

#include <string.h>

static struct fs fs;
static int64_t revision; /* what the server lies about */

/* --- The mount ---------------------------------------------------------------------------- */

static void nothing_run(void *arg)
{
	(void)arg;
}

static void mount_run(void)
{
	static struct task task = {.run = nothing_run};

	for (int i = 0; i < 3; i++) {
		etcd_dispatch(fs.etcd);
		loop_post(&fs.loop, &task);
		fuzz_check(loop_turn(&fs.loop) == 0);
	}
}

static void mount_start(const struct fs_config *config)
{
	log_set_level(LOG_LEVEL_ERROR);
	fs = (struct fs){.config = config, .end_fd = -1};
	revision = 10;
	fuzz_check(loop_init(&fs.loop) == 0);
	fuzz_check(mirror_new(config->prefix, &fs.mirror) == 0);
	fuzz_check(etcd_new(&config->etcd, &fs.etcd) == 0);
	parts_init(&fs);
	feed_start(&fs.feed);
	mount_run();
}

static void mount_end(void)
{
	feed_end(&fs.feed);
	parts_fini(&fs);
	mirror_free(fs.mirror);
	loop_fini(&fs.loop);
}

static void mount_check(void)
{
	const char *wrong;

	lock_take(&fs.mirror->lock);
	wrong = tree_check(&fs.mirror->tree);
	lock_drop(&fs.mirror->lock);
	if (wrong)
		fuzz_fail(__FILE__, __LINE__, wrong);
	fuzz_check(mirror_revision(fs.mirror) <= ETCD_REVISION_MAX);
}

/* --- The kernel --------------------------------------------------------------------------- */

enum { KNOWN = 16 };
static uint64_t known[KNOWN];
static size_t n_known;

static void look_up(struct bytes *input)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "%value", "%2F", "."};
	uint64_t dir = n_known ? known[fuzz_byte(input) % n_known] : ROOT_ID;
	const char *name = names[fuzz_byte(input) % (sizeof(names) / sizeof(names[0]))];
	struct mirror_info info;

	if (n_known < KNOWN && mirror_lookup(fs.mirror, dir, name, 1, &info) == 0)
		known[n_known++] = info.id;
}

static void forget(struct bytes *input)
{
	size_t n = n_known ? fuzz_byte(input) % n_known : 0;

	if (!n_known)
		return;
	mirror_unpin(fs.mirror, known[n], 1);
	n_known--;
	known[n] = known[n_known];
}

static void read_all(struct bytes *input)
{
	CLEANUP(mirror_names_free) struct mirror_names *names = NULL;
	uint64_t dir = n_known ? known[fuzz_byte(input) % n_known] : ROOT_ID;
	CLEANUP(value_unref) struct value *value = NULL;
	struct mirror_info info;

	if (mirror_names(fs.mirror, dir, &names) < 0 || !names->n_names)
		return;
	if (mirror_info(fs.mirror, names->names[0].id, &info) == 0 &&
		mirror_last_value(fs.mirror, info.id, &value) == 0)
		fuzz_touch(value_bytes(value));
}

/* --- The server --------------------------------------------------------------------------- */

static void answer(size_t n, struct bytes *input)
{
	CLEANUP(buf) struct buf message = {0};
	uint8_t header[FRAME_HEADER_SIZE];

	lies_answer(fake_curl_url(n), revision, input, &message);
	frame_header_write(header, (uint32_t)message.len);
	fake_curl_body(n, (struct bytes){header, sizeof(header)});
	fake_curl_body(n, buf_bytes(&message));
}

static void end(size_t n, int code)
{
	char line[32];

	snprintf(line, sizeof(line), "grpc-status: %d", code);
	fake_curl_header(n, bytes_of(line));
	fake_curl_end(n, CURLE_OK, 200);
}

static void step(struct bytes *input)
{
	uint8_t what = fuzz_byte(input);
	size_t n = what >> 4;

	switch (what % 16) {
	case 0:
	case 1:
	case 2:
		answer(n, input);
		break;
	case 3:
	case 4:
	case 5:
		answer(n, input);
		end(n, 0);
		break;
	case 6:
		end(n, fuzz_byte(input) % 17);
		break;
	case 7:
		while (fake_curl_count())
			fake_curl_end(0, CURLE_RECV_ERROR, 0);
		break;
	case 8:
		fake_clock_ms += (int64_t)fuzz_number(input, 2);
		break;
	case 9:
		revision += (int8_t)fuzz_byte(input);
		break;
	case 10:
		feed_doubt(&fs.feed);
		break;
	case 11:
		forget(input);
		break;
	case 12:
		read_all(input);
		break;
	default:
		look_up(input);
	}
	mount_run();
	mount_check();
}

void fuzz_one(struct bytes input)
{
	uint8_t flags = fuzz_byte(&input);
	const struct fs_config config = {.etcd.endpoints = "unix:///s",
		.prefix = flags & 1 ? (struct bytes){0} : bytes_of(LIES_PREFIX),
		.timeout_ms = 1000,
		.lock_ttl_s = 10,
		.inotify = flags & 2,
		.max_value = 1000,
		.control = -1};

	n_known = 0;
	mount_start(&config);
	while (input.len && !fs.failure)
		step(&input);
	mount_end();
}
