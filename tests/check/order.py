"""When each revision can have come to be, so that all that was told of the revisions fits.

Revisions come one after the other, so their times do not fall. What was told is a sighting: in some
moment between its call and its end a revision was `first`, or a later one, and none from `next` on.
A sighting that does not know which of several spans of revisions it saw has them all as options.
(An operation that has made revision r is (r, r): r was there at its end, and not before its call.)

The earliest times that are possible are found by going from no demand at all to those that are met:
each demand only moves times up. So if some times fit, they are found, and if a sighting has no
option left, there are none.
"""
from bisect import bisect_right
from itertools import accumulate


class Sighting:
    __slots__ = ("call", "end", "options", "at", "what")

    def __init__(self, call, end, options, what):
        self.call, self.end, self.options, self.what = call, end, options, what
        self.at = len(options) - 1  # the latest option that may be meant


class Impossible(Exception):
    """The first argument is what does not fit, the second one what it contradicts."""


def earliest(sightings, last):
    """The earliest time of each revision from 0 to @last; raises Impossible."""
    demands, by = [0] * (last + 2), [None] * (last + 2)
    moved = True
    while moved:
        times = list(accumulate(demands, max))
        moved = False
        for sighting in sightings:
            if times[sighting.options[sighting.at][0]] > sighting.end:
                go_back(sighting, times, demands, by)
            follows = sighting.options[sighting.at][1]
            if follows is not None and demands[follows] < sighting.call:
                demands[follows], by[follows] = sighting.call, sighting.what
                moved = True
    return times


def go_back(sighting, times, demands, by):
    """To the latest option that had begun at the sighting's end."""
    options = sighting.options
    sighting.at = bisect_right(options, sighting.end, 0, sighting.at,
                               key=lambda option: times[option[0]]) - 1
    if sighting.at < 0:
        first = options[0][0]
        raise Impossible(sighting.what, by[demands.index(times[first], 0, first + 1)])
