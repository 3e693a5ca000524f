"""Tests that new words, new fields and a proxy's page do not end a job."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from segue._effects.run import read_clock
from segue._engine.poll import poll
from segue.errors import (
    ConnectionLost,
    NotSent,
    ProtocolError,
    RateLimited,
    Rejected,
    SegueError,
    Unavailable,
)
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue.testing.kit import odd
from segue.testing.kit.bench import Bench, Step
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Answer, played
from segue.testing.kit.tracebacks import hidden
from segue.testing.kit.world import backend

__tracebackhide__ = hidden

PASSING = (RateLimited, Unavailable, ProtocolError, ConnectionLost, NotSent)
"""The errors of a poll after which core polls again; any other ends the wait."""

_HTML = {"content-type": "text/html"}
_JSON = {"content-type": "application/json"}
_FLAWS: tuple[Answer, ...] = (
    Reply(status=200, headers=_HTML, body=b"<html>please sign in</html>"),
    Reply(status=200, headers={"content-type": "application/json"}, body=b""),
    Reply(status=429, headers=_HTML, body=b"<html>slow down</html>"),
    Reply(status=500, headers=_HTML, body=b"<html>oops</html>"),
    Reply(status=502, headers=_HTML, body=b"<html>bad gateway</html>"),
    Reply(status=503, headers=_HTML, body=b"<html>maintenance</html>"),
    ConnectionLost("connection reset"),
    NotSent("connection refused"),
)


class Tolerance(KitInputs):
    """Responses that differ from the documented ones, but are no failure."""

    def test_an_unknown_word_never_ends_a_running_job(self) -> None:
        """An unknown status word gives UNKNOWN, and the job is polled again."""
        bench = Bench(self)
        bench.snapshot("running")
        for step, path, seen in _reworded(bench, bench.step("poll", "running")):
            ended = isinstance(seen, Snapshot) and seen.status.terminal
            assert not ended, (
                f"{step} with {odd.WORD!r} in {_shown(path)} is {_status(seen)}: let words that"
                " your table lacks be Status.UNKNOWN, status_of(word, WORDS)"
            )

    def test_an_unknown_word_is_never_a_success(self) -> None:
        """Only a known word gives SUCCEEDED: otherwise there may be nothing to save."""
        bench = Bench(self)
        bench.snapshot("running")
        for attribute in ("succeeded", "failed"):
            step = bench.step("poll", attribute)
            running = bench.step("poll", "running").answers
            answers = _with_unknown_status(step.answers, running)
            if answers is None:
                continue
            seen = step.play(bench.made(), answers).value
            succeeded = isinstance(seen, Snapshot) and seen.status is Status.SUCCEEDED
            assert not succeeded, (
                f"{step} with {odd.WORD!r} for its status is SUCCEEDED: let words that your table"
                " lacks be Status.UNKNOWN, and read nothing but the word"
            )

    def test_unknown_fields_change_nothing(self) -> None:
        """A vendor may add a field at any time."""
        bench = Bench(self)
        steps = [step for step in bench.steps() if any(map(odd.document, step.answers))]
        if not steps:
            pytest.skip("no response that is set is JSON")
        for step in steps:
            good = step.play(bench.made())
            seen = step.play(bench.made(), odd.everywhere(step.answers, odd.extended))
            assert _gist(seen.value, seen.error) == _gist(good.value, good.error), (
                f"{step} with a field more in each object ended in {seen.error or seen.value!r}:"
                " let structs ignore unknown fields (no forbid_unknown_fields)"
            )

    def test_an_odd_acceptance_never_loses_the_ticket(self) -> None:
        """The job is paid for: another word in the response is no refusal."""
        bench = Bench(self)
        step = bench.step("submit", "accepted")
        places = [path for answer in step.answers for path in odd.texts(answer)]
        if not places:
            pytest.skip("`accepted` has no words in JSON")
        for path in places:
            seen = step.play(bench.made(), _everywhere(step.answers, path))
            lost = isinstance(seen.error, Rejected) or (
                seen.error is None and not isinstance(seen.value, Ticket)
            )
            assert not lost, (
                f"submit() with {odd.WORD!r} in {_shown(path)} of `accepted` ended in"
                f" {seen.error or seen.value!r}, and core reads that as a refusal: with a 2xx"
                " raise reply.unlike(…) at most, which leaves the outcome in doubt"
            )

    def test_a_passing_fault_is_no_verdict(self) -> None:
        """A proxy's page, a 429, a 5xx and a lost connection: core waits, and polls again."""
        bench = Bench(self)
        step = bench.step("poll", "succeeded")
        calls = step.play(bench.made()).calls
        if not calls:
            pytest.skip("poll() makes no requests")
        for flaw in _FLAWS:
            if isinstance(flaw, Reply) and flaw.status in calls[0].final:
                continue
            seen = step.play(bench.made(), [flaw] * 4)
            waits = isinstance(seen.error, PASSING) or (
                isinstance(seen.value, Snapshot) and not seen.value.status.terminal
            )
            assert waits, (
                f"poll() reads {flaw!r} as {seen.error or _status(seen.value)!r}, which ends the"
                " wait for a job that still runs: let errors propagate, raise refusal(reply)"
                " for an error status, and read the rest with reply.json(Struct)"
            )

    def test_a_404_just_after_the_submission_ends_no_job(self) -> None:
        """A vendor may not know a job in the first seconds: core polls again for as long as the
        provider declares."""
        bench = Bench(self)
        if not bench.step("poll", "succeeded").play(bench.made()).calls:
            pytest.skip("poll() makes no requests")
        ready = backend(bench.made(), bench.task)
        ticket = msgspec.structs.replace(bench.ticket, submitted_at=read_clock().utc)
        for body in (b'{"error": "not found"}', b""):
            unknown = Reply(status=404, headers=_JSON if body else _HTML, body=body)
            seen = played(lambda: poll(ready, ticket), [unknown] * 4)
            waits = isinstance(seen.error, PASSING) or (
                isinstance(seen.value, Snapshot) and not seen.value.status.terminal
            )
            assert waits, (
                f"a 404 just after the submission is {seen.error or _status(seen.value)!r}, which"
                " ends the wait: declare Cadence(settles=…), in seconds, and raise refusal(reply)"
                " for a 404"
            )

    def test_no_error_status_passes_for_an_answer(self) -> None:
        """Every method checks the status before it reads the body.

        Except `poll` and `cancel`, as a status may be the job's state, and `submit`, as a response
        that names the job is a ticket, whatever its status.
        """
        bench = Bench(self)
        others = bench.steps(but=("poll", "cancel", "submit"))
        steps = [step for step in others if step.play(bench.made()).calls]
        if not steps:
            pytest.skip("no method but submit(), poll() and cancel() makes requests")
        for step in steps:
            calls = step.play(bench.made()).calls
            paid = [at for at, call in enumerate(calls) if call.spends]
            places = paid or range(len(calls))  # of several requests, some may be dispensable
            for status in (401, 500):
                heeded = [at for at in places if _refused(bench, step, at, status)]
                assert heeded, (
                    f"{step.method}() reads a {status} as success, because of its body:"
                    " write `if not reply.ok: raise refusal(reply)`"
                )


