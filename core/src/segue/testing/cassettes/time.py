"""Clients that never sleep: their clock jumps ahead by what would be waited for.

A recording holds the vendor's times, such as twenty seconds for a job, which a replay need not wait
for again. The clock that flows read advances by what they slept, so deadlines, pauses and rate
limits keep their meaning.
"""

from __future__ import annotations

import ssl
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import Any, TypeVar

import anyio.lowlevel
import httpx

from segue._effects.account import Account
from segue._effects.run import read_clock
from segue._http.async_driver import AsyncDriver
from segue._http.async_handle_response import AsyncHeld
from segue._http.async_waiters import TaskWaiter
from segue._http.handle_response import Held
from segue._http.sync_driver import Driver
from segue._http.waiters import ThreadWaiter
from segue.client import AsyncClient, Client
from segue.flow import Flow, Now

T = TypeVar("T")


class QuickClient(Client):
    """A `Client` that never sleeps."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as `Client` takes them
        super().__init__(*args, **options)
        session = self._session
        http = session.config.settings.http
        self._opened = _Quick(http=http, hooks=session.hooks, journal=session.journal)


class QuickAsyncClient(AsyncClient):
    """An `AsyncClient` that never sleeps."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as `AsyncClient`
        super().__init__(*args, **options)
        session = self._session
        http = session.config.settings.http
        self._driver = _QuickAsync(http=http, hooks=session.hooks, journal=session.journal)


class _Clock:
    """Both clocks, and how far they have jumped ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def jump(self, seconds: float) -> Now:
        self._ahead += max(seconds, 0.0)
        now = read_clock()
        ahead = timedelta(seconds=self._ahead)
        return Now(monotonic=now.monotonic + self._ahead, utc=now.utc + ahead)


class _Quick(Driver):
    def _reachable(self, account: Account | None) -> None:
        """Ignore the environment."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as `Driver` takes them
        super().__init__(**options)
        self._clock = _Clock()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.Client:
        return httpx.Client(
            verify=_no_authorities(), trust_env=False, limits=limits, cookies=cookies
        )

    def run_with(self, held: Held, flow: Flow[T]) -> T:
        """As a run of its own: a recording holds the request of a download beside the poll's."""
        return self.run(flow)

    def _now(self) -> Now:
        return self._clock.jump(0.0)

    def _slept(self, seconds: float) -> Now:
        return self._clock.jump(seconds)

    def _rested(self, waiter: ThreadWaiter, seconds: float) -> Now:
        return self._slept(seconds)


class _QuickAsync(AsyncDriver):
    def _reachable(self, account: Account | None) -> None:
        """Ignore the environment."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as `AsyncDriver` takes them
        super().__init__(**options)
        self._clock = _Clock()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=_no_authorities(), trust_env=False, limits=limits, cookies=cookies
        )

    async def run_with(self, held: AsyncHeld, flow: Flow[T]) -> T:
        """As a run of its own: a recording holds the request of a download beside the poll's."""
        return await self.run(flow)

    def _now(self) -> Now:
        return self._clock.jump(0.0)

    async def _slept(self, seconds: float) -> Now:
        await anyio.lowlevel.checkpoint()
        return self._clock.jump(seconds)

    async def _rested(self, waiter: TaskWaiter, seconds: float) -> Now:
        return await self._slept(seconds)


def _no_authorities() -> ssl.SSLContext:
    """An SSL context without authorities: these clients connect to a sandbox over plain HTTP at
    most, and loading the authorities takes longer than most stories."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
