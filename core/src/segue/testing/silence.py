"""`silence`: a provider that makes a second of silence, and fails as configured.

It is for tests and documentation. It needs no network, no key and no dependency, and its state is
in its tickets. `[providers.silence]` (or `Silence(SilenceOptions(…))`) configures it.
"""

from __future__ import annotations

import time
import wave
from collections.abc import Sequence
from typing import Literal

import msgspec

from segue.errors import ProtocolError, Unavailable
from segue.flow import Flow, at_once, now
from segue.job import Asset, Failure, Snapshot, Status, Target, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Model, Options, Provider
from segue.tasks import Generate, Problem, Task

Behaviour = Literal["well", "fail", "expire", "odd", "stumble", "refuse"]


class SilenceOptions(Options, frozen=True, kw_only=True):
    """The settings of `silence`.

    `behaviour`: `well`; `fail` or `expire` instead of succeeding; `odd` returns an unknown status
    word; `stumble` fails every other poll of the job; `refuse` takes no task. `seconds` is how long
    a job takes; `dawdle` how long saving its file takes.
    """

    behaviour: Behaviour = "well"
    seconds: float = 0.0
    dawdle: float = 0.0


class Silence(Provider):
    """A second of silence, as a WAV file."""

    name = "silence"
    options = SilenceOptions
    cadence = Cadence(first=0.0, growth=1.5, cap=2.0)
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "duration", "title", "seed"})},
        cancel=True,
        models=True,
        quote=True,
        release=True,
        makes=("wav",),
    )

    def __init__(self, settings: Options | None = None) -> None:
        super().__init__(settings)
        self._how = msgspec.convert(self.settings, SilenceOptions, from_attributes=True)
        self._looks = 0
        self._cancelled: set[str] = set()

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Refuse everything when `behaviour` is `refuse`."""
        if self._how.behaviour != "refuse":
            return []
        return [
            Problem(field="prompt", value=getattr(task, "prompt", ""), allowed="nothing at all")
        ]

    def submit(self, task: Task) -> Flow[Ticket]:
        """Return a ticket with the time at which its job will be done."""
        clock = yield from now()
        done = clock.utc.timestamp() + self._how.seconds
        wanted = msgspec.to_builtins(task)
        return Ticket(provider=self.name, id="shh", state={"done": done, "task": wanted})

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """RUNNING until its time has come, then the configured end."""
        clock = yield from now()
        self._stumble()
        left = float(str(ticket.state["done"])) - clock.utc.timestamp()
        if ticket.job in self._cancelled:
            return Snapshot(status=Status.CANCELLED, word="hushed")
        if left > 0:
            progress = 1 - left / max(self._how.seconds, left)
            return Snapshot(status=Status.RUNNING, word="hush", progress=progress, eta=left)
        return self._end()

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """The file of silence."""
        asset = Asset(kind="track", name="silence", containers=("wav",), source=self._make)
        return at_once([asset])

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Cancel at once; only this object knows that."""
        self._cancelled.add(ticket.job)
        return at_once(Snapshot(status=Status.CANCELLED, word="hushed"))

    def release(self, ticket: Ticket) -> Flow[None]:
        """Do nothing: there is nothing to delete."""
        return at_once(None)

    def models(self) -> Flow[list[Model]]:
        """One model."""
        return at_once([Model(id="quiet", name="Quiet", price="free")])

    def quote(self, task: Task) -> Flow[Quote]:
        """Nothing."""
        return at_once(Quote(cost=Money.parse("0 USD"), basis="silence is free"))

    def _stumble(self) -> None:
        self._looks += 1
        if self._how.behaviour == "stumble" and self._looks % 4 == 1:
            raise Unavailable("silence is at capacity", status=503)
        if self._how.behaviour == "stumble" and self._looks % 4 == 3:
            raise ProtocolError("an HTML page came instead of silence", status=200)

    def _end(self) -> Snapshot:
        match self._how.behaviour:
            case "fail":
                failure = Failure(message="somebody coughed", code="cough")
                return Snapshot(status=Status.FAILED, word="loud", error=failure)
            case "expire":
                return Snapshot(status=Status.EXPIRED, word="gone")
            case "odd" if self._looks < 3:
                return Snapshot(status=Status.UNKNOWN, word="pianissimo")
        track = Track(id="1", status=Status.SUCCEEDED, title="Silence", duration=1.0)
        return Snapshot(status=Status.SUCCEEDED, word="silent", progress=1.0, tracks=(track,))

    def _make(self, target: Target) -> None:
        with wave.open(target.file, "wb") as silence:
            silence.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            for tenth in range(10):
                target.report(tenth / 10)
                time.sleep(self._how.dawdle / 10)
                silence.writeframes(bytes(1600))
        target.report(1.0)
