"""The results of several jobs: a line for each, a summary, and an exit code for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from segue.cli.exits import Code, exit_code_of, message_and_advice

_RESULTS = {Code.UNKNOWN: "unknown", Code.TIMED_OUT: "timed out"}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one job of several; `code` is its exit code, 0 without an error."""

    job: str
    backend: str
    result: str
    paths: tuple[str, ...] = ()
    message: str = ""
    code: int = 0


S = TypeVar("S", bound=msgspec.Struct)


class Coded(Protocol):
    """Anything with an exit code."""

    @property
    def code(self) -> int:
        """0 without an error."""
        ...


def failed(known: S, error: Exception) -> S:
    """`known` with the result, message and exit code of `error`."""
    code = Code(exit_code_of(error))
    return msgspec.structs.replace(
        known,
        result=_RESULTS.get(code, "failed"),
        message="; ".join(filter(None, message_and_advice(error))),
        code=int(code),
    )


def line(outcome: Outcome) -> str:
    """One job's result: `3f2a…: saved out/song.wav`."""
    return f"{outcome.job}: {outcome.result} {' '.join(outcome.paths) or outcome.message}".strip()


def summary_line(outcomes: Sequence[Outcome]) -> str:
    """`3 of 5 jobs downloaded, 1 busy, 1 failed`."""
    if not outcomes:
        return "nothing to resume: every job has been downloaded"
    counted = Counter(outcome.result for outcome in outcomes)
    saved = counted.pop("saved", 0)
    others = [f"{count} {result}" for result, count in counted.items()]
    return ", ".join([f"{saved} of {len(outcomes)} jobs downloaded", *others])


def overall_code(outcomes: Sequence[Coded]) -> int:
    """The exit code for all: 3 if any has it, else 4, else 1, else 0."""
    codes = {outcome.code for outcome in outcomes} - {0}
    first = (code for code in (Code.UNKNOWN, Code.TIMED_OUT) if code in codes)
    return next(first, Code.FAILED if codes else 0)
