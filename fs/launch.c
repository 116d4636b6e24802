/*
 * The program is executed again rather than only forked, because the supervisor sometimes has
 * threads (that resolve a name), and a lock that such a thread holds during the fork would never be
 * released in the child. The configuration may contain a password, so it is in no argument and no
 * environment, but is the first packet on the socket.
 */
#include "fs/base/cleanup.h"
#include "fs/base/log.h"
#include "fs/events/notifier.h"
#include "fs/fs.h"
#include "fs/libfuse_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* Moves the socket to a descriptor that nothing uses as the standard input. */
static int take_socket(void)
{
	CLEANUP(fd) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int socket = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	return socket;
}

int fs_notifier(int argc, char **argv)
{
	return argc == 2 ? notifier_main(argv[0], strtoul(argv[1], NULL, 10)) : 2;
}

int fs_process(void)
{
	CLEANUP(fd) int socket = take_socket();
	struct buf packet = {0};
	struct fs_config config;
	int status = 1, error;

	prctl(PR_SET_NAME, "etcdfs");
	error = fs_config_receive(socket, &packet, &config);
	if (error) {
		log_error("the filesystem process is not told what to mount: %s", strerror(-error));
	} else {
		log_set_level(config.log_level);
		if (config.is_heard)
			log_use_priorities();
		libfuse_log_take();
		config.control = socket;
		status = fs_run(&config);
	}
	fs_config_packet_free(&packet);
	return status;
}
