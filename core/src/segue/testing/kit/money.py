"""Tests of money: nothing is sent before validation, nothing is paid twice, and no ticket is lost.

They run core's own flows with a journal in memory.
"""

from __future__ import annotations

import contextlib
from itertools import product

import msgspec
import pytest

from segue._engine import submit as lifecycle
from segue.errors import ConnectionLost, NotSent, SegueError
from segue.flow import Call, Reply
from segue.journal import Entry, State
from segue.provider import Provider
from segue.tasks import Task, asked
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Answer, Player, played, several
from segue.testing.kit.samples import samples
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import Book, backend, order
from segue.testing.memory_journal import MemoryJournal

__tracebackhide__ = hidden

_PAGE = {"content-type": "text/html"}
FAILURES: dict[str, Answer] = {
    "a refused connection": NotSent("connection refused"),
    "a dropped connection": ConnectionLost("connection reset"),
    "a 500": Reply(status=500, headers=_PAGE, body=b"<html>oops</html>"),
    "a 502 of a proxy": Reply(status=502, headers=_PAGE, body=b"<html>bad gateway</html>"),
    "a proxy's page": Reply(status=200, headers=_PAGE, body=b"<html>sign in</html>"),
    "an empty answer": Reply(status=200, headers={"content-type": "application/json"}, body=b""),
    "an empty object": Reply(status=200, headers={"content-type": "application/json"}, body=b"{}"),
}


class Money(KitInputs):
    """What a submission spends."""

    def test_nothing_is_sent_before_check_is_clean(self) -> None:
        """A refused task costs nothing, and is not in the journal."""
        bench = Bench(self)
        if not self.refused_tasks:
            pytest.skip("`refused_tasks` is not set: (task, field) for each rule of check()")
        for task, _ in self.refused_tasks:
            _check_unsent(bench, bench.made(), task)

    def test_a_field_that_it_does_not_list_is_refused_first(self) -> None:
        """A field that `capabilities` do not list is not sent."""
        bench = Bench(self)
        listed = bench.able.tasks[type(bench.task)]
        fields = [name for name in bench.task.__struct_fields__ if name not in ("model", "extra")]
        others = [(name, samples(name)) for name in fields if name not in listed]
        if not any(values for _, values in others):
            pytest.skip("it takes every field that its task has")
        for name, value in ((name, value) for name, values in others for value in values):
            _check_unsent(bench, bench.made(), msgspec.structs.replace(bench.task, **{name: value}))

    def test_a_field_that_it_lists_is_not_dropped(self) -> None:
        """Each listed field changes the request, or is refused by `check`."""
        bench = Bench(self)
        if bench.scripted:
            pytest.skip("its work is answered by the script, so what is sent is not seen")
        models, usual = bench.models(), _submission(bench, bench.task)
        for name in sorted(bench.able.tasks[type(bench.task)]):
            values = samples(name, but=getattr(bench.task, name))
            tasks = [msgspec.structs.replace(bench.task, **{name: value}) for value in values]
            heeded = any(
                bench.made().check(task, models) or _submission(bench, task) != usual
                for task in tasks
            )
            assert heeded or not tasks, (
                f"capabilities list {name}, and submit() sends the same for every value: send it,"
                " refuse it in check(), or do not list it"
            )

    def test_a_failed_submission_is_never_sent_again(self) -> None:
        """Whatever the outcome of the paid request: only core repeats it."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        _, paid = _paid(bench)
        for place, (name, failure) in product(range(len(step.answers)), FAILURES.items()):
            answers = (*step.answers[:place], failure, *step.answers, *step.answers)
            calls = step.play(bench.made(), answers).calls
            sent = [call for call in calls if call.spends or _like(call, paid)]
            assert len(sent) < 2, (
                f"after {name} submit() sends {paid.endpoint} again, which may be paid for twice:"
                " let the error propagate: core retries where it is safe"
            )

    def test_a_failed_submission_is_told_as_it_is(self) -> None:
        """Not as a refusal when it may be charged, and without an invented ticket."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        at, paid = _paid(bench)
        for name, failure in FAILURES.items():
            answers = (*step.answers[:at], failure)
            entry, error = _through_core(bench, answers)
            expected = State.REFUSED if isinstance(failure, NotSent) else State.UNKNOWN
            free = _uncharged(failure, paid) and entry.state is State.REFUSED
            assert free or entry.state is expected, (
                f"after {name} the journal has {entry.state.name}, not {expected.name} ({error!r}):"
                " read the answer with reply.json(Struct), without defaults for required fields,"
                " and raise refusal(reply) for an error status only"
            )

    def test_a_ticket_that_came_is_never_lost(self) -> None:
        """After the response to the paid request, no later failure loses the ticket."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        at, _ = _paid(bench)
        good = (*step.answers,)
        entry, error = _through_core(bench, good)
        assert entry.ticket is not None, f"the good response's ticket is not recorded: {error!r}"
        for place in range(at + 1, len(good)):
            for name, failure in FAILURES.items():
                entry, error = _through_core(bench, (*good[:place], failure))
                assert entry.ticket is not None, (
                    f"{name} after the paid request loses its ticket ({error!r}): return the Ticket"
                    " right after it, and request the rest in poll()"
                )

    def test_an_idempotency_key_goes_where_it_is_honoured(self) -> None:
        """`settles` is declared where `Call.idempotency` is set, and nowhere else."""
        bench = Bench(self)
        _, paid = _paid(bench)
        if bench.able.settles:
            assert paid.idempotency, (
                f"capabilities say settles=True, and {paid.endpoint} carries no key: name the"
                " vendor's header, call(…, idempotency='idempotency-key')"
            )
        assert bench.able.settles or not paid.idempotency, (
            f"{paid.endpoint} is sent again under an idempotency key, and capabilities do not say"
            " settles=True: declare it if the vendor documents it, else leave the key out"
        )

    def test_a_whole_submission_pays_once(self) -> None:
        """Catalogue, price and submission, in core's order."""
        bench = Bench(self)
        if not bench.talks:
            pytest.skip("submit() makes no requests")
        player = Player(Book(bench).answer, journal=MemoryJournal())
        try:
            player.run(lifecycle.submit(backend(bench.made(), bench.task), order(bench.task)))
        except SegueError as error:
            raise AssertionError(f"core could not submit `task`: {error}") from error
        paid = [call.endpoint for call in player.calls if call.spends]
        assert len(paid) == 1, f"one job is paid for by {len(paid)} requests: {paid}"


