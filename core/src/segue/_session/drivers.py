"""The driver of a client: the usual one, or the program's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from segue.errors import ConfigError
from segue.flow import AsyncDriver, Driver, Flow, Stream

if TYPE_CHECKING:
    import httpx

    from segue._session.session import Session

T = TypeVar("T")


class ClientDriver(Driver, Protocol):
    """A driver that can hold a response open between two runs of a job's handle."""

    def held(self) -> Any:  # noqa: ANN401 - each driver has a kind of its own
        """What holds the response."""
        ...

    def run_with(self, held: Any, flow: Flow[T]) -> T:  # noqa: ANN401 - as above
        """Run a flow that may leave its last response in `held`, or read on from there."""
        ...


class AsyncClientDriver(AsyncDriver, Protocol):
    """The same for an asynchronous client."""

    def held(self) -> Any:  # noqa: ANN401 - each driver has a kind of its own
        """What holds the response."""
        ...

    async def run_with(self, held: Any, flow: Flow[T]) -> T:  # noqa: ANN401 - as above
        """Run a flow that may leave its last response in `held`, or read on from there."""
        ...

    async def beside(self, function: Callable[[], object]) -> None:
        """Run a function that waits for the disk without blocking the event loop."""
        ...


class OwnDriver:
    """A program's own driver. It is left open, and holds no responses."""

    def __init__(self, driver: Driver) -> None:
        self.run = driver.run
        self._driver = driver

    def held(self) -> OwnDriver:
        """Itself: no response is held."""
        return self

    def run_with(self, held: object, flow: Flow[T]) -> T:
        """Run the flow."""
        return self._driver.run(flow)

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """The bytes of a streamed answer."""
        return self._driver.stream(stream)

    def close(self) -> None:
        """The program closes it."""


class AsyncOwnDriver:
    """The same for an asynchronous client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self.run = driver.run
        self._driver = driver

    def held(self) -> AsyncOwnDriver:
        """Itself: no response is held."""
        return self

    async def aclose(self) -> None:
        """No response is held."""

    async def run_with(self, held: object, flow: Flow[T]) -> T:
        """Run the flow."""
        return await self._driver.run(flow)

    def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """The bytes of a streamed answer."""
        return self._driver.stream(stream)

    async def beside(self, function: Callable[[], object]) -> None:
        """Run it in a thread, also when the task is cancelled."""
        from segue._process.threads import (  # noqa: PLC0415 - only a driver of one's own needs it
            to_its_end,
        )

        await to_its_end(function, anyhow=True)

    async def close(self) -> None:
        """The program closes it."""


def sync_driver(session: Session, http: httpx.Client | None, own: Driver | None) -> ClientDriver:
    """The driver of a `Client`: `own`, or the usual one over `http`."""
    if own is not None:
        _refuse_http(http)
        return OwnDriver(own)
    from segue._http.sync_driver import (  # noqa: PLC0415 - httpx is needed from here on
        Driver as Usual,
    )

    return Usual(
        http=session.config.settings.http, hooks=session.hooks, journal=session.journal, client=http
    )


def async_driver(
    session: Session, http: httpx.AsyncClient | None, own: AsyncDriver | None
) -> AsyncClientDriver:
    """The driver of an `AsyncClient`: `own`, or the usual one over `http`."""
    if own is not None:
        _refuse_http(http)
        return AsyncOwnDriver(own)
    from segue._http.async_driver import (  # noqa: PLC0415 - httpx is needed from here on
        AsyncDriver as Usual,
    )

    return Usual(
        http=session.config.settings.http, hooks=session.hooks, journal=session.journal, client=http
    )


def _refuse_http(http: object) -> None:
    if http is not None:
        raise ConfigError(
            "driver and http are both given, and only one of them can send the requests",
            advice="leave http out, and give it to the driver",
        )
