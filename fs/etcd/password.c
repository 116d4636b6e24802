#include "fs/base/cleanup.h"
#include "fs/etcd/etcd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PASSWORD_MAX 4096 /* bytes */

static int secret_refuse(char why[ETCD_WORDS_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int secret_refuse(char why[ETCD_WORDS_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, ETCD_WORDS_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

/* Refuses a file that others can read, as ssh does with keys. */
static int check_secret(int fd, const char *path, char why[ETCD_WORDS_SIZE])
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return secret_refuse(why, "%s: %m", path);
	if (S_ISDIR(st.st_mode))
		return secret_refuse(why, "%s is a directory", path);
	if (st.st_mode & 077)
		return secret_refuse(why, "others can read %s (mode %04o): chmod 600 it", path,
			st.st_mode & 07777);
	return 0;
}

/* Reads the whole file, without line breaks at the end. */
static int read_secret(int fd, const char *path, char **ret, char why[ETCD_WORDS_SIZE])
{
	CLEANUP(free) char *copy = NULL;
	char text[PASSWORD_MAX + 2];
	size_t length = 0;
	bool is_password;
	ssize_t n;

	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += n;
	if (n < 0)
		return secret_refuse(why, "%s: %m", path);
	while (length && strchr("\r\n", text[length - 1]))
		length--;
	text[length] = '\0';
	is_password = length && length <= PASSWORD_MAX && strlen(text) == length;
	copy = is_password ? strdup(text) : NULL;
	explicit_bzero(text, sizeof(text));
	if (!is_password)
		return secret_refuse(why, "%s holds no password", path);
	if (!copy)
		return -ENOMEM;
	*ret = STEAL(copy);
	return 0;
}

int etcd_read_password(const char *path, char **ret, char ret_why[ETCD_WORDS_SIZE])
{
	CLEANUP(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return secret_refuse(ret_why, "%s: %m", path);
	r = check_secret(fd, path, ret_why);
	return r < 0 ? r : read_secret(fd, path, ret, ret_why);
}
