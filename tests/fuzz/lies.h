/* Well-formed answers of etcd that need not be true, made from any bytes. */
/*
 * Owner:   the caller of everything. Link with lies.c.
 * Keys are taken from a short list, so that they meet each other; revisions lie about the one that
 * the caller names, so that some of them fit.
 */
#pragma once

#include "fs/base/buf.h"

/* The keys have this prefix, if not all of them. */
#define LIES_PREFIX "p/"

/* Appends an answer to the method at the end of @url, without its frame. */
void lies_answer(const char *url, int64_t revision, struct bytes *input, struct buf *ret);
