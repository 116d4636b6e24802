"""The judge of recordings: each history here is accepted, and refused with one error in it.

A line is PROCESS CALL-END NAME KEY [ARGUMENT] and what was told: `= VALUE` (a dot: no file),
`! ERRNO`, `?` (nobody knows); else it is done. Or a revision of the history: REVISION put KEY
VALUE, REVISION delete KEY. Or what a process was told: PROCESS @TIME line REVISION ..., PROCESS
@TIME event NAME KEY, PROCESS @TIME through REVISION. In values `;` ends a line, and a comma stands
between names.
"""
import re

from judge import judge
from record import Recording


def value_of(word):
    return "" if word == "''" else word.replace(";", "\n")


def change(words):
    line = {"revision": int(words[0]), "key": words[2]}
    if words[1] == "put":
        line["value"] = value_of(words[3])
    return words[1], line


def said(process, time, kind, words):
    line = {"process": process, "time": int(time[1:])}
    if kind == "line":
        if words[1] in ("put", "delete"):
            name, told = change(words)
        else:
            name, told = words[1], {"revision": int(words[0])}
        return dict(line, line=dict(told, type=name))
    if kind == "event":
        return dict(line, event=words[0], key=words[1])
    return dict(line, through=int(words[0]))


ARGUMENT = {"rename": "to", "lock": "mode", "since": "revision"}


def called(process, span, name, key, words):
    call, _, end = span.partition("-")
    begins = {"process": process, "time": int(call), "call": name, "key": value_of(key)}
    returns = {"process": process, "time": int(end), "return": "done"}
    if words and words[0] not in ("=", "!", "?"):
        word = words.pop(0)
        begins[ARGUMENT.get(name, "value")] = int(word) if name == "since" else value_of(word)
    if name == "lock" and words:
        returns["lock"], returns["revision"] = words[1], int(words[2])
    elif words[:1] == ["="]:
        told = None if words[1] == "." else value_of(words[1])
        returns["value"] = told.split(",") if name == "list" else told
    elif words[:1] == ["!"]:
        returns.update({"return": "refused", "errno": words[1]})
    elif words:
        returns["return"] = "unknown"
    return [begins, returns]


def recording(text):
    lines, last = [], None
    for line in text.splitlines():
        if not line:
            continue
        first, second, *rest = line.split()
        if second in ("put", "delete"):
            kind, told = change(line.split())
            lines.append(dict(told, change=kind))
            last = told["revision"]
        elif second.startswith("@"):
            lines.append(said(first, second, rest[0], rest[1:]))
        else:
            lines += called(first, second, rest[0], rest[1], rest[2:])
    return Recording(lines + ([{"history": last}] if last else []))


def check(what, text, good):
    complaints = list(judge(recording(text)))
    assert bool(complaints) != good, f"{what}: {'refused' if good else 'accepted'}: {complaints}"
    return complaints


def case(text, *errors):
    """Each error is (WHAT, LINES, OTHERS[, COMPLAINT]): with these lines instead it is refused, and
    one of the complaints matches."""
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"
    check("without an error", text, True)
    for what, lines, others, *complaint in errors:
        assert lines in text, lines
        found = check(what, text.replace(lines, others), False)
        for pattern in complaint:
            assert any(re.search(pattern, one) for one in found), f"{what}: {found}"


# --- Values ---------------------------------------------------------------------------------------

