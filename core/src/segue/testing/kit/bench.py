"""The provider's methods, each with its responses, for the tests of the kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple, NoReturn

import msgspec
import pytest

from segue.job import Snapshot, Status, Ticket
from segue.provider import Capabilities, Model, Provider
from segue.tasks import Task
from segue.testing.kit.inputs import REPLIES, KitInputs, maker, task_of
from segue.testing.kit.playing import Answer, Played, Result, played, several
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

REQUIRED = ("accepted", "running", "succeeded", "failed")
"""Responses that must be set if a request needs them."""


class Step(NamedTuple):
    """One method, and the vendor's responses to it."""

    method: str
    attribute: str
    answers: tuple[Answer, ...]
    start: Callable[[Provider], object]

    def play(self, provider: Provider, answers: Sequence[Answer] | None = None) -> Played:
        """Run it with the good responses, or with `answers`."""
        start = partial(self.start, provider)
        return played(start, self.answers if answers is None else answers)

    def __str__(self) -> str:
        return f"{self.method}()" + (f" with `{self.attribute}`" if self.answers else "")


class Bench:
    """The provider and responses of one kit. `made()` is a new provider, as another process has."""

    def __init__(self, kit: KitInputs) -> None:
        self.kit = kit
        self._maker = maker(kit)
        self._ticket: Ticket | None = None
        self.task: Task = task_of(kit)
        self.name = str(getattr(self.made(), "name", ""))

    def made(self) -> Provider:
        """Return a new provider; fails the test with advice when it cannot be made."""
        try:
            return self._maker()
        except Exception as error:  # reported in any case
            raise AssertionError(
                f"the provider could not be made without settings, {error!r}: give every option a"
                " default, and let __init__ take the settings and no more"
            ) from error

    @property
    def able(self) -> Capabilities:
        """The provider's capabilities."""
        return self.made().capabilities

    @property
    def talks(self) -> bool:
        """Whether a submission makes a request."""
        seen = self.step("submit", "accepted").play(self.made())
        return bool(seen.calls)

    @property
    def scripted(self) -> bool:
        """Whether work is answered by the script and not run."""
        return any(isinstance(answer, Result) for step in self.steps() for answer in step.answers)

    @property
    def ticket(self) -> Ticket:
        """The ticket of a good submission, as core completes it; the same each time."""
        if self._ticket is None:
            self._ticket = self._submitted()
        return self._ticket

    def snapshot(self, attribute: str) -> Snapshot:
        """The snapshot that `poll` returns for a good response; skips where none was set."""
        step = self.step("poll", attribute)
        if not step.answers and not step.play(self.made()).calls and attribute != "succeeded":
            pytest.skip(f"poll() makes no requests, so there is no `{attribute}` answer to read")
        snapshot = self.value(step)
        assert isinstance(snapshot, Snapshot), f"{step} returned {snapshot!r}, which is no Snapshot"
        return snapshot

    def models(self) -> Sequence[Model] | None:
        """The catalogue, where one is declared and set."""
        if not self.able.models:
            return None
        seen = self.step("models", "models_reply").play(self.made())
        return seen.value if isinstance(seen.value, list) else None

    def value(self, step: Step) -> object:
        """The return value of a successful step; fails the test with advice when it raises."""
        seen = step.play(self.made())
        assert not seen.alien, f"{step.method}(): {seen.alien}"
        if seen.wants is not None:
            missing(step, seen)
        assert seen.error is None, f"{step} raised {seen.error!r}: is that response a good one?"
        assert not seen.left, f"{step} left {seen.left} of {len(step.answers)} responses unread"
        return seen.value

    def step(self, method: str, attribute: str, ticket: Ticket | None = None) -> Step:
        """One method with the responses of one attribute; of the submitted job, unless `ticket` is
        given."""
        arguments: tuple[object, ...] = ()
        if method in ("submit", "quote"):
            arguments = (self.task,)
        elif method not in ("models", "balance"):
            arguments = (ticket or self.ticket,)
        if method == "download":
            arguments = (*arguments, self._done)
        script = several(getattr(self.kit, attribute))
        # Replies first: so the place of a call is that of its answer. Results queue by themselves.
        answers = tuple(sorted(script, key=lambda answer: isinstance(answer, Result)))
        return Step(method, attribute, answers, lambda made: getattr(made, method)(*arguments))

    def steps(self, *, but: tuple[str, ...] = ()) -> Iterator[Step]:
        """Every declared method, with each of its attributes that is set."""
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
    """Fail, or skip, because the response to a request is not set."""
    wanted = seen.wants.endpoint if seen.wants else "nothing"
    script = f"`{step.attribute}` has {len(step.answers)} responses, and"
    why = (
        f"{script if step.answers else f'`{step.attribute}` is not set, and'}"
        f" {step.method}() requests {wanted} {'as well' if step.answers else ''}".rstrip()
    )
    if step.answers or step.attribute in REQUIRED:
        raise AssertionError(f"{why}: set it to the vendor's responses, one Reply a request")
    pytest.skip(f"{why}: set it to have {step.method}() tested")
