/* The words with which mount(8) and fstab(5) describe any mount. */
/*
 * Owner:   static, constant.
 * Threads: any.
 */
#pragma once

#include <stdbool.h>

/* Whether @word is one of them; if it stands for a flag of the mount (MS_NOEXEC, MS_SYNCHRONOUS),
 * sets or clears that in *@flags. ro and rw, which are a key's, are none of them. */
bool mount_word_take(const char *word, unsigned long *flags);

/* Whether @options, words separated by commas, have @word among them. */
bool mount_word_is_in(const char *options, const char *word);
