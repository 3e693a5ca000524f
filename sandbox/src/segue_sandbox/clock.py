"""Vendor time: seconds that may run faster than the client's, and what the client is told of them.

A vendor counts in its own seconds. All that it tells a client about time (how long a job takes,
when a limit resets) is translated to the client's clock. So at speed 60 a client sees a vendor
whose jobs take a sixtieth, and whose limits admit sixty times as much; nothing else differs.
"""

from __future__ import annotations

import time

DAY = 86_400.0


class Dial:
    """Translates vendor seconds for the client. `started` is the client's Unix time at 0."""

    def __init__(self, speed: float = 1.0, started: float = 1_800_000_000.0) -> None:
        self.speed = speed
        self.started = started

    def seconds(self, duration: float) -> float:
        """How long a duration of vendor time is for the client."""
        return duration / self.speed

    def milliseconds(self, duration: float) -> int:
        """The same, in whole milliseconds."""
        return round(duration / self.speed * 1000)

    def unix(self, now: float) -> float:
        """The client's Unix time at a moment of vendor time."""
        return self.started + now / self.speed

    def unix_ms(self, now: float) -> str:
        """The same, in milliseconds, as headers have it."""
        return str(round(self.unix(now) * 1000))

    def day(self, now: float) -> int:
        """The number of the vendor's UTC day; days pass in vendor time."""
        return int((self.started + now) // DAY)

    def next_day(self, now: float) -> float:
        """The moment, in vendor time, when the next UTC day begins."""
        return (self.day(now) + 1) * DAY - self.started


class Clock:
    """The server's clock: vendor seconds since it was made."""

    def __init__(self, speed: float) -> None:
        self.dial = Dial(speed, time.time())
        self._zero = time.monotonic()

    def now(self) -> float:
        """Vendor seconds since the start."""
        return (time.monotonic() - self._zero) * self.dial.speed
