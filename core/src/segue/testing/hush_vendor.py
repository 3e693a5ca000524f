"""The vendor of `hush`, as a pure state machine: `handle(request, now) -> Reply`.

It has a ledger of charges by order, enforces its limits, and counts its 429 responses. The same
object serves a simulation in memory and a real HTTP server.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from heapq import heappop, heappush
from random import Random
from typing import Protocol

import msgspec

from segue.flow import Reply
from segue.provider import Limits

SILENCE = (
    b"RIFF\xa4\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
    b"@\x1f\x00\x00\x80>\x00\x00\x02\x00\x10\x00data\x80\x00\x00\x00"
) + bytes(128)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the vendor receives it: `path` is below its base address, with the query if there
    is one; the names of `headers` are in lower case. Over HTTP, `host` is among them."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class VendorModel(Protocol):
    """A vendor as a state machine. `now` is in seconds, and only ever grows."""

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request."""
        ...


class _Job:
    __slots__ = ("done", "fails", "id", "order")

    def __init__(self, number: int, order: str, done: float, *, fails: bool) -> None:
        self.id = f"j{number}"
        self.order = order
        self.done = done
        self.fails = fails


class HushVendor:
    """Accepts orders, charges for them at once, and finishes them after a while.

    Job times are log-normal about `typical` seconds, the median; `expected` in its replies is
    their 80th percentile. `failing` is the share of jobs that fail, and are not charged for.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        typical: float = 30.0,
        spread: float = 0.4,
        price: str = "0.10",
        limits: Limits | None = None,
        settles: bool = False,
        failing: float = 0.0,
        tells_expected: bool = True,
        retry_after: int = 10,
    ) -> None:
        self._rng = Random(seed)
        self._retry_after = f"{retry_after}"
        self._typical, self._spread = typical, spread
        self._price, self._settles, self._failing = price, settles, failing
        self._expected = (
            typical * 2.718281828459045 ** (0.8416 * spread) if tells_expected else None
        )
        limits = limits or Limits()
        self._windows = {
            "submit": _Window(limits.submits_per_minute),
            "poll": _Window(limits.polls_per_minute),
        }
        self._every = _Window(limits.submit_every and 1, limits.submit_every or 60)
        self._most = limits.in_flight
        self._ends: list[float] = []  # of the running jobs, the next one first
        self.most_running = 0
        self._jobs: dict[str, _Job] = {}
        self._by_key: dict[str, str] = {}
        self.charges: Counter[str] = Counter()
        self.done_at: dict[str, float] = {}
        self.requests: Counter[str] = Counter()

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request."""
        if request.method == "POST" and request.path == "/jobs":
            return self._order(request, now)
        if match := re.fullmatch(r"/(jobs|files)/(\w+)", request.path):
            kind, name = match.groups()
            job = self._jobs.get(name)
            if job is None:
                return _reply(404, {"error": f"no such job: {name}"})
            return self._look(job, now) if kind == "jobs" else self._file(job, now)
        if request.path == "/price":
            return _reply(200, {"price": self._price})
        return _reply(404, {"error": "no such address"})

    def _order(self, request: Request, now: float) -> Reply:
        if (refused := self._limited("submit", now)) is not None:
            return refused
        key = request.headers.get("idempotency-key", "")
        if self._settles and key in self._by_key:
            return _reply(200, {"id": self._by_key[key]})
        wanted = msgspec.json.decode(request.body, type=dict[str, object])
        duration = self._typical * self._rng.lognormvariate(0, self._spread)
        fails = self._rng.random() < self._failing
        job = _Job(len(self._jobs), str(wanted["prompt"]), now + duration, fails=fails)
        self._jobs[job.id] = job
        self._by_key[key] = job.id
        heappush(self._ends, job.done)
        self.most_running = max(self.most_running, len(self._ends))
        self.charges[job.order] += 0 if fails else 1
        self.done_at[job.order] = job.done
        return _reply(200, {"id": job.id})

    def _look(self, job: _Job, now: float) -> Reply:
        if (refused := self._limited("poll", now)) is not None:
            return refused
        if now < job.done:
            return _reply(200, {"status": "running", "expected": self._expected})
        if job.fails:
            return _reply(200, {"status": "failed", "price": "0"})
        return _reply(200, {"status": "done", "url": f"/files/{job.id}", "price": self._price})

    def _file(self, job: _Job, now: float) -> Reply:
        self.requests["file"] += 1
        if now < job.done:
            return _reply(404, {"error": "not yet"})
        return Reply(status=200, headers={"content-type": "audio/wav"}, body=SILENCE)

    def _limited(self, kind: str, now: float) -> Reply | None:
        self.requests[kind] += 1
        if self._windows[kind].admits(now) and (kind == "poll" or self._has_room(now)):
            return None
        self.requests["429"] += 1
        headers = {"retry-after": self._retry_after}
        return _reply(429, {"error": "too many requests"}, **headers)

    def _has_room(self, now: float) -> bool:
        while self._ends and self._ends[0] <= now:
            heappop(self._ends)
        room = self._most is None or len(self._ends) < self._most
        return self._every.admits(now) and room


class _Window:
    """At most `count` requests in any `seconds`."""

    def __init__(self, count: float | None, seconds: float = 60.0) -> None:
        self._count = count
        self._seconds = seconds
        self._seen: deque[float] = deque()

    def admits(self, now: float) -> bool:
        if self._count is None:
            return True
        while self._seen and self._seen[0] <= now - self._seconds:
            self._seen.popleft()
        if len(self._seen) >= self._count:
            return False
        self._seen.append(now)
        return True


def _reply(status: int, body: object, **headers: str) -> Reply:
    return Reply(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=msgspec.json.encode(body),
    )
