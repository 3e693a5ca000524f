"""A synchronous interface to both drivers, so that a story is written once."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, TypeAlias, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal

from segue.client import AsyncClient, Client
from segue.handles import AsyncJob
from segue.tasks import Query

Driver: TypeAlias = Literal["sync", "asyncio", "trio"]


@contextmanager
def synchronous(made: Callable[[], AsyncClient], loop: str) -> Iterator[Client]:
    """Run an asynchronous client on its own event loop, and yield it with the methods of a
    `Client`."""
    with start_blocking_portal(loop) as portal:
        client = portal.call(made)
        try:
            yield cast("Client", _Face(client, portal))
        finally:
            portal.call(client.close)


class _Face:
    """Runs coroutines to their end, and wraps the jobs that they return in the same way."""

    def __init__(self, inner: AsyncClient | AsyncJob, portal: BlockingPortal) -> None:
        self._inner = inner
        self._portal = portal

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of the client
        found = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(found):
            return found

        def run(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any arguments of the method
            answer = self._portal.call(partial(found, *args, **options))
            return _Face(answer, self._portal) if isinstance(answer, AsyncJob) else answer

        return run

    @contextmanager
    def stream(self, query: Query[Any]) -> Iterator[Iterator[bytes]]:
        """As `Client.stream`."""
        opened = cast("AsyncClient", self._inner).stream(query)
        with self._portal.wrap_async_context_manager(opened) as chunks:
            yield self._each(chunks)

    def _each(self, chunks: AsyncIterator[bytes]) -> Iterator[bytes]:
        while chunk := self._portal.call(_next, chunks):
            yield chunk

    def __repr__(self) -> str:
        return repr(self._inner)


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks, b"")
