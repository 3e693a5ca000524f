"""The deadline of a response, at which a task is cancelled. See `_http/deadline.py`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from segue._http.deadline import TooSlow


@asynccontextmanager
async def until(moment: float, seconds: float) -> AsyncIterator[None]:
    """Cancel the block at `moment`, under asyncio and trio; raise `TooSlow`."""
    with anyio.move_on_after(moment - time.monotonic()) as scope:
        yield
    if scope.cancelled_caught:
        raise TooSlow(seconds)