VALUES = """
    1 0-9 write a x
    2 10-19 read a = x
    1 20-29 write a y
    2 25-28 read a = x
    3 30-39 read a = y
    1 40-49 write a z ?
    2 41-45 read a = z
    3 50-59 read a = z
    1 60-69 unlink a
    2 70-79 read a = .
    3 80-89 unlink a ! ENOENT
    3 90-99 create a
    2 92-98 create a ! EEXIST
    1 100-109 write a w ?
    2 110-119 read a = ''
"""
VALUES_PAST = """
    2 put a x
    3 put a y
    4 put a z
    5 delete a
    6 put a ''
"""
WRONG_VALUES = [
    ("a stale read", "3 30-39 read a = y", "3 30-39 read a = x"),
    ("a lost write", "1 20-29 write a y", "1 20-24 write a y"),
    ("a read from the future", "2 10-19 read a = x", "2 10-19 read a = y"),
    ("a read of what nobody wrote", "3 30-39 read a = y", "3 30-39 read a = q"),
    ("an unknown write that was seen and then not", "3 50-59 read a = z", "3 50-59 read a = y"),
    ("what was removed is there", "2 70-79 read a = .", "2 70-79 read a = z"),
    ("what was removed is missed too early", "3 50-59 read a = z", "3 50-59 read a = ."),
    ("removed twice", "3 80-89 unlink a ! ENOENT", "3 80-89 unlink a"),
    ("made twice", "2 92-98 create a ! EEXIST", "2 92-98 create a"),
    ("refused, though it was there", "1 60-69 unlink a", "1 60-69 unlink a ! ENOENT"),
    ("refused, and it has happened", "1 20-29 write a y", "1 20-29 write a y ! EIO"),
]
case(VALUES, *WRONG_VALUES)
case(VALUES + VALUES_PAST, *WRONG_VALUES)
case(
    VALUES + VALUES_PAST,
    ("a write that the history lacks", "3 put a y", "", "nothing in the history"),
    ("a removal that the history lacks", "5 delete a", ""),
    ("a write twice in the history", "3 put a y", "3 put a y\n4 put a x", "made 2 times"),
    ("what nobody made", "4 put a z", "4 put a z\n4 put b q", "nobody has made"),
    ("two writes in the wrong order", "2 put a x\n3 put a y", "2 put a y\n3 put a x"),
    ("the history deletes nothing", "5 delete a", "5 delete b"),
)
case("""
    1 0-9 write a x ?
    2 10-19 read a = .
    2 20-29 read a = x
    2 put a x
    """,
     ("an unknown write that has not happened", "2 put a x", "2 put b x"))

# --- Several keys ---------------------------------------------------------------------------------

case("""
    1 0-9 write d/a x
    1 10-19 write d/b y
    2 20-29 list d = a,b
    2 30-39 rename d/a d/c
    1 31-38 read d/c = x
    1 40-49 read d/a = .
    1 50-59 list d = b,c
    3 60-69 rename d/c d/b ?
    1 70-79 read d/b = x
    3 80-89 rename d/q d/b ! ENOENT
    2 put d/a x
    3 put d/b y
    4 delete d/a
    4 put d/c x
    5 delete d/c
    5 put d/b x
    """,
     ("both names of a rename", "1 40-49 read d/a = .", "1 40-49 read d/a = x"),
     ("neither name", "1 31-38 read d/c = x", "1 31-33 read d/a = .\n1 34-38 read d/c = ."),
     ("the new name and then the old one", "1 31-38 read d/c = x",
      "1 31-33 read d/c = x\n1 34-38 read d/a = x"),
     ("both in a list", "1 50-59 list d = b,c", "1 50-59 list d = a,b,c"),
     ("an old list", "1 50-59 list d = b,c", "1 50-59 list d = a,b", "order of revisions"),
     ("a rename of unknown end that was seen and then not", "1 70-79 read d/b = x",
      "1 70-74 read d/b = x\n1 75-79 read d/c = x"),
     ("half of a rename", "5 delete d/c", "", "nobody has made"),
     ("refused, though it was there", "2 30-39 rename d/a d/c", "2 30-39 rename d/a d/c ! ENOENT"))

case("""
    1 0-9 write a x
    2 0-50 write b y
    3 10-19 read b = .
    3 20-29 read a = x
    4 25-45 read b = y
    2 put a x
    3 put b y
    """,
     ("keys in an order that is not that of their revisions",
      "2 put a x\n3 put b y", "2 put b y\n3 put a x", "order of revisions"))

# --- Append files ---------------------------------------------------------------------------------

