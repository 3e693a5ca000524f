"""`harmonia`: the requests to Harmonia, and the states read from its answers.

Each method is a generator that yields requests and is sent the replies; it never touches a
socket, a clock, a file or a thread. The key, the pace, the retries, the journal and the saving
are Segue's.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from segue.errors import ContentPolicy
from segue.flow import Call, Flow, Reply, at_once, call
from segue.job import Asset, Failure, Snapshot, Status, Ticket, Track
from segue.money import Money, Quote
from segue.numbers import figure
from segue.provider import Cadence, Capabilities, Key, Limits, Model, Provider
from segue.refusals import refusal
from segue.tasks import Generate, Problem, Query, Task
from segue.words import said, status_of
from segue_harmonia import wire
from segue_harmonia.questions import Lyrics


class Harmonia(Provider):
    """Harmonia."""

    name = "harmonia"
    plugin_api = 1  # the contract that this was written for
    base_url = "https://api.harmonia.example/v1"
    key = Key(env="HARMONIA_API_KEY")
    cadence = Cadence(first=5.0, growth=1.3, cap=15.0)
    limits = Limits(submits_per_minute=60)
    capabilities = Capabilities(
        tasks={Generate: frozenset(wire.FIELDS)},
        queries=(Lyrics,),
        cancel=True,
        models=True,
        quote=True,
        balance=True,
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Every reason why the vendor would refuse the task, before anything is sent."""
        longest = {model.id: model.details["longest"] for model in models or ()}
        if longest and task.model and task.model not in longest:
            return [Problem(field="model", value=task.model, allowed=", ".join(longest))]
        duration = getattr(task, "duration", None)
        most = float(str(longest.get(task.model or "", wire.LONGEST)))
        if duration is None or duration <= most:
            return []
        return [Problem(field="duration", value=duration, allowed=f"at most {most:g} seconds")]

    def submit(self, task: Task) -> Flow[Ticket]:
        """Request a song. This is the one call that costs money: `spends=True`."""
        reply = yield from call(
            "POST", "/songs", json=wire.song(task), spends=True, uncharged=wire.UNCHARGED
        )
        queued = reply.maybe_json(wire.Queued)
        if queued is None or not queued.id:
            raise _accepted(reply).unlike("no song id")
        return Ticket(provider=self.name, id=queued.id)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Poll the song. A failed one is a snapshot; an error means that the poll failed."""
        reply = yield from call("GET", f"/songs/{ticket.id}")
        song = _accepted(reply).json(wire.Song)
        status, url, reason = status_of(song.state, wire.STATES), said(song.url), said(song.error)
        if status is Status.SUCCEEDED and url is None:
            missing = "Harmonia calls it done, and names nothing to download"
            return Snapshot(status=Status.UNKNOWN, word=song.state, missing=missing)
        track = Track(id="1", status=status, url=url)
        return Snapshot(
            status=status,
            word=song.state,
            progress=_fraction(song.progress),
            tracks=(track,) if url else (),
            cost=wire.usd(song.charged_usd),
            error=_failure(reason) if status is Status.FAILED else None,
            notes=(reason,) if reason and not status.terminal else (),
        )

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """What there is to save; Segue does the saving."""
        return at_once([_asset(track) for track in snapshot.tracks])

    def quote(self, task: Task) -> Flow[Quote]:
        """The price of so many minutes of this model, to the next cent."""
        reply = yield from call("GET", "/prices", params=wire.model(task), keyed=False)
        minute = wire.usd(_accepted(reply).json(wire.Prices).usd_per_minute)
        if minute is None:
            raise reply.unlike("no price")
        seconds = Decimal(str(getattr(task, "duration", None) or wire.USUAL))
        cost = Money(amount=minute.amount * seconds / 60, unit="USD").rounded_up("0.01")
        return Quote(cost=cost, basis=f"{seconds:g} seconds at {minute} a minute")

    def models(self) -> Flow[list[Model]]:
        """The catalogue; it needs no key."""
        reply = yield from call("GET", "/models", keyed=False)
        rows = _accepted(reply).json(wire.Rows).models
        return [Model(id=row.id, details={"longest": row.longest}) for row in rows]

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Stop the song, then poll it. One that has already ended (409) is no error."""
        reply = yield from call("DELETE", f"/songs/{ticket.id}")
        if reply.status != 409:
            _accepted(reply)
        return (yield from self.poll(ticket))

    def balance(self) -> Flow[list[Money]]:
        """What is left on the account."""
        reply = yield from call("GET", "/credit")
        credit = wire.usd(_accepted(reply).json(wire.Credit).usd)
        if credit is None:
            raise reply.unlike("no credit")
        return [credit]

    def ask(self, query: Query[Any]) -> Flow[Any]:
        """Write lyrics; core passes no other query."""
        about = getattr(query, "about", "")
        reply = yield from call("POST", "/lyrics", json={"about": about})
        return _accepted(reply).json(wire.Verses).lyrics


def _accepted(reply: Reply) -> Reply:
    """The reply, if it is a success; else raises the matching error."""
    if reply.ok:
        return reply
    error = wire.error_of(reply)
    if reply.status == 422:
        raise ContentPolicy(error.message or "no reason given", status=422, code=error.code)
    raise refusal(reply, error.message, code=error.code)


def _fraction(progress: object) -> float | None:
    value = figure(progress)
    return value if value is not None and 0 <= value <= 1 else None


def _asset(track: Track) -> Asset:
    return Asset(
        kind="track",
        name="harmonia",
        containers=("mp3",),
        source=Call(method="GET", url=track.url or ""),
        track=track.id,
    )


def _failure(reason: str | None) -> Failure:
    """Harmonia documents that a song that failed is not charged."""
    return Failure(message=reason or "no reason given", charged=False)
