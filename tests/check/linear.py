"""Whether a history of operations that overlapped can be put into an order that explains it.

Each operation takes effect at one moment between its call and its end. One whose ending is not
known may take effect at any later moment, or never: its end is FOREVER.

The search is Wing and Gong's with Lowe's memory of where it has been: one order is tried as far as
it goes, and then the next one. Operations that change no state (those that observe) are put into
the order as soon as they fit, which can spoil nothing.
"""
from collections import namedtuple

Operation = namedtuple("Operation", "call end name arguments result")
FOREVER = float("inf")
UNKNOWN = "ETIMEDOUT"


def unexplained(operations, start, step, observes=None):
    """None when some order explains all; else the shortest beginning of the history that none
    explains. step(state, operation) gives the states after it that fit its result."""
    if refuted(operations, start, step, observes) is None:
        return None
    ends = sorted(operation.end for operation in operations if operation.end < FOREVER)
    low, high = 0, len(ends)  # so many are explained, so many are not
    while high - low > 1:
        middle = (low + high) // 2
        if refuted(beginning(operations, ends[middle - 1]), start, step, observes) is None:
            low = middle
        else:
            high = middle
    return beginning(operations, ends[high - 1])


def beginning(operations, until):
    """What was called by then. What has ended later may have happened."""
    return [operation if operation.end <= until
            else operation._replace(end=FOREVER, result=UNKNOWN)
            for operation in operations if operation.call < until]


def refuted(operations, start, step, observes=None):
    """None when some order explains all; else an operation to whose end no order comes."""
    return Search(operations, step, observes or (lambda operation: False)).run(start)


class Search:
    """A place of the search is (first, done, late, state): what comes before the operation number
    `first`, in the order of the calls, is done; of those from there on, the bits of `done`; of
    those that have no end, the bits of `late`."""

    def __init__(self, operations, step, observes):
        by_call = sorted(operations, key=lambda operation: operation.call)
        self.ended = [operation for operation in by_call if operation.end < FOREVER]
        self.open = [operation for operation in by_call if operation.end == FOREVER]
        self.calls = [operation.call for operation in self.ended]
        self.ends = [operation.end for operation in self.ended]
        self.observing = [observes(operation) for operation in self.ended]
        self.step = step

    def run(self, start):
        todo = [(0, 0, 0, start)]
        been = set(todo)
        farthest, stuck = -1, None
        while todo:
            place = todo.pop()
            if place[0] == len(self.ended):
                return None
            places, last = self.next(place)
            if self.ends[last] > farthest:
                farthest, stuck = self.ends[last], self.ended[last]
            for after in places:
                if after not in been:
                    been.add(after)
                    todo.append(after)
        return stuck

    def next(self, place):
        """The places after @place, the most promising last, and the operation that ends first."""
        first, done, late, state = place
        candidates, last = self.candidates(first, done)
        for number in candidates:
            if self.observing[number] and self.step(state, self.ended[number]):
                return [(*self.did(first, done, number), late, state)], last
        places = self.open_places(place, self.ends[last])
        candidates.reverse()
        for number in candidates:
            if not self.observing[number]:
                for after in self.step(state, self.ended[number]):
                    places.append((*self.did(first, done, number), late, after))
        return places, last

    def candidates(self, first, done):
        """Those that may be next, called before any of those that are left has ended; and the
        one of these that ends first."""
        calls, ends = self.calls, self.ends
        found, horizon, last = [], FOREVER, first
        number = first
        while number < len(calls) and calls[number] <= horizon:
            if not done & 1:
                found.append(number)
                if ends[number] < horizon:
                    horizon, last = ends[number], number
            done >>= 1
            number += 1
        return [number for number in found if calls[number] <= horizon], last

    @staticmethod
    def did(first, done, number):
        """(first, done) with one operation more."""
        done |= 1 << (number - first)
        while done & 1:
            done >>= 1
            first += 1
        return first, done

    def open_places(self, place, horizon):
        """After one of those without an end; of several that are alike one will do."""
        first, done, late, state = place
        places, tried = [], set()
        for number, operation in enumerate(self.open):
            if operation.call > horizon:
                break
            alike = effect(operation)
            if late >> number & 1 or alike in tried:
                continue
            tried.add(alike)
            places += [(first, done, late | 1 << number, after)
                       for after in self.step(state, operation) if after != state]
        return places


def effect(operation):
    """What tells operations without an end apart, but for when they were called."""
    arguments = operation.arguments
    return operation.name, *(tuple(one) if isinstance(one, list) else one for one in arguments)
