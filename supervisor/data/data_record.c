/*
 * An etcd whose data is gone starts as if it were new: a single one with an empty keyspace, a
 * member of a cluster as one that may vote twice. And an etcd that has data ignores a changed
 * initial-cluster. etcd reports neither.
 */
#include "supervisor/data/data_record.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"
#include "supervisor/data/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char words[] = "# etcd has run in the data directory of this name. Remove this file "
			    "only to start there anew.\n";
static const char key[] = "initial-cluster ";

int data_record_init(struct data_record *record, const char *data_dir, const char *wal_dir)
{
	size_t length = strlen(data_dir);

	*record = (struct data_record){0};
	while (length > 1 && (data_dir[length - 1] == '/' ||
				     (data_dir[length - 1] == '.' && data_dir[length - 2] == '/')))
		length--;
	if (asprintf(&record->file, "%.*s.etcdfs", (int)length, data_dir) < 0) {
		record->file = NULL;
		return -ENOMEM;
	}
	if (wal_dir)
		record->wal_dir = strdup(wal_dir);
	else if (asprintf(&record->wal_dir, "%s/member/wal", data_dir) < 0)
		record->wal_dir = NULL;
	return record->wal_dir ? 0 : -ENOMEM;
}

void data_record_fini(struct data_record *record)
{
	free(record->file);
	free(record->wal_dir);
	*record = (struct data_record){0};
}

/* Whether there is a log, by which etcd itself decides whether it is new. */
static bool has_log(const struct data_record *record)
{
	DIR *dir = opendir(record->wal_dir);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		found = dot && !strcmp(dot, ".wal");
	}
	closedir(dir);
	return found;
}

/* In a directory that everybody may write, the file may be another user's: then it is ignored, and
 * not changed. */
static FILE *record_open(const struct data_record *record, int flags, const char *mode)
{
	struct stat st;
	CLEANUP(fd) int fd = file_open(record->file, flags, &st);
	FILE *file;

	if (fd < 0 || st.st_uid != geteuid()) {
		errno = fd < 0 ? -fd : EPERM;
		return NULL;
	}
	file = fdopen(fd, mode);
	if (file)
		(void)STEAL_FD(fd);
	return file;
}

/* Returns the recorded members, "" if none were given, or NULL if there is no record. The caller
 * frees it. */
static char *record_read(const struct data_record *record)
{
	FILE *file = record_open(record, O_RDONLY, "r");
	CLEANUP(free) char *line = NULL;
	char *cluster = NULL;
	size_t capacity = 0;

	if (!file)
		return NULL;
	while (!cluster && getline(&line, &capacity, file) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, key, strlen(key)))
			cluster = strdup(line + strlen(key));
	}
	fclose(file);
	return cluster ? cluster : strdup("");
}

static void record_write(const struct data_record *record, const char *cluster)
{
	FILE *file = record_open(record, O_WRONLY | O_CREAT, "w");

	if (!file || ftruncate(fileno(file), 0) < 0) {
		if (file)
			fclose(file);
		log_debug("%s: %s", record->file, strerror(errno));
		return;
	}
	fputs(words, file);
	if (*cluster)
		fprintf(file, "%s%s\n", key, cluster);
	fclose(file);
}

int data_record_check(const struct data_record *record, const char *data_dir, bool is_member,
	struct refusal *refusal)
{
	CLEANUP(free) char *known = record_read(record);

	if (!known || has_log(record))
		return 0;
	if (is_member)
		return refuse(refusal,
			"the data directory %s is empty, but this member has run there: bring its "
			"data back; or take the member out of the cluster (etcdctl member remove) "
			"and start it with --join URL of another member",
			data_dir);
	return refuse(refusal,
		"the data directory %s is empty, but etcd has run there: bring its data back; or, "
		"to start with nothing, remove %s",
		data_dir, record->file);
}

void data_record_forget(const struct data_record *record)
{
	unlink(record->file);
}

/* How many members of @list are also in @other; *ret_members is how many are in @list. */
static size_t count_common(const char *list, const char *other, size_t *ret_members)
{
	size_t common = 0;

	*ret_members = 0;
	while (*list) {
		size_t length = strcspn(list, ",");
		const char *at;
		bool found = false;

		for (at = other; *at && !found; at += strcspn(at, ","), at += *at == ',')
			found = strcspn(at, ",") == length && !strncmp(at, list, length);
		common += found;
		++*ret_members;
		list += length;
		list += *list == ',';
	}
	return common;
}

bool data_record_is_same(const char *a, const char *b)
{
	size_t in_a, in_b;

	return count_common(a, b, &in_a) == in_a && count_common(b, a, &in_b) == in_b;
}

bool data_record_note(const struct data_record *record, const char *initial_cluster)
{
	CLEANUP(free) char *known = record_read(record);
	const char *now = initial_cluster ? initial_cluster : known ? known : "";

	if (!has_log(record) || (known && data_record_is_same(known, now)))
		return false;
	record_write(record, now);
	return known && *known;
}
