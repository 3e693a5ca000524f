"""The permits of one window: who waits for them, and which are under way. Pure."""

from __future__ import annotations

from collections import OrderedDict

from segue._pace.queue import Queue
from segue._pace.store import Kind
from segue._pace.windows import LONGEST, Window


class _Granted:
    """A permit whose request is under way: since when, and by when it is counted."""

    __slots__ = ("counted", "number", "since")

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self.since = self.counted = now


class Line:
    """A window, its queue, and the requests that are under way with its permits.

    `closed_until` is the time until which others who use the account have all permits.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.queue = Queue()
        self.closed_until = 0.0
        self._under_way: OrderedDict[tuple[Kind, str], _Granted] = OrderedDict()  # by `counted`

    def forked(self) -> None:
        """What the vendor has counted still counts; nobody of the parent's waits or works here."""
        self.queue = Queue()
        self._under_way.clear()

    def take(self, kind: Kind, job: str, now: float) -> None:
        """Use a permit for the request that `job` is about to send."""
        number = self.window.take(now)
        if not self.window.unlimited:
            self._under_way.pop((kind, job), None)
            self._under_way[kind, job] = _Granted(number, now)

    def answered(self, kind: Kind, job: str, now: float) -> bool:
        """The request of `job` is answered; whether it was under way."""
        granted = self._under_way.pop((kind, job), None)
        if granted is not None:
            self.window.answered(granted.number, now)
        return granted is not None

    def returned(self, kind: Kind, job: str) -> bool:
        """Nothing was sent: the permit is free again, if there was one."""
        granted = self._under_way.pop((kind, job), None)
        if granted is not None:
            self.window.returned(granted.number)
        return granted is not None

    def broken_off(self, kind: Kind, job: str) -> bool:
        """Nobody waits for the answer any more; whether anybody did."""
        return self._under_way.pop((kind, job), None) is not None

    def free_at(self, now: float) -> float:
        """When a permit may be free. Those of requests that are still under way are held: the
        vendor may yet count them. Each costs one step in half a window."""
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