LINES = """
    1 0-9 append l p;
    2 5-15 append l q;
    3 16-19 read l = q;p;
    1 20-29 append l r; ?
    2 30-39 append l s;
    3 40-49 read l = q;p;s;
    3 50-59 read l = q;p;s;r;
    2 60-69 append l t; ! EIO
    1 70-79 append l u; ?
    2 80-89 append l v;
    3 90-99 read l = q;p;s;r;v;
"""
WRONG_LINES = [
    ("a lost append", "3 40-49 read l = q;p;s;", "3 40-49 read l = q;p;"),
    ("an append twice", "3 90-99 read l = q;p;s;r;v;", "3 90-99 read l = q;p;s;r;v;v;",
     "twice|nothing"),
    ("appends in another order", "3 40-49 read l = q;p;s;", "3 40-49 read l = p;q;s;",
     "does not begin"),
    ("an append from the future", "3 16-19 read l = q;p;", "3 16-19 read l = q;p;s;"),
    ("an append of unknown end that was seen and then not", "3 90-99 read l = q;p;s;r;v;",
     "3 90-99 read l = q;p;s;v;"),
    ("what was refused is there", "3 90-99 read l = q;p;s;r;v;",
     "3 90-99 read l = q;p;s;r;t;v;", "was refused"),
    ("what nobody appended", "3 90-99 read l = q;p;s;r;v;", "3 90-99 read l = q;p;s;r;w;v;",
     "by nobody"),
    ("a text that was cut", "3 90-99 read l = q;p;s;r;v;", "3 90-99 read l = q;p;s;r;v"),
    ("the last append is lost", "3 90-99 read l = q;p;s;r;v;", "3 90-99 read l = q;p;s;r;"),
    ("lines of one writer in the wrong order", "1 0-9 append l p;\n2 5-15 append l q;",
     "1 0-4 append l p;\n2 5-15 append l q;"),
]
case(LINES, *WRONG_LINES)
case(LINES + """
    2 put l q;p;
    3 put l q;p;s;
    4 put l q;p;s;r;
    5 put l q;p;s;r;v;
    """,
     *[error[:3] for error in WRONG_LINES],
     ("a line is gone from the history", "4 put l q;p;s;r;", "4 put l q;p;r;"),
     ("and with a file that was cut", "5 put l q;p;s;r;v;", "5 put l v;"))

# --- Streams --------------------------------------------------------------------------------------

case("""
    1 0-9 write d/a x
    7 10-19 since d 0
    8 20-29 watch d
    1 25-35 write d/b y
    1 40-49 unlink d/a
    1 50-59 write e z
    1 60-69 write d/a w
    2 put d/a x
    3 put d/b y
    4 delete d/a
    5 put e z
    6 put .etcd/lock/d/1.1 ''
    7 put d/a w
    7 @20 line 2 put d/a x
    7 @36 line 3 put d/b y
    7 @50 line 4 delete d/a
    7 @70 line 7 put d/a w
    7 @71 through 7
    8 @36 line 3 put d/b y
    8 @50 line 4 delete d/a
    8 @70 line 7 put d/a w
    8 @80 line 9 overflow
    """,
     ("lines out of order", "7 @50 line 4 delete d/a\n7 @70 line 7 put d/a w",
      "7 @50 line 7 put d/a w\n7 @70 line 4 delete d/a", "comes before"),
     ("a line is missing", "8 @50 line 4 delete d/a\n", "", "comes before"),
     ("the first line is missing", "7 @20 line 2 put d/a x\n", ""),
     ("the last line is missing", "7 @70 line 7 put d/a w\n", "", "misses"),
     ("a line is missing before the end", "8 @70 line 7 put d/a w\n", "", "misses"),
     ("a line twice", "7 @36 line 3 put d/b y", "7 @36 line 3 put d/b y\n7 @37 line 3 put d/b y",
      "twice"),
     ("a line of elsewhere", "7 @70 line 7 put d/a w",
      "7 @69 line 5 put e z\n7 @70 line 7 put d/a w", "no such"),
     ("a line with another value", "8 @36 line 3 put d/b y", "8 @36 line 3 put d/b x", "no such"),
     ("a line before its change", "7 @70 line 7 put d/a w", "7 @59 line 7 put d/a w", "before"),
     ("a watch begins too late", "8 @36 line 3 put d/b y\n8 @50 line 4 delete d/a\n", "",
      "cannot be"),
     ("a watch tells nothing", "8 @36 line 3 put d/b y\n8 @50 line 4 delete d/a\n"
      "8 @70 line 7 put d/a w\n8 @80 line 9 overflow\n", "8 @80 through 7\n", "cannot be"),
     ("a watch begins too early", "8 @36 line 3 put d/b y",
      "8 @35 line 2 put d/a x\n8 @36 line 3 put d/b y", "acknowledged before"))

# --- Events ---------------------------------------------------------------------------------------

