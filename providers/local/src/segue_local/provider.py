"""The offline composer as a provider: like any other, and with nothing to remember.

The ticket holds the whole task and its seed, so a job can be polled and rendered by any
process, at any time. Composing takes milliseconds; the rendering happens when the file is saved.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial

import msgspec

from segue.flow import Flow, at_once, work
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Model, Provider
from segue.tasks import Cover, Extend, Generate, Problem, Stems, Task
from segue_local.containers import CONTAINERS
from segue_local.makers import Rendering, Written
from segue_local.orders import SHEETS, brief_of, problems, remembered, sheets
from segue_local.plan import Plan
from segue_local.understand import understand

_SAID = frozenset({"prompt", "style", "negative_style", "title", "seed", "instrumental"})
_SUFFIXES = {"midi": "mid", "chords": "txt"}


class Local(Provider):
    """Makes arranged background music on this machine, for nothing, with no voices.

    `extra={"local": {"key": "D minor", "genre": "jazz", "metre": "3/4"}}` says what core's fields
    cannot; `{"assets": ["midi", "chords"]}` asks for the notes besides the sound.
    """

    name = "local"
    cadence = Cadence(first=0.0, settles=0.0)  # a ticket is its job
    licence = "yours: made from rules and from recorded instruments under the MIT licence"
    capabilities = Capabilities(
        tasks={
            Generate: _SAID | {"duration", "bpm", "loop"},
            Extend: _SAID | {"source", "at", "duration"},
            Cover: _SAID | {"source", "closeness"},
            Stems: frozenset({"source", "full"}),
        },
        models=True,
        quote=True,
        makes=CONTAINERS,
        cannot_cancel="the offline composer has nothing to stop: it works while a file is saved",
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Values that the composer cannot work with."""
        return list(problems(task))

    def submit(self, task: Task) -> Flow[Ticket]:
        """A ticket that is the job. Without a seed, one is drawn, so each piece is a new one."""
        drawn = yield from work(partial(secrets.randbelow, 10**6))
        brief = brief_of(task, drawn)
        state: dict[str, object] = {"brief": msgspec.to_builtins(brief)}
        if isinstance(task, Stems):
            state["stems"] = "full" if task.full else "groups"
        if asked := sheets(task):
            state["assets"] = list(asked)
        return Ticket(provider=self.name, id=f"seed-{brief.seed}", state=state)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Always SUCCEEDED: what was understood, and what was not."""
        plan = understand(remembered(ticket))
        track = Track(
            id="1",
            status=Status.SUCCEEDED,
            title=plan.title,
            duration=plan.duration,
            details={"genre": plan.genre, "bpm": plan.bpm},
        )
        return at_once(
            Snapshot(
                status=Status.SUCCEEDED,
                word="composed",
                tracks=(track,),
                cost=_free(),
                notes=plan.ignored,
                understood={**plan.understood, "seed": plan.seed},
            )
        )

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        """The piece, in whichever container the file's name asks for; or its stems."""
        plan = understand(remembered(ticket))
        if split := ticket.state.get("stems"):
            return at_once(_stems(plan, full=split == "full"))
        return at_once([_piece(plan), *_sheets(plan, ticket)])

    def models(self) -> Flow[list[Model]]:
        """The composer is its own only model."""
        return at_once([Model(id="composer", name="Offline composer", price="free")])

    def quote(self, task: Task) -> Flow[Quote]:
        """Nothing, ever."""
        return at_once(Quote(cost=_free(), basis="made on this machine"))


def _piece(plan: Plan) -> Asset:
    return Asset(
        kind="track", name=plan.title, containers=CONTAINERS, source=Rendering(plan), track="1"
    )


def _stems(plan: Plan, *, full: bool) -> list[Asset]:
    from segue_local.compose import compose  # noqa: PLC0415 - only who takes a piece apart needs it
    from segue_local.stems import stems  # noqa: PLC0415 - see above

    return [
        Asset(
            kind="stem", name=name, containers=CONTAINERS, source=Rendering(plan, parts), track="1"
        )
        for name, parts in stems(compose(plan), full=full).items()
    ]


def _sheets(plan: Plan, ticket: Ticket) -> list[Asset]:
    asked = ticket.state.get("assets")
    names = [name for name in SHEETS if isinstance(asked, list | tuple) and name in asked]
    return [
        Asset(
            kind=name, name=name, containers=(_SUFFIXES[name],),
            source=Written(plan, name), track="1",
        )
        for name in names
    ]  # fmt: skip


def _free() -> Money:
    return Money.parse("0 USD")
