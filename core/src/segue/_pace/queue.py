"""Who waits for a permit, the most overdue first. Pure: nobody sleeps here."""

from __future__ import annotations

import heapq
import itertools
from typing import Protocol

from segue._pace.windows import MARGIN

WATCH = 5.0
"""Seconds after which one who is not the first looks whether the first is still there, at least."""

_LOOKS = 20.0
"""Most such looks in a second, however many wait."""


class Waiter(Protocol):
    """Whoever sleeps until its turn comes, in a thread or as a task of an event loop."""

    loop: object
    """What it ends with; one that can speak for itself also speaks for others of its loop."""

    def wake(self) -> bool:
        """Have it call again at once; False when its loop has ended. Called from any thread."""
        ...


class Place:
    """One who waits. It calls again at the time `at`, or when it is woken."""

    __slots__ = ("at", "due", "waiter", "woken")

    def __init__(self, due: float, waiter: Waiter | None) -> None:
        self.due = due
        self.waiter = waiter
        self.at = 0.0
        self.woken = False  # and has not called since


class Queue:
    """Places by their `due`; each is known by its waiter or, without one, by its job's name.

    Who leaves is forgotten in the heap when it comes to the top, so that each step costs the
    logarithm of how many wait.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, int, Place]] = []
        self._places: dict[object, Place] = {}
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._places)

    def stand(self, job: str, due: float, waiter: Waiter | None) -> Place:
        """Join, or keep one's place."""
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
        """Stand in the queue no more; whether it did."""
        return self._places.pop(job if waiter is None else waiter, None) is not None

    def sleeps(self, job: str, waiter: Waiter | None, until: float) -> None:
        """The one that waits will call again then."""
        if (place := self._places.get(job if waiter is None else waiter)) is not None:
            place.at, place.woken = until, False

    def first(self) -> Place | None:
        """The most overdue."""
        while self._heap:
            _due, job, _number, place = self._heap[0]
            if self._here(place, job):
                return place
            heapq.heappop(self._heap)
        return None

    def watch(self) -> float:
        """Seconds to sleep for one who is not the first, and would be woken."""
        return max(WATCH, len(self._places) / _LOOKS)

    def drop_late(self, asking: Waiter | None, now: float) -> bool:
        """Drop the first while it should have called and has not: its flow, its thread or its
        event loop is gone, or busy. Whether any was dropped."""
        dropped = False
        while (first := self.first()) is not None:
            if first.woken:  # just when is not known to who did it
                first.at, first.woken = now, False
            if first.at >= now - MARGIN:
                break
            waiter = first.waiter
            if waiter is not None and asking is not None and waiter.loop is asking.loop:
                break  # it is about to call: its loop runs
            self.drop(first)
            dropped = True
        return dropped

    def drop(self, place: Place) -> None:
        """Drop one that does not come, with all of its event loop; those that still live call
        again, and have their places back."""
        if place.waiter is None:
            gone = [key for key, other in self._places.items() if other is place]
        else:
            loop = place.waiter.loop
            gone = [k for k, p in self._places.items() if p.waiter and p.waiter.loop is loop]
        for key in gone:
            waiter = self._places.pop(key).waiter
            if waiter is not None:
                waiter.wake()

    def wake_all(self) -> None:
        """Have everybody call again."""
        for place in list(self._places.values()):
            if place.waiter is not None:
                place.woken = place.waiter.wake()

    def _here(self, place: Place, job: str) -> bool:
        key = job if place.waiter is None else place.waiter
        return self._places.get(key) is place
