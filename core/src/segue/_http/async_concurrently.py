"""Run flows concurrently in tasks, each to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from segue.flow import Flow, Together


async def side_by_side(
    effect: Together, run: Callable[[Flow[object]], Awaitable[object]]
) -> list[object]:
    """Run the flows in tasks."""
    ends: list[object] = [None] * len(effect.flows)
    turns = anyio.Semaphore(max(effect.most, 1))

    async def one(place: int, flow: Flow[object]) -> None:
        async with turns:
            try:
                ends[place] = await run(flow)
            except Exception as error:
                ends[place] = _Raised(error)

    async with anyio.create_task_group() as tasks:
        for place, flow in enumerate(effect.flows):
            tasks.start_soon(one, place, flow)
    for end in ends:
        if isinstance(end, _Raised):
            raise end.error
    return ends


class _Raised:
    """A flow's exception, held until the others have ended."""

    def __init__(self, error: Exception) -> None:
        self.error = error
