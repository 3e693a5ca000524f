"""Spoilt answers in the place of good ones, to every provider: is a ticket lost, does one hang?"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import cycle
from random import Random
from typing import Any

import msgspec

from benchmarks.garbage_samples import Step, steps
from benchmarks.mutations import spoilt
from benchmarks.quiet import quiet
from benchmarks.tables import Table
from segue._effects.run import read_clock
from segue._plugins.results import validate_items, validated_result
from segue.errors import PluginError, SegueError
from segue.flow import Call, Reply, Sleep, Together, Work
from segue.job import Asset, Snapshot, Ticket
from segue.money import Money, Quote
from segue.provider import Model

MOST = 25
"""Requests of one flow: more is a flow that does not end."""

LONGEST = 1.0
"""Seconds of CPU that one answer may be read for: the machine may be busy with others."""

_KINDS: dict[str, type] = {"submit": Ticket, "poll": Snapshot, "cancel": Snapshot, "quote": Quote}
_LISTS: dict[str, type] = {"models": Model, "balance": Money, "download": Asset}
_BAD = ("let out", "not of its type", "lost tickets", "hangs")


class Endless(BaseException):
    """A flow makes request after request; no flow can catch it."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--replies", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)


@quiet()
def measure(chosen: argparse.Namespace) -> Table:
    """One row for each provider; `examples` has one reply for each kind of fault."""
    rng, tallies, examples = Random(chosen.seed), dict[str, Counter[str]](), dict[str, str]()
    tried = [step for step in steps() if step.answers]
    for step, _ in zip(cycle(tried), range(chosen.replies), strict=False):
        tally = tallies.setdefault(step.provider, Counter())
        at = rng.randrange(len(step.answers))
        bad = spoilt(step.answers[at], rng)
        fed = (*step.answers[:at], bad, *step.answers[at + 1 :])
        began = time.process_time()
        became = _became(step, fed, bad)
        seconds = time.process_time() - began
        became = "hangs" if seconds > LONGEST else became
        tally[became] += 1
        tally["slowest"] = max(tally["slowest"], round(seconds * 1000))
        if became in _BAD:
            told = f"{step.provider} {step.method}, {bad.status}, {dict(bad.headers)}"
            examples.setdefault(f"{became}: {told}"[:200], repr(bad.body)[:300])
    rows = [_row(name, tally) for name, tally in tallies.items()]
    return Table(title="Spoilt answers", rows=rows, skipped=examples)


def _row(name: str, tally: Counter[str]) -> dict[str, object]:
    return {
        "": name,
        "replies": sum(tally.values()) - tally["slowest"],
        "values": tally["values"],
        "errors of Segue's": tally["errors"],
        **{bad: tally[bad] for bad in _BAD},
        "slowest, ms": tally["slowest"],
    }


def _became(step: Step, fed: Sequence[Reply], bad: Reply) -> str:
    """What became of one flow."""
    try:
        value = _run(step.start(), _answers(fed))
    except SegueError as error:
        if isinstance(error, PluginError):
            return "let out"
        return "lost tickets" if _names_the_job(step, bad) else "errors"
    except Endless:
        return "hangs"
    except Exception:
        return "let out"
    return _judged(step, value, bad)


def _judged(step: Step, value: object, bad: Reply) -> str:
    try:
        if step.method in _LISTS:
            validate_items(step.method, value, _LISTS[step.method])
        elif step.method in _KINDS:
            value = validated_result(step.method, value, _KINDS[step.method])
        if isinstance(value, Ticket | Snapshot | Quote):
            msgspec.json.decode(msgspec.json.encode(value), type=type(value))
    except (TypeError, ValueError, OverflowError):
        return "not of its type"
    if isinstance(value, Ticket) and not value.id:
        return "not of its type"
    if _names_the_job(step, bad) and not (isinstance(value, Ticket) and value.id == _named(step)):
        return "lost tickets"
    return "values"


def _names_the_job(step: Step, bad: Reply) -> bool:
    """Whether a good status came with the job's name in its place: then it must be the ticket."""
    if not step.named or not bad.ok or _at(bad, step.named) != _named(step):
        return False
    return str(_at(bad, ("code",))).lower() not in step.refusing


def _named(step: Step) -> object:
    return _at(step.answers[0], step.named)


def _at(reply: Reply, way: Sequence[str]) -> object:
    try:
        value: Any = msgspec.json.decode(reply.body or b"")
    except (ValueError, RecursionError):
        return None
    for key in way:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _answers(fed: Sequence[Reply]) -> Iterator[Reply]:
    """The answers in turn; the last of them again and again, and then no more."""
    yield from fed
    for _ in range(MOST):
        yield fed[-1]


def _run(flow: Generator[object, object, object], answers: Iterator[Reply]) -> object:
    """Run a flow to its end, with these answers to its calls."""
    try:
        effect = next(flow)
        while True:
            effect = flow.send(_performed(effect, answers))
    except StopIteration as done:
        return done.value
    finally:
        flow.close()


def _performed(effect: object, answers: Iterator[Reply]) -> object:
    match effect:
        case Call():
            reply = next(answers, None)
            if reply is None:
                raise Endless
            return reply
        case Work():
            return effect.function()
        case Sleep():
            return read_clock()
        case Together():
            return [_run(flow, answers) for flow in effect.flows]
    raise TypeError(f"it yielded {effect!r}")
