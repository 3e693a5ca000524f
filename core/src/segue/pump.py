"""The two loops that run a generator: send it an answer, take what it wants next, until it ends.

The only difference between them is how an answer is waited for. The generator is closed
whatever happens, so none is ever left half-run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
S = TypeVar("S")


def pump(flow: Generator[S, Any, T], perform: Callable[[S], object]) -> T:
    """Run `flow` to its end; what `perform` raises is thrown into it."""
    try:
        step = next(flow)
        while True:
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


async def async_pump(flow: Generator[S, Any, T], perform: Callable[[S], Awaitable[object]]) -> T:
    """The same, awaiting `perform`."""
    try:
        step = next(flow)
        while True:
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
