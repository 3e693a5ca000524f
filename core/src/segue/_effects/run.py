"""The loops that run a generator: send it an answer, take what it wants next, until it ends.

The only difference between them is how an answer is come by: it is there, it is awaited, or
another generator brings it. The generator is closed whatever happens, so none is ever left
half-run. Beside them, what both drivers answer alike.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime
from typing import Any, TypeVar

from segue.errors import BrokenPlugin
from segue.flow import Approve, Claim, Lookup, Now, Sleep, Unclaim

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")


def pump(
    flow: Generator[S, Any, T],
    perform: Callable[[S], object],
    clock: Callable[[], Now] | None = None,
) -> T:
    """Run `flow` to its end; what `perform` raises is thrown into it.

    A flow that only reads the clock, as many do at each step, is answered by `clock` on the spot.
    """
    try:
        step = next(flow)
        while True:
            if isinstance(step, Sleep) and step.seconds <= 0 and clock is not None:
                step = flow.send(clock())
                continue
            try:
                answer = perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


async def async_pump(
    flow: Generator[S, Any, T],
    perform: Callable[[S], Awaitable[object]],
    clock: Callable[[], Now] | None = None,
) -> T:
    """The same, awaiting `perform`."""
    try:
        step = next(flow)
        while True:
            if isinstance(step, Sleep) and step.seconds <= 0 and clock is not None:
                step = flow.send(clock())
                continue
            try:
                answer = await perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


def through(
    flow: Generator[S, Any, T], perform: Callable[[S], Generator[R, Any, object]]
) -> Generator[R, Any, T]:
    """The same, within a generator: what `perform` wants for it, this wants of who runs this."""
    try:
        step = next(flow)
        while True:
            try:
                answer = yield from perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


def read_clock() -> Now:
    """The time by both clocks."""
    return Now(monotonic=time.monotonic(), utc=datetime.now(UTC))


def refusal(effect: object) -> BrokenPlugin:
    """The error for a flow that yields what is not an effect, or none that it may yield."""
    kind = type(effect).__name__
    if isinstance(effect, Lookup | Claim | Unclaim | Approve):
        what = f"a provider's flow yielded {kind}, which only core's own flows may yield"
    else:
        what = f"a flow yielded {effect!r}, which is not an effect"
    return BrokenPlugin(
        what,
        advice="a flow may yield Call, Work, Sleep, Save, Record and Together;"
        " did it miss a `from`?",
    )
