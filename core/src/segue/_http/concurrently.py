"""Run flows concurrently in threads, each to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from segue.flow import Flow, Together


def side_by_side(effect: Together, run: Callable[[Flow[object]], object]) -> list[object]:
    """Run the flows in threads."""
    if not effect.flows:
        return []
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few flows need it

    with ThreadPoolExecutor(min(max(effect.most, 1), len(effect.flows))) as threads:
        futures = [threads.submit(copy_context().run, run, flow) for flow in effect.flows]
    return [future.result() for future in futures]