def _submission(bench: Bench, task: Task) -> object:
    """The requests of a submission; its ticket where it makes none."""
    step = bench.step("submit", "accepted")
    made = bench.made()
    seen = played(lambda: made.submit(task), step.answers)
    return seen.calls or seen.value


def _check_unsent(bench: Bench, made: Provider, task: Task) -> None:
    catalogue = list(several(bench.kit.models_reply))

    def answer(call: Call) -> Answer:
        nothing = ConnectionLost("nothing more is answered")
        return catalogue.pop(0) if catalogue and not call.spends else nothing

    player = Player(answer, journal=MemoryJournal())
    with contextlib.suppress(SegueError):
        player.run(lifecycle.submit(backend(made, task), order(task)))
    paid = [call.endpoint for call in player.calls if call.spends]
    assert not paid, (
        f"{asked(task)} was not refused, and {paid[0]} was sent: check() returns every reason, and"
        " capabilities stay as the class declares them"
    )


def _paid(bench: Bench) -> tuple[int, Call]:
    """The place of the paid request among those of a submission, and the request."""
    step = bench.step("submit", "accepted")
    bench.value(step)
    for at, call in enumerate(step.play(bench.made()).calls):
        if call.spends:
            return at, call
    pytest.skip("submit() makes no request that spends")


def _like(one: Call, other: Call) -> bool:
    same = (one.method, one.url) == (other.method, other.url)
    return same and (one.json, one.content, one.form) == (other.json, other.content, other.form)


def _uncharged(failure: Answer, paid: Call) -> bool:
    return isinstance(failure, Reply) and failure.status in paid.uncharged | paid.final


def _through_core(bench: Bench, answers: tuple[Answer, ...]) -> tuple[Entry, SegueError | None]:
    """Submit through core, and return the job's final entry in the journal."""
    journal, rest = MemoryJournal(), list(answers)
    task, made = bench.task, bench.made()

    def answer(_: Call) -> Answer:
        return rest.pop(0) if rest else ConnectionLost("nothing more is answered")

    # One object stands for one vendor; here it only submits (misc).
    able = msgspec.structs.replace(made.capabilities, models=False, quote=False)
    made.capabilities = able  # type: ignore[misc]  # see above
    ended: SegueError | None = None
    try:
        Player(answer, journal=journal).run(lifecycle.submit(backend(made, task), order(task)))
    except SegueError as error:
        ended = error
    return journal.entry("kit"), ended
