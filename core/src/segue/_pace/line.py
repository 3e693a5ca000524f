"""The permits of one window: their queue, and those with requests in flight. Pure."""

from __future__ import annotations

from collections import OrderedDict

from segue._pace.queue import Queue
from segue._pace.store import Kind
from segue._pace.windows import LONGEST, Window


class _Granted:
    """A permit whose request is in flight: since when, and the time at which it counts."""

    __slots__ = ("counted", "number", "since")

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self.since = self.counted = now


class Line:
    """A window, its queue, and the requests in flight with its permits.

    `closed_until` is the time until which other processes hold all permits of the account.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.queue = Queue()
        self.closed_until = 0.0
        self._under_way: OrderedDict[tuple[Kind, str], _Granted] = OrderedDict()  # by `counted`

    def forked(self) -> None:
        """Drop the parent's waiters and requests; what the vendor has counted still counts."""
        self.queue = Queue()
        self._under_way.clear()

    def take(self, kind: Kind, job: str, now: float) -> None:
        """Acquire a permit for the request that `job` is about to send."""
        number = self.window.take(now)
        if not self.window.unlimited:
            self._under_way.pop((kind, job), None)
            self._under_way[kind, job] = _Granted(number, now)

    def answered(self, kind: Kind, job: str, now: float) -> bool:
        """The request of `job` has its response; returns whether it was in flight."""
        granted = self._under_way.pop((kind, job), None)
        if granted is not None:
            self.window.answered(granted.number, now)
        return granted is not None

    def returned(self, kind: Kind, job: str) -> bool:
        """Release the permit of a request that was not sent; returns whether there was one."""
        granted = self._under_way.pop((kind, job), None)
        if granted is not None:
            self.window.returned(granted.number)
        return granted is not None

    def broken_off(self, kind: Kind, job: str) -> bool:
        """The request was abandoned; returns whether it was in flight."""
        return self._under_way.pop((kind, job), None) is not None

    def free_at(self, now: float) -> float:
        """The time at which a permit may be free. Those of requests in flight are held: the vendor
        may yet count them. Each costs one step in half a window."""
        while self._under_way:
            key, granted = next(iter(self._under_way.items()))
            if now - granted.counted <= self.window.seconds / 2:
                break
            if now - granted.since > LONGEST:
                del self._under_way[key]
                continue
            self.window.answered(granted.number, now)
            granted.counted = now
            self._under_way.move_to_end(key)
        return max(self.window.next(now), self.closed_until)
