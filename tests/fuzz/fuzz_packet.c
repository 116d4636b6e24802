/* Packets on the socket between the supervisor and the filesystem process, in both directions. */
/*
 * An input is the kind of the packet, how many bytes it has, bytes to be written into it, each with
 * their place, and what follows the struct.
 */
#include "tests/fuzz/fuzz.h"

#include "fs/api/config.h"
#include "fs/control/status_json.h"
#include "fs/control/supervisor_link.h"
#include "supervisor/mount/filesystem.h"

#include <dirent.h>
#include <string.h>
#include <sys/socket.h>

static int ends[2];

static void packet_make(size_t size, struct bytes *input, struct buf *ret)
{
	size_t cut = fuzz_number(input, 2), patches = fuzz_byte(input) % 16;

	fuzz_check(buf_resize(ret, size) == 0);
	while (patches--) {
		size_t at = fuzz_number(input, 2) % size;
		struct bytes patch = fuzz_bytes(input, fuzz_byte(input) % (size - at + 1));

		if (patch.len)
			memcpy(ret->data + at, patch.data, patch.len);
	}
	fuzz_check(buf_append_bytes(ret, *input) == 0);
	if (cut)
		ret->len = cut < ret->len ? cut : ret->len;
}

/* --- From the supervisor ------------------------------------------------------------------ */

static void config_check(const struct fs_config *config)
{
	const char *const texts[] = {config->mountpoint, config->source, config->member,
		config->etcd.endpoints, config->etcd.cacert, config->etcd.cert, config->etcd.key,
		config->etcd.user, config->etcd.password, config->etcd.password_file};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i])
			fuzz_touch(bytes_of(texts[i]));
	fuzz_touch(config->prefix);
	fuzz_check(config->inherited.init.length <= sizeof(config->inherited.init.bytes));
	fuzz_check(config->inherited.pollers.n <= FS_POLLERS_MAX);
}

static void config_receive(void)
{
	struct fs_config config;
	struct buf packet = {0};

	if (fs_config_receive(ends[1], &packet, &config) == 0)
		config_check(&config);
	fs_config_packet_free(&packet);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* Both processes are of one build, so a bool is one. */
static void update_make_bools(uint8_t *update)
{
	update[offsetof(struct fs_update, read_only)] &= 1;
	update[offsetof(struct fs_update, role.no_space)] &= 1;
	update[offsetof(struct fs_update, role.corrupt)] &= 1;
}

static void update_receive(void)
{
	const struct supervisor_link_events events = {nothing, nothing, NULL};
	const struct fs_config config = {.control = ends[1]};
	CLEANUP(buf) struct buf text = {0};
	struct status_json status = {0};
	struct supervisor_link link;
	struct loop loop;

	fuzz_check(loop_init(&loop) == 0);
	supervisor_link_init(&link, &config, &loop, &events);
	fuzz_check(supervisor_link_open(&link) == 0);
	loop_turn(&loop);
	status.role = supervisor_link_role(&link);
	supervisor_link_child(&link, &status.child);
	fuzz_check(status_json_status(&status, &text) == 0);
	supervisor_link_fini(&link);
	loop_fini(&loop);
}

/* --- From the filesystem process ---------------------------------------------------------- */

static void told(void *arg, const char *text)
{
	(void)arg;
	fuzz_touch(bytes_of(text));
}

static void report_receive(void)
{
	static const struct filesystem_handler handler = {
		.mounted = nothing, .synced = nothing, .refused = told};
	const struct fs_config config = {.mountpoint = "/nowhere"};
	struct filesystem filesystem = {.handler = &handler, .config = &config};
	struct loop loop;

	fuzz_check(loop_init(&loop) == 0);
	filesystem.loop = &loop;
	filesystem_init(&filesystem);
	filesystem.control = ends[1];
	filesystem_hear(&filesystem);
	fuzz_check(filesystem.handover.inheritance.pollers.n <= FS_POLLERS_MAX);
	fuzz_check(filesystem.handover.inheritance.init.length <= sizeof(struct fs_init));
	filesystem.control = -1;
	filesystem_fini(&filesystem);
	loop_fini(&loop);
}

/* --- One packet --------------------------------------------------------------------------- */

static size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t n = 0;

	fuzz_check(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

static void send_packet(const struct buf *packet, bool has_device)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {
			     .cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS,
		     }};
	struct iovec part = {packet->data, packet->len};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = has_device ? control.bytes : NULL,
		.msg_controllen = has_device ? sizeof(control.bytes) : 0};

	memcpy(CMSG_DATA(&control.header), &ends[0], sizeof(int));
	fuzz_check(sendmsg(ends[0], &message, 0) == (ssize_t)packet->len);
}

void fuzz_one(struct bytes input)
{
	static const struct {
		size_t size;
		void (*receive)(void);
	} kinds[] = {{sizeof(struct fs_config), config_receive},
		{sizeof(struct fs_update), update_receive},
		{sizeof(struct fs_report), report_receive}};
	uint8_t kind = fuzz_byte(&input);
	CLEANUP(buf) struct buf packet = {0};
	size_t before = count_descriptors();

	packet_make(kinds[kind % 3].size, &input, &packet);
	if (kind % 3 == 1)
		update_make_bools(packet.data);
	fuzz_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	send_packet(&packet, kind & 0x80 && kind % 3);
	kinds[kind % 3].receive();
	close(ends[0]);
	close(ends[1]);
	fuzz_check(count_descriptors() == before);
}
