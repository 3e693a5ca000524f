"""A priority queue of waiters for permits, the most overdue first. Pure: it never sleeps."""

from __future__ import annotations

import heapq
import itertools
from typing import Protocol

from segue._pace.windows import MARGIN

WATCH = 5.0
"""The shortest interval, in seconds, at which a waiter checks that the first one is still there."""

_LOOKS = 20.0
"""The most such checks in a second, over all waiters."""


class Waiter(Protocol):
    """One that sleeps until its turn, in a thread or as a task of an event loop."""

    loop: object
    """The loop that it ends with; a waiter that calls proves that others of its loop live, too."""

    def wake(self) -> bool:
        """Make it call again at once; False when its loop has ended. Called from any thread."""
        ...


class Place:
    """A waiter's place. It calls again at the time `at`, or when it is woken."""

    __slots__ = ("at", "due", "waiter", "woken")

    def __init__(self, due: float, waiter: Waiter | None) -> None:
        self.due = due
        self.waiter = waiter
        self.at = 0.0
        self.woken = False  # and has not called since


class Queue:
    """Places by their `due`; each is known by its waiter or, without one, by its job's name.

    One that leaves is removed from the heap when it comes to the top, so each step is O(log n).
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, int, Place]] = []
        self._places: dict[object, Place] = {}
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._places)

    def join(self, job: str, due: float, waiter: Waiter | None) -> Place:
        """Join the queue, or hold one's place."""
        key = job if waiter is None else waiter
        place = self._places.get(key)
        if place is None or place.due != due:
            place = self._places[key] = Place(due, waiter)
            heapq.heappush(self._heap, (due, job, next(self._numbers), place))
            if len(self._heap) > 2 * len(self._places) + 64:
                self._heap = [entry for entry in self._heap if self._here(entry[3], entry[1])]
                heapq.heapify(self._heap)
        return place

    def leave(self, job: str, waiter: Waiter | None = None) -> bool:
        """Leave the queue; returns whether it was in it."""
        return self._places.pop(job if waiter is None else waiter, None) is not None

    def sleeps(self, job: str, waiter: Waiter | None, until: float) -> None:
        """Record when the waiter will call again."""
        if (place := self._places.get(job if waiter is None else waiter)) is not None:
            place.at, place.woken = until, False

    def first(self) -> Place | None:
        """The most overdue place."""
        while self._heap:
            _due, job, _number, place = self._heap[0]
            if self._here(place, job):
                return place
            heapq.heappop(self._heap)
        return None

    def watch(self) -> float:
        """Seconds to sleep for one that is not the first and can be woken."""
        return max(WATCH, len(self._places) / _LOOKS)

    def drop_late(self, asking: Waiter | None, now: float) -> bool:
        """Drop the first places that have not called in time: their flow, thread or event loop is
        gone, or busy. Returns whether any was dropped."""
        dropped = False
        while (first := self.first()) is not None:
            if first.woken:  # it has not called since
                first.at, first.woken = now, False
            if first.at >= now - MARGIN:
                break
            waiter = first.waiter
            if waiter is not None and asking is not None and waiter.loop is asking.loop:
                break  # its loop runs, and it is about to call
            self.drop(first)
            dropped = True
        return dropped

    def drop(self, place: Place) -> None:
        """Drop a place, with all of its event loop; those that still live call again, and regain
        their places."""
        if place.waiter is None:
            dropped = [key for key, other in self._places.items() if other is place]
        else:
            loop = place.waiter.loop
            dropped = [k for k, p in self._places.items() if p.waiter and p.waiter.loop is loop]
        for key in dropped:
            waiter = self._places.pop(key).waiter
            if waiter is not None:
                waiter.wake()

    def wake_all(self) -> None:
        """Wake all waiters."""
        for place in list(self._places.values()):
            if place.waiter is not None:
                place.woken = place.waiter.wake()

    def _here(self, place: Place, job: str) -> bool:
        key = job if place.waiter is None else place.waiter
        return self._places.get(key) is place