def _refused(bench: Bench, step: Step, at: int, status: int) -> bool:
    """Whether the good body is refused when it has an error status."""
    good = step.answers[at]
    bad = msgspec.structs.replace(good, status=status) if isinstance(good, Reply) else good
    seen = step.play(bench.made(), (*step.answers[:at], bad, *step.answers[at + 1 :]))
    return isinstance(seen.error, SegueError) or not isinstance(good, Reply)


def _reworded(bench: Bench, step: Step) -> list[tuple[Step, odd.Path, object]]:
    """The results for responses with each of their texts replaced in turn."""
    places = [path for answer in step.answers for path in odd.texts(answer)]
    return [
        (step, path, step.play(bench.made(), _everywhere(step.answers, path)).value)
        for path in places
    ]


def _everywhere(answers: tuple[Answer, ...], path: odd.Path) -> list[Answer]:
    def reword(answer: Answer) -> Answer:
        here = isinstance(answer, Reply) and path in odd.texts(answer)
        return odd.changed(answer, {path: odd.WORD}) if here else answer  # type: ignore[arg-type]  # `here` says so

    return odd.everywhere(answers, reword)


def _with_unknown_status(
    answers: Sequence[Answer], running: Sequence[Answer]
) -> list[Answer] | None:
    """The responses with an unknown word where they differ from those of a running job."""
    found, any_word = [], False
    for answer, other in zip(answers, running, strict=False):
        places = odd.words_apart(answer, other)
        if places and isinstance(answer, Reply):
            any_word = True
            answer = odd.changed(answer, dict.fromkeys(places, odd.WORD))  # noqa: PLW2901 - the same, changed
        found.append(answer)
    return found if any_word else None


def _gist(value: object, error: Exception | None) -> object:
    """The part of a result that must not depend on unknown fields."""
    if isinstance(value, Snapshot):
        return value.status, [(track.id, track.status, track.url) for track in value.tracks]
    if isinstance(value, Ticket):
        return value.id, value.secrets
    return type(error), len(value) if isinstance(value, list) else type(value)


def _status(value: object) -> object:
    return value.status.name if isinstance(value, Snapshot) else value


def _shown(path: odd.Path) -> str:
    return ".".join(map(str, path))
