"""Each key by itself: is there an order of the operations on it that explains what they were told?

Where the history is known the state is the number of the key's version. What changes the key takes
it to the next version, which must be the one that this change makes. So an operation of unknown end
has happened if the history needs it, and the end of the history must be reached. Without a history
the state is the value.
"""
import history as past
import linear
from linear import FOREVER


def judge(operations, history):
    """A complaint for each key that no order explains."""
    for name, found in sorted(by_key(operations).items()):
        if history:
            searched, step = with_history(name, found, history)
            start = 0
        else:
            searched = [of(one, one.name, one.value, one.other) for one in found]
            step, start = value_step, None
        stuck = linear.refuted(searched, start, step, observes)
        if stuck:
            yield f"{name!r}: no order explains what was told by the end of {stuck.result}"


def by_key(operations):
    """The operations on each key that tell something; a rename is one of both names."""
    lists = {operation.key for operation in operations if operation.name == "append"}
    found = {}
    for operation in operations:
        if operation.key in lists or operation.name not in STEPS or tells_nothing(operation):
            continue
        found.setdefault(operation.key, []).append(operation)
        if operation.name == "rename" and operation.outcome != "refused":
            found.setdefault(operation.other, []).append(operation)
    return found


def tells_nothing(operation):
    if operation.outcome == "refused":
        return operation.errno != "ENOENT" or operation.name == "read"
    return operation.name == "read" and operation.outcome == "unknown"


def of(operation, name, *arguments):
    return linear.Operation(operation.call, operation.end, name, arguments, operation)


def observes(searched):
    return searched.name == "end" or searched.result.observes


# --- Without a history ----------------------------------------------------------------------------


def value_step(state, searched):
    operation = searched.result
    if operation.outcome == "refused":
        return (state,) if state is None else ()
    return STEPS[operation.name](state, operation)


STEPS = {
    "read": lambda state, operation: (state,) if state == operation.result else (),
    "write": lambda state, operation: (operation.value,),
    "create": lambda state, operation: ("",) if state is None else (),
    "cas": lambda state, operation: (operation.value,) if state == operation.other else (),
    "unlink": lambda state, operation: (None,) if state is not None else (),
    "rename": lambda state, operation: (),  # that needs the history
}


# --- With a history -------------------------------------------------------------------------------


def with_history(name, operations, history):
    """What is searched for, and its step."""
    key = history.keys.get(name) or past.Key()
    values, effects, last = key.values, key.effects, len(key.values) - 1
    searched = []
    for operation in operations:
        if operation.observes:
            searched.append(of(operation, operation.name))
        elif operation.outcome == "done" or history.made(operation):
            searched.append(of(operation, operation.name, past.effect(operation, name)))
    over = max([0, *(one.call for one in searched),
                *(one.end for one in searched if one.end < FOREVER)])
    searched.append(linear.Operation(over, over, "end", (), "the history"))

    def step(state, one):
        if one.name == "end":
            return (state,) if state == last else ()
        operation = one.result
        if operation.observes:
            return (state,) if values[state] == operation.result else ()
        if state == last or effects[state + 1] != one.arguments[0]:
            return ()
        if operation.name == "create" and values[state] is not None:
            return ()
        if operation.name == "cas" and values[state] != operation.other:
            return ()
        return (state + 1,)

    return searched, step
