"""Tests of providers that call their vendor's own library in `Work`: core does not see its
requests, so the provider must classify failures.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segue.errors import SegueError, SubmissionUnknown
from segue.testing.kit.bench import Bench, Step
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import Played, Result
from segue.testing.kit.tolerance import PASSING
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

_FAILURES = (OSError("connection reset"), RuntimeError("something of the library's own"))


class Libraries(KitInputs):
    """How exceptions of a library are classified."""

    def test_a_submission_by_a_library_that_fails_is_in_doubt(self) -> None:
        """`SubmissionUnknown`: it may have been sent, and charged."""
        for failure, seen in _failing(Bench(self), "submit"):
            assert isinstance(seen.error, SubmissionUnknown), (
                f"submit() turns {failure!r} in its work into {seen.error!r}, which core reads as a"
                " refusal: raise SubmissionUnknown, unless it was certainly not sent"
            )

    def test_a_look_by_a_library_that_fails_is_no_verdict(self) -> None:
        """Core waits, and polls again."""
        for failure, seen in _failing(Bench(self), "poll"):
            assert isinstance(seen.error, PASSING), (
                f"poll() turns {failure!r} in its work into {seen.error!r}, which ends the wait for"
                " a job that still runs: raise ConnectionLost or Unavailable from it"
            )

    def test_no_exception_of_a_library_comes_out(self) -> None:
        """Only `SegueError` reaches the user."""
        others = ("download", "cancel", "release", "models", "quote", "balance")
        for failure, seen in _failing(Bench(self), *others):
            assert isinstance(seen.error, SegueError), (
                f"{failure!r} came out of its work as {seen.error!r}: catch what the library"
                " raises, and raise an error of segue.errors from it"
            )


def _failing(bench: Bench, *methods: str) -> Iterator[tuple[Exception, Played]]:
    """Run each method with each of its results failing in turn."""
    steps = [step for step in bench.steps() if step.method in methods]
    places = [(step, at) for step in steps for at, _ in _results(step)]
    if not places:
        pytest.skip(f"no `Result` is set for the work of {', '.join(methods)}")
    for step, at in places:
        for failure in _FAILURES:
            answers = (*step.answers[:at], Result(failure), *step.answers[at + 1 :])
            yield failure, step.play(bench.made(), answers)


def _results(step: Step) -> list[tuple[int, Result]]:
    return [(at, answer) for at, answer in enumerate(step.answers) if isinstance(answer, Result)]
