"""Run a flow on scripted responses, and record the effects that it yields."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from typing import TypeAlias, TypeVar

import msgspec

from segue._effects.run import pump, read_clock, through
from segue._journal.answers import answered
from segue._journal.released import Access
from segue._pace.turns import turn
from segue.flow import (
    Approve,
    Call,
    Claim,
    Effect,
    Flow,
    Lookup,
    Now,
    Permit,
    Record,
    Reply,
    Sleep,
    Together,
    Unclaim,
    Work,
)
from segue.journal import Journal
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

T = TypeVar("T")


class Result(msgspec.Struct, frozen=True):
    """The result of a `Work` that is not run: for a provider that calls its vendor's own library
    there. An exception is raised, as that library would."""

    value: object


Answer: TypeAlias = Reply | Result | Exception
"""What a flow receives; an exception is thrown into it."""

Script: TypeAlias = Reply | Result | Sequence[Reply | Result]
"""One response, or several in the order of the requests."""


class Unanswered(BaseException):
    """The script has no response to `call`. Not an `Exception`: no flow can catch it."""

    def __init__(self, call: Call) -> None:
        super().__init__(call.endpoint)
        self.call = call


class Alien(BaseException):
    """A flow yielded an object that is no effect, or is no flow. No flow can catch this either."""


class Player:
    """Performs effects: `answer` returns the response to a call, `results` replace work.

    `effects` and `calls` are all that was yielded, in order, by any of the flows.
    Time passes only in sleeps.
    """

    def __init__(
        self,
        answer: Callable[[Call], Answer],
        *,
        results: Sequence[Result] = (),
        journal: Journal | None = None,
    ) -> None:
        self.effects: list[Effect] = []
        self.calls: list[Call] = []
        self.replies: list[tuple[Call, Answer]] = []
        self._answer = answer
        self._results = deque(results)
        self._journal = journal
        self._access = None if journal is None else Access(journal)
        self._began = read_clock()
        self._slept = 0.0

    def run(self, flow: object) -> object:
        """Run a flow to its end, and return its value."""
        if not isinstance(flow, Generator):
            raise Alien(f"it returned {flow!r} instead of a flow: is there a `yield` in it?")
        return pump(in_turn(flow), self._perform)

    def _perform(self, effect: object) -> object:  # noqa: PLR0911 - one for each effect
        match effect:
            case Call():
                return self._called(effect)
            case Work():
                self.effects.append(effect)
                return self._worked(effect)
            case Sleep():
                self.effects.append(effect)
                return self._time(effect.seconds)
            case Record():
                self.effects.append(effect)
                if self._journal:
                    self._journal.write(effect.event)
                return None
            case Permit():
                self.effects.append(effect)
                return pump(turn(effect, self._time(0)), self._perform)
            case Lookup() | Claim() | Unclaim():
                self.effects.append(effect)
                return answered(self._access, effect)
            case Approve():
                self.effects.append(effect)
                return []
        raise Alien(f"it yielded {effect!r}: a provider's flow may yield Call, Work and Together")

    def _worked(self, work: Work) -> object:
        if not self._results:
            return work.function()
        value = self._results.popleft().value
        if isinstance(value, Exception):
            raise value
        return value

    def _called(self, call: Call) -> Reply:
        self.effects.append(call)
        self.calls.append(call)
        answer = self._answer(call)
        self.replies.append((call, answer))
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Reply):
            raise Alien(f"{call.endpoint} is a Call, and the script answers a Work: {answer!r}")
        return msgspec.structs.replace(answer, endpoint=call.endpoint)

    def _time(self, seconds: float) -> Now:
        self._slept += max(seconds, 0.0)
        return Now(
            monotonic=self._began.monotonic + self._slept,
            utc=self._began.utc + timedelta(seconds=self._slept),
        )


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a flow: its `value`, the `error` that it raised, or the call that it `wants`
    answered and the script does not; and what it yielded. `left` responses were not used."""

    value: object = None
    error: Exception | None = None
    wants: Call | None = None
    alien: str = ""
    effects: tuple[Effect, ...] = ()
    calls: tuple[Call, ...] = ()
    left: int = 0


def in_turn(flow: Flow[T]) -> Flow[T]:
    """The same flow with its concurrent flows run one after the other; for a driver that is
    sequential."""
    return through(flow, _answered)


def _answered(effect: Effect) -> Flow[object]:
    if not isinstance(effect, Together):
        return (yield effect)
    answers: list[object] = []
    failures: list[Exception] = []
    for flow in effect.flows:
        try:
            answers.append((yield from in_turn(flow)))
        except Exception as error:  # thrown into the flow below
            failures.append(error)
    if failures:
        raise failures[0]
    return answers


def several(script: Script) -> tuple[Answer, ...]:
    """The responses of a script."""
    return (script,) if isinstance(script, Reply | Result) else tuple(script)


def played(start: Callable[[], object], answers: Sequence[Answer]) -> Played:
    """Run a flow on `answers`, and return its outcome; raises nothing."""
    queue = deque(answer for answer in answers if not isinstance(answer, Result))
    results = [answer for answer in answers if isinstance(answer, Result)]

    def answer(call: Call) -> Answer:
        if not queue:
            raise Unanswered(call)
        return queue.popleft()

    player = Player(answer, results=results)
    outcome = Played()
    try:
        outcome = Played(value=player.run(start()))
    except Unanswered as end:
        outcome = Played(wants=end.call)
    except Alien as end:
        outcome = Played(alien=str(end))
    except Exception as error:  # the tests judge it
        outcome = Played(error=error)
    return msgspec.structs.replace(
        outcome, effects=tuple(player.effects), calls=tuple(player.calls), left=len(queue)
    )
