"""roles.py FILE...: shows each .role as who waits for it sees it: a line "MS INDEX WORD" now and
after each change, MS being the wall clock's milliseconds. Ends when it is killed, or a mount is
gone."""
import os
import select
import sys
import time


def main():
    files = [os.open(path, os.O_RDONLY) for path in sys.argv[1:]]
    words = [""] * len(files)
    poll = select.poll()
    for fd in files:
        poll.register(fd, select.POLLPRI)
    while True:
        for index, fd in enumerate(files):
            word = os.pread(fd, 64, 0).decode().strip()
            if word != words[index]:
                print(int(time.time() * 1000), index, word, flush=True)
                words[index] = word
        poll.poll()


main()
