"""`hush`: silence, ordered from a vendor. A provider that makes real requests, for tests,
simulations and benchmarks; `hush_vendor.py` is the vendor.

It takes any vendor's limits and cadence, so that measurements with it are about the pace and not
about the vendor.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from segue.flow import Call, Flow, Reply, call
from segue.job import Asset, Failure, Snapshot, Status, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Key, Limits, Model, Provider
from segue.refusals import refusal
from segue.tasks import Generate, Problem, Task
from segue.words import status_of

_WORDS = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "done": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "gone": Status.EXPIRED,
}


class _Queued(msgspec.Struct):
    id: str


class _Seen(msgspec.Struct):
    status: str
    url: str | None = None
    expected: float | None = None
    price: str | None = None


class _Price(msgspec.Struct):
    price: str


class Hush(Provider):
    """Silence by order. `settles` says that its vendor honours idempotency keys."""

    name = "hush"
    base_url = "https://hush.invalid/v1"
    key = Key(env="HUSH_KEY", required=False)
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "duration", "title", "seed"})},
        quote=True,
        cannot_cancel="hush cannot stop a job; it goes on and stays billed",
    )

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        cadence: Cadence | None = None,
        settles: bool = False,
        quotes: bool = True,
    ) -> None:
        super().__init__()
        # One object stands for one vendor, so it may shadow the attributes of the class (misc).
        self.limits = limits or Limits()  # type: ignore[misc]  # see above
        self.cadence = cadence or Cadence()  # type: ignore[misc]  # see above
        self.capabilities = msgspec.structs.replace(  # type: ignore[misc]  # see above
            type(self).capabilities, settles=settles, quote=quotes
        )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Accept every task."""
        return []

    def submit(self, task: Task) -> Flow[Ticket]:
        """Order some silence."""
        able = self.capabilities
        reply = yield from call(
            "POST",
            "/jobs",
            json=msgspec.to_builtins(task),
            spends=True,
            uncharged=frozenset({429}),
            idempotency="idempotency-key" if able.settles else None,
        )
        if not reply.ok:
            raise refusal(reply)
        queued = reply.json(_Queued)
        if not queued.id:
            raise reply.unlike("it names no job")
        return Ticket(provider=self.name, id=queued.id)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Request the job's state."""
        reply = yield from call("GET", f"/jobs/{ticket.id}")
        if not reply.ok:
            raise refusal(reply)
        seen = reply.json(_Seen)
        status = status_of(seen.status, _WORDS)
        track = Track(id="1", status=status, title="Silence", url=seen.url)
        return Snapshot(
            status=status,
            word=seen.status,
            expected=seen.expected,
            tracks=(track,) if seen.url else (),
            cost=_usd(reply, seen.price) if seen.price else None,
            error=Failure(message="it was too loud") if status is Status.FAILED else None,
        )

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """One file."""
        yield from ()
        return [
            Asset(
                kind="track",
                name="silence",
                containers=("wav",),
                source=Call(method="GET", url=track.url),
                track=track.id,
            )
            for track in snapshot.tracks
            if track.url
        ]

    def quote(self, task: Task) -> Flow[Quote]:
        """Request the vendor's price."""
        reply = yield from call("GET", "/price")
        if not reply.ok:
            raise refusal(reply)
        price = _usd(reply, reply.json(_Price).price)
        return Quote(cost=price, basis="the vendor's price list")


def _usd(reply: Reply, amount: str) -> Money:
    try:
        return Money(amount=Decimal(amount), unit="USD")
    except (ArithmeticError, ValueError) as error:
        raise reply.unlike(f"{amount!r} is no price") from error
