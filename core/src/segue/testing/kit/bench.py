"""The bench on which the tests of the kit work: every method of the provider with its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple, NoReturn

import msgspec
import pytest

from segue.job import Snapshot, Status, Ticket
from segue.provider import Capabilities, Model, Provider
from segue.tasks import Task
from segue.testing.kit.brought import REPLIES, Brought, maker, task_of
from segue.testing.kit.playing import Answer, Played, Result, played, several
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

REQUIRED = ("accepted", "running", "succeeded", "failed")
"""What must be brought, if a request asks for it."""


class Step(NamedTuple):
    """One method, and what the vendor answers to it."""

    method: str
    attribute: str
    answers: tuple[Answer, ...]
    start: Callable[[Provider], object]

    def play(self, provider: Provider, answers: Sequence[Answer] | None = None) -> Played:
        """Run it; `answers` instead of the good ones."""
        start = partial(self.start, provider)
        return played(start, self.answers if answers is None else answers)

    def __str__(self) -> str:
        return f"{self.method}()" + (f" with `{self.attribute}`" if self.answers else "")


class Bench:
    """One kit's provider and answers. `made()` is a new provider, as another process has."""

    def __init__(self, kit: Brought) -> None:
        self.kit = kit
        self._maker = maker(kit)
        self._ticket: Ticket | None = None
        self.task: Task = task_of(kit)
        self.name = str(getattr(self.made(), "name", ""))

    def made(self) -> Provider:
        """A new one; fails in words when there is none."""
        try:
            return self._maker()
        except Exception as error:  # whatever it is, it is told
            raise AssertionError(
                f"the provider could not be made without settings, {error!r}: give every option a"
                " default, and let __init__ take the settings and no more"
            ) from error

    @property
    def able(self) -> Capabilities:
        """What the provider declares."""
        return self.made().capabilities

    @property
    def talks(self) -> bool:
        """Whether a submission makes a request."""
        seen = self.step("submit", "accepted").play(self.made())
        return bool(seen.calls)

    @property
    def scripted(self) -> bool:
        """Whether work is answered by the script rather than done."""
        return any(isinstance(answer, Result) for step in self.steps() for answer in step.answers)

    @property
    def ticket(self) -> Ticket:
        """The ticket of a good submission, as core completes it; the same each time."""
        if self._ticket is None:
            self._ticket = self._submitted()
        return self._ticket

    def snapshot(self, attribute: str) -> Snapshot:
        """What `poll` makes of a good answer; skips where nothing like it was brought."""
        step = self.step("poll", attribute)
        if not step.answers and not step.play(self.made()).calls and attribute != "succeeded":
            pytest.skip(f"poll() makes no requests, so there is no `{attribute}` answer to read")
        snapshot = self.value(step)
        assert isinstance(snapshot, Snapshot), f"{step} returned {snapshot!r}, which is no Snapshot"
        return snapshot

    def models(self) -> Sequence[Model] | None:
        """The catalogue, where one is declared and brought."""
        if not self.able.models:
            return None
        seen = self.step("models", "models_reply").play(self.made())
        return seen.value if isinstance(seen.value, list) else None

    def value(self, step: Step) -> object:
        """What a method returns when all goes well; fails in words when it does not."""
        seen = step.play(self.made())
        assert not seen.alien, f"{step.method}(): {seen.alien}"
        if seen.wants is not None:
            missing(step, seen)
        assert seen.error is None, f"{step} raised {seen.error!r}: is that answer a good one?"
        assert not seen.left, f"{step} left {seen.left} of {len(step.answers)} answers unread"
        return seen.value

    def step(self, method: str, attribute: str, ticket: Ticket | None = None) -> Step:
        """One method with one of its answers; of the submitted job, if no other ticket is given."""
        arguments: tuple[object, ...] = ()
        if method in ("submit", "quote"):
            arguments = (self.task,)
        elif method not in ("models", "balance"):
            arguments = (ticket or self.ticket,)
        if method == "download":
            arguments = (*arguments, self._done)
        brought = several(getattr(self.kit, attribute))
        # Replies first: so the place of a call is that of its answer. Results queue by themselves.
        answers = tuple(sorted(brought, key=lambda answer: isinstance(answer, Result)))
        return Step(method, attribute, answers, lambda made: getattr(made, method)(*arguments))

    def steps(self, *, but: tuple[str, ...] = ()) -> Iterator[Step]:
        """Every method that is offered, with each of its answers that was brought."""
        for method, attributes in REPLIES.items():
            if method in but or not getattr(self.able, method, True):
                continue
            for attribute in attributes:
                step = self.step(method, attribute)
                quiet = attribute not in ("running", "failed")
                if step.answers or (quiet and step.play(self.made()).wants is None):
                    yield step

    def _submitted(self) -> Ticket:
        ticket = self.value(self.step("submit", "accepted"))
        assert isinstance(ticket, Ticket), f"submit() returned {ticket!r}, which is no Ticket"
        return msgspec.structs.replace(ticket, job="kit", model=ticket.model or self.task.model)

    @cached_property
    def _done(self) -> Snapshot:
        seen = self.step("poll", "succeeded").play(self.made())
        return seen.value if isinstance(seen.value, Snapshot) else Snapshot(status=Status.SUCCEEDED)


def missing(step: Step, seen: Played) -> NoReturn:
    """Fail, or skip, because the answer to a request was not brought."""
    wanted = seen.wants.endpoint if seen.wants else "nothing"
    brought = f"`{step.attribute}` has {len(step.answers)} answers, and"
    why = (
        f"{brought if step.answers else f'`{step.attribute}` is not set, and'}"
        f" {step.method}() asks {wanted} {'as well' if step.answers else ''}".rstrip()
    )
    if step.answers or step.attribute in REQUIRED:
        raise AssertionError(f"{why}: set it to what the vendor answers, one Reply a request")
    pytest.skip(f"{why}: bring it to have {step.method}() tested")
