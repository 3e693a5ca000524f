"""What became of several jobs: a line for each, a summary, and an exit code for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from segue.cli.exits import Code, code_of, told

_RESULTS = {Code.UNKNOWN: "unknown", Code.TIMED_OUT: "timed out"}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one job of several; `code` is 0 unless it failed."""

    job: str
    backend: str
    result: str
    paths: tuple[str, ...] = ()
    message: str = ""
    code: int = 0


S = TypeVar("S", bound=msgspec.Struct)


class Coded(Protocol):
    """What says by a code how it ended."""

    @property
    def code(self) -> int:
        """0, unless it went wrong."""
        ...


def failed(known: S, error: Exception) -> S:
    """The outcome of a job that `error` kept from coming home: it has its result and code."""
    code = Code(code_of(error))
    return msgspec.structs.replace(
        known,
        result=_RESULTS.get(code, "failed"),
        message="; ".join(filter(None, told(error))),
        code=int(code),
    )


def line(outcome: Outcome) -> str:
    """One job's outcome: `3f2a…: saved out/song.wav`."""
    return f"{outcome.job}: {outcome.result} {' '.join(outcome.paths) or outcome.message}".strip()


def summed_up(outcomes: Sequence[Outcome]) -> str:
    """`3 of 5 jobs are home, 1 busy, 1 failed`."""
    if not outcomes:
        return "every job is home"
    counted = Counter(outcome.result for outcome in outcomes)
    home = counted.pop("saved", 0)
    others = [f"{count} {result}" for result, count in counted.items()]
    return ", ".join([f"{home} of {len(outcomes)} jobs are home", *others])


def worst(outcomes: Sequence[Coded]) -> int:
    """3 before 4 before 1: what needs the user's attention most."""
    codes = {outcome.code for outcome in outcomes} - {0}
    serious = (code for code in (Code.UNKNOWN, Code.TIMED_OUT) if code in codes)
    return next(serious, Code.FAILED if codes else 0)
