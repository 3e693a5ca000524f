"""The offline composer as a provider: like any other, and with nothing to remember.

The ticket holds the whole task and its seed, so a job can be polled and rendered by any
process, at any time. Composing takes milliseconds; the rendering happens when the file is saved.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import msgspec

from segue.errors import NotFound
from segue.flow import Flow, at_once, work
from segue.job import Asset, Snapshot, Status, Target, Ticket, Track
from segue.money import Money, Quote
from segue.provider import Cadence, Capabilities, Model, Provider
from segue.tasks import Generate, Problem, Task
from segue_local.brief import Brief
from segue_local.containers import CONTAINERS
from segue_local.plan import Plan
from segue_local.theory import parse_key
from segue_local.understand import FASTEST, LONGEST, SHORTEST, SLOWEST, understand

A = TypeVar("A")

_OWN = ("key", "genre")


class Local(Provider):
    """Makes arranged background music on this machine, for nothing, with no voices.

    `extra={"local": {"key": "D minor", "genre": "jazz"}}` says what core's fields cannot.
    """

    name = "local"
    cadence = Cadence(first=0.0)
    capabilities = Capabilities(
        tasks={
            Generate: frozenset(
                {"prompt", "duration", "title", "style", "negative_style", "bpm", "seed"}
                | {"instrumental"}
            )
        },
        models=True,
        quote=True,
        makes=CONTAINERS,
        cannot_cancel="the offline composer has nothing to stop: it works while a file is saved",
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        """Values that the composer cannot work with."""
        if not isinstance(task, Generate):
            return []
        problems = [*_model(task), *_instrumental(task), *_own(task), *_ranges(task)]
        return problems or _key(task)

    def submit(self, task: Task) -> Flow[Ticket]:
        """A ticket that is the job. Without a seed, one is drawn, so each piece is a new one."""
        drawn = yield from work(partial(secrets.randbelow, 10**6))
        brief = _brief(task, drawn)
        state = {"brief": msgspec.to_builtins(brief)}
        return Ticket(provider=self.name, id=f"seed-{brief.seed}", state=state)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        """Always SUCCEEDED: what was understood, and what was not."""
        plan = understand(_remembered(ticket))
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
        """The piece, in whichever container the file's name asks for."""
        plan = understand(_remembered(ticket))
        asset = Asset(
            kind="track",
            name=f"{plan.title} {plan.seed}",
            containers=CONTAINERS,
            source=_Rendering(plan),
            track="1",
        )
        return at_once([asset])

    def models(self) -> Flow[list[Model]]:
        """The composer is its own only model."""
        return at_once([Model(id="composer", name="Offline composer", price="free")])

    def quote(self, task: Task) -> Flow[Quote]:
        """Nothing, ever."""
        return at_once(Quote(cost=_free(), basis="made on this machine"))


class _Rendering:
    """Makes the file: composes, then renders block by block."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, target: Target) -> None:
        from segue_local.compose import compose  # noqa: PLC0415 - only who saves needs it
        from segue_local.render import render  # noqa: PLC0415 - numpy and soundfile

        render(compose(self._plan), target.file, target.container, target.report)


def _brief(task: Task, drawn: int) -> Brief:
    if not isinstance(task, Generate):
        raise TypeError(f"the offline composer cannot do {type(task).__name__}")
    own = task.extra.get("local", {})
    return Brief(
        prompt=task.prompt,
        duration=task.duration,
        bpm=task.bpm,
        key=_text(own.get("key")),
        genre=_text(own.get("genre")),
        style=task.style,
        negative_style=task.negative_style,
        seed=task.seed if task.seed is not None else drawn,
        title=task.title,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _remembered(ticket: Ticket) -> Brief:
    try:
        return msgspec.convert(ticket.state.get("brief"), Brief)
    except msgspec.ValidationError as error:
        raise NotFound(f"this ticket holds no piece of the offline composer: {error}") from error


def _model(task: Task) -> list[Problem]:
    if task.model in (None, "composer"):
        return []
    return [Problem(field="model", value=task.model, allowed="the backend is just 'local'")]


def _instrumental(task: Generate) -> list[Problem]:
    if task.instrumental is not False:
        return []
    allowed = "the offline composer has no voices, so everything is instrumental"
    return [Problem(field="instrumental", value=False, allowed=allowed, unsupported=True)]


def _own(task: Generate) -> list[Problem]:
    given = task.extra.get("local", {})
    unknown = [
        Problem(field=f"extra.local.{name}", value=value, allowed=f"it takes {', '.join(_OWN)}")
        for name, value in given.items()
        if name not in _OWN
    ]
    wrong = [
        Problem(field=f"extra.local.{name}", value=given[name], allowed="words, such as 'D minor'")
        for name in _OWN
        if name in given and not isinstance(given[name], str)
    ]
    return unknown + wrong


def _ranges(task: Generate) -> list[Problem]:
    limits = {
        "duration": (task.duration, SHORTEST, LONGEST, "seconds"),
        "bpm": (task.bpm, SLOWEST, FASTEST, "beats a minute"),
    }
    return [
        Problem(field=field, value=value, allowed=f"{low:g} to {high:g} {unit}")
        for field, (value, low, high, unit) in limits.items()
        if value is not None and not low <= value <= high
    ]


def _key(task: Generate) -> list[Problem]:
    key = _text(task.extra.get("local", {}).get("key"))
    try:
        if key is not None:
            parse_key(key)
    except ValueError as error:
        return [Problem(field="extra.local.key", value=key, allowed=str(error))]
    return []


def _free() -> Money:
    return Money.parse("0 USD")
