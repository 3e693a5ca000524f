"""One response at a time: the steps of an attempt, and their synchronous performance.

An attempt is a generator. It yields `Open` to send a request, and is sent the response's head; it
yields `Next` to read on, and is sent some bytes. `_http/exchange.py` has the attempts; here is only
what differs between a synchronous client and an asynchronous one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from segue._effects.run import pump
from segue._http.deadline import NEVER, due, until
from segue._http.log_filter import quiet
from segue._process.forks import own_socket

if TYPE_CHECKING:
    import httpx

    from segue._http.pool import Lane, Lanes

T = TypeVar("T")


class Open(NamedTuple):
    """Send a request; the result is the response's head. `within` is how many seconds the whole
    response may take, from when it has a connection. `leaving`, if any, is called just before."""

    request: httpx.Request
    within: float
    leaving: Callable[[], object] | None = None


class Next(NamedTuple):
    """Read on; the result is some bytes as sent, empty at the end. `within` is how many seconds
    this may take; without it, the deadline of the whole response applies."""

    within: float | None = None


class Rest(NamedTuple):
    """Read to the end, or until more than `most` bytes have come, all in one step. The bytes are
    in `into` as they were sent, also where this fails; the whole answer's time counts."""

    into: bytearray
    most: int


class Do(NamedTuple):
    """Run a function that waits for the disk; in a thread, for an asynchronous client."""

    function: Callable[[], object]


Step: TypeAlias = Open | Next | Rest | Do
Try: TypeAlias = Generator[Step, Any, T]


class Connection:
    """For a synchronous client. Use it in `with`: it is closed at the end."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._lane: Lane[httpx.Client] | None = None
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] | None = None
        self._due = NEVER

    def tried(self, attempt: Try[T]) -> T:
        """Make one attempt. A response stays open after success, and is closed after a failure,
        before the wait for the next attempt."""
        try:
            return pump(attempt, self._perform)
        except BaseException:
            self.close()
            raise

    def _perform(self, step: Step) -> object:
        if isinstance(step, Do):
            return step.function()
        if isinstance(step, Open):
            self.close()
            self._lane = lane = self._lanes.take(patience(step.request))
            self._due = due(step.within)
            if step.leaving is not None:
                step.leaving()
            with quiet(), until(*self._due):
                self._response = lane.client.send(step.request, stream=True, follow_redirects=False)
            if self._lanes.own:
                owned(self._response)
            return self._response
        if self._response is None:
            return b""
        if self._chunks is None:
            self._chunks = _raw(self._response)
        if isinstance(step, Rest):
            with until(*self._due):
                _gathered(self._chunks, step)
                return None
        with until(*due(step.within, self._due)):
            return next(self._chunks, b"")

    def handed_on(self) -> Connection:
        """Transfer the response to a new connection object; this one closes nothing any more."""
        other = Connection(self._lanes)
        other._lane, other._response, other._chunks = self._lane, self._response, self._chunks
        other._due = self._due
        self._lane = self._response = self._chunks = None
        return other

    def close(self) -> None:
        """Close the response, if any, and release its connection."""
        response, lane = self._response, self._lane
        self._response = self._chunks = self._lane = None
        try:
            if response is not None:
                response.close()
        finally:
            if lane is not None:
                self._lanes.give_back(lane)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def patience(request: httpx.Request) -> float | None:
    """Seconds that a request may wait for a connection; None without a limit."""
    seconds: float | None = request.extensions.get("timeout", {}).get("pool")
    return seconds


def _raw(response: httpx.Response) -> Iterator[bytes]:
    """The body as sent; that of a transport without a network is in memory."""
    return response.iter_bytes() if response.is_stream_consumed else response.iter_raw()


def _gathered(chunks: Iterator[bytes], step: Rest) -> None:
    for chunk in chunks:
        step.into.extend(chunk)
        if len(step.into) > step.most:
            return


def owned(response: httpx.Response) -> None:
    """Register the socket of a response of httpcore as ours; aiohttp's are registered when
    opened."""
    stream = response.extensions.get("network_stream")
    found = stream.get_extra_info("socket") if stream is not None else None
    if found is not None and (descriptor := found.fileno()) >= 0:
        own_socket(descriptor)