case("""
    1 0-9 write d/a x
    7 10-19 events d
    1 20-29 write d/a y
    1 30-39 create d/b
    1 40-49 write d/b z
    1 50-59 unlink d/a
    1 60-69 write d/a v
    1 70-79 write d/a w
    2 put d/a x
    3 put d/a y
    4 put d/b ''
    5 put d/b z
    6 delete d/a
    7 put d/a v
    8 put d/a w
    7 @25 event modify d/a
    7 @26 event close_write d/a
    7 @40 event create d/b
    7 @50 event modify d/b
    7 @51 event close_write d/b
    7 @60 event delete d/a
    7 @70 event create d/a
    7 @80 event modify d/a
    7 @81 event close_write d/a
    7 @90 through 8
    """,
     ("events out of order", "7 @60 event delete d/a\n7 @70 event create d/a",
      "7 @60 event create d/a\n7 @70 event delete d/a", "it was there"),
     ("a deletion is not told", "7 @60 event delete d/a\n", "", "it was there"),
     ("a creation is not told", "7 @70 event create d/a\n", "", "it was gone"),
     ("the last change is not told", "7 @80 event modify d/a\n7 @81 event close_write d/a\n", "",
      "not told"),
     ("the last change of a key is told too early",
      "7 @80 event modify d/a\n7 @81 event close_write d/a\n",
      "7 @68 event modify d/a\n7 @69 event close_write d/a\n"),
     ("nothing is told of a key", "7 @40 event create d/b\n7 @50 event modify d/b\n"
      "7 @51 event close_write d/b\n", "", "not told"),
     ("an event twice", "7 @51 event close_write d/b",
      "7 @51 event close_write d/b\n7 @52 event close_write d/b", "already"),
     ("an event without a change", "7 @51 event close_write d/b",
      "7 @51 event close_write d/b\n7 @52 event create d/c", "no such"),
     ("an event of before the watch", "7 @25 event modify d/a", "7 @20 event create d/a"),
     ("an event before its change", "7 @60 event delete d/a", "7 @49 event delete d/a", "before"),
     ("after its event a change is not seen", "7 @60 event delete d/a",
      "7 @51 event delete d/a\n2 54-56 read d/a = y", "before"))

# --- Locks ----------------------------------------------------------------------------------------

LOCKS = """
    1 0-9 lock f exclusive : .etcd/lock/f/a.1 2
    1 10-19 write f x
    2 5-39 lock f exclusive : .etcd/lock/f/b.1 4
    1 20-25 read f = x
    1 30-45 unlock f
    2 40-49 write f y
    2 50-59 unlock f
    1 60-69 lock f shared : .etcd/lock/f/a.2 8
    2 62-71 lock f shared : .etcd/lock/f/b.2 9
    2 72-79 unlock f
    1 80-89 unlock f ! EIO
    3 85-90 lock f exclusive : .etcd/lock/f/c.1 12
    3 91-92 write f z
    1 93-94 write f w ! EIO
    2 put .etcd/lock/f/a.1 ''
    3 put f x
    4 put .etcd/lock/f/b.1 ''
    5 delete .etcd/lock/f/a.1
    6 put f y
    7 delete .etcd/lock/f/b.1
    8 put .etcd/lock/f/a.2 {"mode":"shared"}
    9 put .etcd/lock/f/b.2 {"mode":"shared"}
    10 delete .etcd/lock/f/b.2
    11 delete .etcd/lock/f/a.2
    12 put .etcd/lock/f/c.1 ''
    13 put f z
"""
case(LOCKS,
     ("two hold it at once", "2 5-39 lock f exclusive : .etcd/lock/f/b.1 4",
      "2 5-28 lock f exclusive : .etcd/lock/f/b.1 4", "cannot be"),
     ("a shared one beside an exclusive one", "2 put .etcd/lock/f/a.1 ''\n3 put f x\n4 put",
      "2 put .etcd/lock/f/a.1 ''\n3 put f x\n4 put .etcd/lock/f/q.1 ''\n4 put"),
     ("an exclusive one beside a shared one", '8 put .etcd/lock/f/a.2 {"mode":"shared"}',
      "8 put .etcd/lock/f/a.2 ''", "no such lock"),
     ("a write after the loss", "6 put f y\n7 delete .etcd/lock/f/b.1",
      "6 delete .etcd/lock/f/b.1\n7 put f y", "held in"),
     ("a write before the grant", "5 delete .etcd/lock/f/a.1\n6 put f y",
      "5 put f y\n6 delete .etcd/lock/f/a.1", "held in"),
     ("a lock that etcd never had", "2 put .etcd/lock/f/a.1 ''", "2 put .etcd/lock/f/z.1 ''",
      "no such lock"),
     ("a lock of another life of the key", "f/c.1 12", "f/c.1 11", "no such lock"),
     ("unlocked, and still there", "7 delete .etcd/lock/f/b.1\n", "", "still"),
     ("gone before its end, and the lease was there", "1 30-45 unlock f", "1 43-45 unlock f",
      "cannot be"))
