"""Whether a history of operations that overlapped can be put into an order that explains it.

Each operation takes effect at one moment between its call and its end. One whose ending is not
known may take effect at any later moment, or never.
"""
from collections import namedtuple

Operation = namedtuple("Operation", "call end name arguments result")
FOREVER = float("inf")
UNKNOWN = "ETIMEDOUT"


def unexplained(operations, start, step):
    """None when some order explains all; else the shortest beginning of the history that none
    explains. step(state, operation) gives the states after it that fit its result."""
    if is_explained(operations, start, step):
        return None
    ends = sorted(operation.end for operation in operations if operation.end < FOREVER)
    low, high = 0, len(ends)  # so many are explained, so many are not
    while high - low > 1:
        middle = (low + high) // 2
        if is_explained(beginning(operations, ends[middle - 1]), start, step):
            low = middle
        else:
            high = middle
    return beginning(operations, ends[high - 1])


def beginning(operations, until):
    """What was called by then. What has ended later may have happened."""
    return [operation if operation.end <= until
            else operation._replace(end=FOREVER, result=UNKNOWN)
            for operation in operations if operation.call < until]


def is_explained(operations, start, step):
    """Searches the orders, and remembers where it has been (Wing and Gong; Lowe)."""
    operations = sorted(operations, key=lambda operation: operation.call)
    everything = (1 << len(operations)) - 1
    optional = sum(1 << i for i, operation in enumerate(operations) if operation.end == FOREVER)
    todo = [(0, start)]
    been = set(todo)
    while todo:
        done, state = todo.pop()
        if done | optional == everything:
            return True
        for i in candidates(operations, done):
            for after in step(state, operations[i]):
                place = (done | 1 << i, after)
                if place not in been:
                    been.add(place)
                    todo.append(place)
    return False


def candidates(operations, done):
    """Those that may be next: called before any of those that are left has ended."""
    left = [i for i in range(len(operations)) if not done >> i & 1]
    horizon = min(operations[i].end for i in left)
    return [i for i in left if operations[i].call <= horizon]
