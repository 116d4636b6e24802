/* One line of JSON, member by member: numbers exactly, and bytes that may be no UTF-8. */
/*
 * Pure. A line is freed by json_line_free(). Each member's function returns 0 or -ENOMEM.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdint.h>

struct cJSON;

struct cJSON *json_line_new(void); /* NULL without memory */
void json_line_free(struct cJSON *line);
CLEANUP_POINTER(struct cJSON, json_line_free)

int json_line_number(struct cJSON *line, const char *name, int64_t number);
int json_line_text(struct cJSON *line, const char *name, const char *text); /* UTF-8 */

/* A string; if @bytes are not UTF-8, base64, under the name with "_base64" added. */
int json_line_bytes(struct cJSON *line, const char *name, struct bytes bytes);

/* Appends the whole line with its newline, or nothing. 0 or -ENOMEM. */
int json_line_append(const struct cJSON *line, struct buf *ret);
