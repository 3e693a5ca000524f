"""Tests of every method as a flow, run on the vendor's responses without HTTP, clock or disk."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from segue._engine.validate import validated_task
from segue.errors import Refused
from segue.flow import Call, Effect, Sleep, Together, Work
from segue.job import Asset, Ticket
from segue.tasks import Problem, Task
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import REPLIES, KitInputs
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import backend

__tracebackhide__ = hidden


class Flows(KitInputs):
    """What each method yields, and what it returns for good responses."""

    def test_check_is_pure_and_accepts_the_task(self) -> None:
        """Equal arguments give equal problems, with the catalogue and without it."""
        bench = Bench(self)
        made, before = bench.made(), msgspec.json.encode(bench.task)
        for models in (None, bench.models()):
            found = [made.check(bench.task, models) for _ in range(2)]
            assert all(isinstance(problems, list) for problems in found), (
                f"check() returned {found[0]!r}: it is no flow, and returns a list of problems"
            )
            assert found[0] == found[1], (
                f"check() is not deterministic: {found[0]}, then {found[1]}"
            )
            assert not found[0], f"check() refuses `task`, which must be accepted: {found[0]}"
        assert msgspec.json.encode(bench.task) == before, "check() changed the task"

    def test_a_task_that_it_cannot_do_is_refused_by_its_field(self) -> None:
        """Every reason names the field, before anything is sent."""
        bench = Bench(self)
        if not self.refused_tasks:
            pytest.skip("`refused_tasks` is not set: (task, field) for each rule of check()")
        for task, field in self.refused_tasks:
            problems = _refusal(bench, task)
            assert problems, f"check() finds nothing wrong with {task!r}: name {field!r}"
            fields = sorted(problem.field for problem in problems)
            assert field in fields, f"{task!r} is refused for {fields}, and not for {field!r}"
            for problem in problems:
                assert problem.allowed, f"the problem of {problem.field!r} lacks what is allowed"

    def test_a_submission_spends_exactly_once(self) -> None:
        """One request of `submit` costs money: `call(…, spends=True)`."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        bench.value(step)
        calls = step.play(bench.made()).calls
        paid = [call.endpoint for call in calls if call.spends]
        assert len(paid) == (1 if calls else 0), (
            f"submit() makes {len(paid)} of its {len(calls)} requests with spends=True"
            f" {paid or ''}: mark the one that may cost money, and no other"
        )

    def test_nothing_but_a_submission_spends(self) -> None:
        """Polling, downloading, cancelling and quoting are free."""
        bench = Bench(self)
        for step in bench.steps(but=("submit",)):
            seen = step.play(bench.made())
            for call in (*seen.calls, *sources(seen.value)):
                assert not call.spends, (
                    f"{step.method}() makes {call.endpoint} with spends=True: only submit() may"
                )

    def test_flows_ask_for_calls_and_work_only(self) -> None:
        """A flow yields Call, Work, Together and `now()`; waiting, saving and the journal are
        core's."""
        bench = Bench(self)
        for step in bench.steps():
            seen = step.play(bench.made())
            assert not seen.alien, f"{step.method}(): {seen.alien}"
            for effect in seen.effects:
                assert _allowed(effect), (
                    f"{step.method}() yields {type(effect).__name__}: core waits, saves and"
                    " writes the journal: yield Call, Work, Together and now() only"
                )

    def test_a_ticket_is_plain_json_of_its_own(self) -> None:
        """Any process can resume it, years later."""
        bench = Bench(self)
        ticket = bench.ticket
        assert ticket.provider == bench.name, (
            f"the ticket's provider is {ticket.provider!r}: write provider=self.name"
        )
        assert ticket.id, "the ticket has no id: it is the vendor's own name for the job"
        try:
            again = Ticket.from_json(ticket.to_json())
        except (ValueError, TypeError) as error:
            raise AssertionError(f"the ticket's state is not plain JSON: {error}") from error
        assert again == ticket, (
            f"the ticket comes back from JSON changed: {ticket.state!r} became {again.state!r};"
            " use only text, numbers, booleans, lists and dicts with text keys"
        )

    def test_a_ticket_is_all_that_another_process_needs(self) -> None:
        """No state of a job is held in the provider's object."""
        bench = Bench(self)
        ticket = Ticket.from_json(bench.ticket.to_json())
        for method in ("poll", "download", "cancel", "release"):
            if not getattr(bench.able, method, True):
                continue
            attribute = "succeeded" if method == "poll" else REPLIES[method][0]
            one, other = bench.made(), bench.made()
            submitted = bench.step("submit", "accepted")
            submitted.play(one)
            here = bench.step(method, attribute).play(one)
            there = bench.step(method, attribute, ticket).play(other)
            assert (here.calls, sources(here.value)) == (there.calls, sources(there.value)), (
                f"{method}() of another process requests {there.calls}, and not {here.calls}:"
                " put what it needs into Ticket.state"
            )
            assert type(here.error) is type(there.error), (
                f"{method}() of another process ends in {there.error!r}: put what it needs into"
                " Ticket.state"
            )


def _refusal(bench: Bench, task: Task) -> Sequence[Problem]:
    """The problems for which core refuses a task: of its fields, or from `check`."""
    try:
        validated_task(backend(bench.made(), task), task, bench.models())
    except Refused as error:
        return error.problems
    return ()


def _allowed(effect: Effect) -> bool:
    if isinstance(effect, Sleep):
        return effect.seconds == 0
    return isinstance(effect, Call | Work | Together)


def sources(value: object) -> tuple[Call, ...]:
    """The requests that a list of assets would make."""
    assets = value if isinstance(value, list) else []
    found = (asset.source for asset in assets if isinstance(asset, Asset))
    return tuple(source for source in found if isinstance(source, Call))
