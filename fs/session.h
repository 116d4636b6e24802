/* What is to be done before the mount is made, and when it goes. */
/*
 * Threads: that of the mount, while no other uses the session.
 */
#pragma once

struct fs;

/* Takes the dead mount of an earlier process off, if there is one. */
void session_clear(const struct fs *fs);

/* Takes the mount off, where it is by now, and frees the session. */
void session_unmount(struct fs *fs);
