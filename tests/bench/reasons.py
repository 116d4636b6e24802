"""What holds back the rows of rows.py that may miss their aim; shown where one does."""

HOLDS = {
    "read-64":
        "Some 46 opens share one question to etcd. What is left is the kernel's work: four "
        "fifths of the time of etcdfs' own threads is spent in waking callers and in copying "
        "requests, as the null FUSE does too. Twice Go Get would be four fifths of what the "
        "null FUSE does with no etcd beside it.",
    "write-1":
        "An open has to know whether the name is there now (22), so it waits for one answer "
        "of etcd, and the value's transaction is a second one; Go Put is one. The row with "
        "`fsync` has no name to look up.",
    "create-1":
        "As the overwrite.",
    "write-64":
        "On two processors the null FUSE alone is hardly faster than twice Go Put, and etcd "
        "needs the same processors: it takes some 0.6 ms for a request, and 25 us for each "
        "write in it. What is left is the kernel's work: four fifths of the time of etcdfs' "
        "own threads is spent in waking callers and in copying requests, as the null FUSE "
        "does too.",
    "write-256":
        "As with 64 callers.",
    "append-16":
        "An append is a question to etcd, since its name is looked up, and a part of a "
        "transaction. The callers divide into three groups, which wait for the one, for the "
        "other, or for their turn, so that some six appends share a transaction; etcd and "
        "etcdfs use 0.7 ms of processor time for each, which is both processors.",
    "ls-1000":
        "Each `statx` waits for an answer of etcd that is younger than the call (22).",
    "ls-10000":
        "Each `statx` waits for an answer of etcd that is younger than the call (22), and the "
        "cached mount answers from memory. It asks as often as there are files, and grows no "
        "faster.",
    "watch-4001":
        "Each directory is opened, read and looked at by its path, each time with an answer "
        "of etcd that is younger than the call (22): five a directory.",
    "cp-1000":
        "`cp` opens each file with `O_EXCL`, which has to decide in etcd at once (292), and "
        "writes afterwards: two transactions a file, and a question for each of its two "
        "lookups of the name. 1,000 Go Puts are a quarter of that.",
    "waiters-100":
        "Whenever the line of a file changes, each mount that has a lock in it looks at all who "
        "stand there, some 0.3 us for each.",
    "past_again-10000":
        "Of each file only its OPEN and its RELEASE reach etcdfs. Linux leaves these out for all "
        "files of a filesystem or for none, and a file of now has to be opened in etcdfs. A null "
        "FUSE that the kernel keeps takes as long.",
    "mount-1000000":
        "etcd uses three times the processor time that etcdfs uses: it reads each value from "
        "its database, and counts the rest of the keys for each page.",
    "memory-1000000":
        "A node is 64 bytes, and its value has a block of its own.",
}
