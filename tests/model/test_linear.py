"""The judge of the concurrent mode: histories that an order explains, and others that none does."""
from rounds import linear, step

FOREVER, UNKNOWN, Operation = linear.FOREVER, linear.UNKNOWN, linear.Operation

START = (("a", "0"),)


def judge(what, good, *operations):
    history = [Operation(call, end, name, list(arguments), result)
               for call, end, name, *arguments, result in operations]
    bad = linear.unexplained(history, START, step)
    assert (bad is None) == good, f"{what}: {'refused' if good else 'accepted'}: {bad}"
    return bad


judge("in their order", True,
      (0, 1, "write", "a", "1", "done"), (2, 3, "read", "a", "1"))
judge("a read of what was there before", False,
      (0, 1, "write", "a", "1", "done"), (2, 3, "read", "a", "0"))
judge("a read beside a write", True,
      (0, 3, "write", "a", "1", "done"), (1, 2, "read", "a", "0"))
judge("the new value, then the old", False,
      (0, 9, "write", "a", "1", "done"), (1, 2, "read", "a", "1"), (3, 4, "read", "a", "0"))
judge("an append that was lost", False,
      (0, 2, "append", "a", "x", "done"), (1, 3, "append", "a", "y", "done"),
      (4, 5, "read", "a", "0x"))
judge("two who created it", False,
      (0, 1, "delete", "a", "done"),
      (2, 4, "create", "a", "done"), (3, 5, "create", "a", "done"))
judge("both names of a rename", False,
      (0, 1, "rename", "a", "b", "done"), (2, 3, "names", "", ["a", "b"]))
judge("both places of an exchange", True,
      (0, 1, "put", "b/x", "1", "done"), (2, 3, "rename", "a", "b", "exchange", "done"),
      (4, 5, "everything", [["a/x", "1"], ["b", "0"]]))
judge("what was deleted in a directory, and came back with it", False,
      (0, 1, "put", "d/x", "1", "done"), (2, 3, "put", "d/y", "1", "done"),
      (4, 7, "rename", "d", "e", "done"), (5, 6, "delete", "d/x", "done"),
      (6.1, 6.2, "get", "d/x", "ENOENT"), (6.3, 6.4, "get", "d/y", "1"),
      (8, 9, "everything", [["a", "0"], ["e/x", "1"], ["e/y", "1"]]))
judge("unknown, and it has happened", True,
      (0, FOREVER, "write", "a", "1", UNKNOWN), (2, 3, "read", "a", "0"), (4, 5, "read", "a", "1"))
judge("unknown, and it has not", True,
      (0, FOREVER, "write", "a", "1", UNKNOWN), (2, 3, "read", "a", "0"))
judge("unknown, but not undone", False,
      (0, FOREVER, "write", "a", "1", UNKNOWN), (2, 3, "read", "a", "1"), (4, 5, "read", "a", "0"))
judge("refused, and it has happened", False,
      (0, 1, "write", "b", "1", "ENOENT"), (2, 3, "everything", [["a", "0"], ["b", "1"]]))
BAD = judge("what comes after", False,
            (0, 1, "write", "a", "1", "done"), (2, 3, "read", "a", "0"), (4, 5, "read", "a", "1"))
assert len(BAD) == 2, f"not the shortest beginning: {BAD}"
