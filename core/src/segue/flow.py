"""The effects that a flow may yield, and the types of their results.

A provider method, and every step of core's lifecycle, is a generator. It *yields* an effect,
is sent its result, and returns a value:

    def submit(self, task: Generate) -> Flow[Ticket]:
        reply = yield from call("POST", "/audio/queue", json=queue(task), spends=True)
        queued = reply.json(Queued)
        return Ticket(provider="venice", id=queued.queue_id)

It never touches a socket, a clock, a file or a thread: the drivers in `_http/` do, one
synchronously and one asynchronously. So a test can drive it by hand:

    flow = provider.submit(task)
    sent = next(flow)                        # a Call
    flow.send(Reply(status=200, body=b"…"))  # StopIteration carries the Ticket

A request without a response throws into the flow (`NotSent`, `ConnectionLost`); an HTTP error
status is an ordinary `Reply`, which the provider interprets. Yielding anything else is an error
that names the flow. The functions in lower case below are the typed way to yield.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

import msgspec

from segue._request.message import Attachment, Call, Reply

if TYPE_CHECKING:
    from segue._effects.account import Account
    from segue._journal.entry import Owner
    from segue._pace.store import Kind
    from segue._pace.turns import Turns
    from segue.events import Event
    from segue.job import Asset, Saved
    from segue.money import Quote
    from segue.tasks import Task

__all__ = [
    "Approve", "AsyncDriver", "Attachment", "Call", "Claim", "Driver", "Effect", "Flow", "Lookup",
    "Now", "Permit", "Record", "Reply", "Save", "Sleep", "Stream", "Together", "Unclaim", "Work",
    "at_once", "call", "id_of", "now", "permit", "record", "save", "sleep", "together", "work",
]  # fmt: skip

T = TypeVar("T")

for _public in (Attachment, Call, Reply):  # their public module, for tracebacks and the reference
    _public.__module__ = __name__


def id_of(value: object) -> str | None:
    """The id of a job in a vendor's response: a text that is not blank, or a number, which becomes
    text. None for anything else; it never raises, so that no ticket is lost."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
    except ValueError:  # thousands of digits
        return None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A function to run outside the flow; in a worker thread under asyncio and trio.

    Its return value is the result, and its exception is thrown into the flow.
    """

    function: Callable[[], object]


class Sleep(msgspec.Struct, frozen=True, kw_only=True):
    """Wait `seconds`; the result is the time afterwards. 0 just reads the clock."""

    seconds: float


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """A point in time: `monotonic` seconds for measuring, `utc` for recording."""

    monotonic: float
    utc: datetime


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """Write an asset to disk atomically; the result is a `Saved`.

    `path` is the requested file. Its extension follows the bytes that arrive. `exact` says that the
    user named this file: a track is converted to what its extension says, and if the file exists,
    that is an error unless `overwrite` or `free`; otherwise the next free name is taken. `free` is
    for files after the first, whose names the user did not choose. `report` is called with the
    fraction that is written (0 to 1). `tag` distinguishes the unfinished file from those of other
    jobs. `usual` is the asset as the vendor usually sends it, where `asset` is one of its
    `instead`. `tags` are written into an audio file; `keep` saves the original beside a converted
    file. `extensions` is core's own.
    """

    asset: Asset
    path: Path
    exact: bool = False
    free: bool = False
    overwrite: bool = False
    tag: str = ""
    tags: Mapping[str, str] = {}
    keep: bool = False
    usual: Asset | None = None
    report: Callable[[float], None] | None = None
    extensions: Mapping[str, object] = {}


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Run several flows concurrently, at most `most` at a time; the result is a list of their
    values, in the order of the flows.

    All of them run to their ends; then the first one's exception, if any, is thrown into the flow.
    One that should end early when another fails has to check for that itself.
    """

    flows: tuple[Flow[Any], ...]
    most: int = 4


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Requests whose bodies, in order, are the result of a provider's `stream`. Each is sent when
    the body before it has been read.

    `accept` is called with each reply, its body unread unless it is JSON or text, and raises when
    it is not the expected one.
    """

    calls: tuple[Call, ...]
    accept: Callable[[Reply], object]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Write an event of a job to the journal; resumes once it is durable.

    `account` is that of the next request, for an `Intent`: where it cannot be sent from here,
    nothing is written, and the error is thrown into the flow.
    """

    event: Event
    account: Account | None = None


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """Wait until `job` may send a request of that `kind`, and acquire its permit; the result is the
    time then, or None at `until`. Core's own: no provider yields it.

    `turns` is the account's gate, or another rate limiter. `due` and `until` are times of the
    monotonic clock: the earliest time to send (None: at once), and the latest (None: never). With a
    `patience`, in seconds, `RateLimited` is thrown into the flow when the account is paused for
    longer than that.
    """

    turns: Turns
    kind: Kind
    job: str
    due: float | None = None
    until: float | None = None
    patience: float | None = None


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Read a job's entry in the journal; the result is the `Entry`, or None where there is no such
    job. `job` is its exact name, or with `prefix` also a unique prefix of it: then `UnknownJob` is
    thrown into the flow where there is none. With `lease` only the entry's `owner`, `leased_until`
    and `generation` are needed, and the result may be anything that has these.

    Core's own, as all that follow: leases and approvals are not a provider's.
    """

    job: str
    prefix: bool = False
    lease: bool = False


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Acquire a job's lease, or renew it; the result is the `Lease`.

    `JobBusy` is thrown into the flow while another owner holds it. When the flow is abandoned (a
    cancelled task, Ctrl-C), an acquired lease is released, but not one that it only `renews`.
    """

    job: str
    owner: Owner
    renews: bool = False


class Unclaim(msgspec.Struct, frozen=True, kw_only=True):
    """Release a job's lease, if `owner` holds it; the result is None."""

    job: str
    owner: Owner


class Approve(msgspec.Struct, frozen=True, kw_only=True):
    """Request the hooks' approval to pay for a task; the result is a list of their objections, each
    with the name of its plugin, empty when all approve. It may take as long as a person needs to
    decide."""

    task: Task
    quote: Quote | None


Effect: TypeAlias = (
    Call | Work | Sleep | Save | Record | Together | Permit | Lookup | Claim | Unclaim | Approve
)
"""What a flow may yield. A provider yields `Call`, `Work` and `Together`, and reads the clock."""

# The result's type depends on the effect; the functions below restore it for the caller.
Flow: TypeAlias = Generator[Effect, Any, T]
"""A generator that yields effects, is sent their results, and returns a `T`."""


class Driver(Protocol):
    """What runs flows for a `Client`: `segue.Client(driver=…)` takes one of a program's own.

    Its `run` sends each effect's answer into the flow, throws into it what went wrong, and closes
    it whatever happens. `Client.driver` is the usual one, so another can pass on to it.
    """

    def run(self, flow: Flow[T]) -> T:
        """Answer what the flow yields until it returns; raise what it raises."""
        ...

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """Send the stream's requests, and yield their bodies in chunks."""
        ...

    def close(self) -> None:
        """Close what it has opened. A client does not close a driver that it was given."""
        ...


class AsyncDriver(Protocol):
    """The same for an `AsyncClient`."""

    async def run(self, flow: Flow[T]) -> T:
        """Answer what the flow yields until it returns; raise what it raises."""
        ...

    def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """Send the stream's requests, and yield their bodies in chunks."""
        ...

    async def close(self) -> None:
        """Close what it has opened. A client does not close a driver that it was given."""
        ...


def call(
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json: object = msgspec.UNSET,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, Attachment] | None = None,
    timeout: float | None = None,
    spends: bool = False,
    final: frozenset[int] = frozenset(),
    uncharged: frozenset[int] = frozenset(),
    idempotency: str | None = None,
    polls: bool = False,
    keyed: bool = True,
) -> Flow[Reply]:
    """Send a request; the fields are those of `Call`."""
    answer = yield Call(
        method=method,
        url=url,
        params=params or {},
        headers=headers or {},
        json=json,
        content=content,
        form=form or {},
        files=files or {},
        timeout=timeout,
        spends=spends,
        final=final,
        uncharged=uncharged,
        idempotency=idempotency,
        polls=polls,
        keyed=keyed,
    )
    return cast("Reply", answer)


def work(function: Callable[[], T]) -> Flow[T]:
    """Run `function` outside the flow and return its result."""
    answer = yield Work(function=function)
    return cast("T", answer)


def sleep(seconds: float) -> Flow[Now]:
    """Wait, then read the clock."""
    answer = yield Sleep(seconds=seconds)
    return cast("Now", answer)


_NOW = Sleep(seconds=0)


def now() -> Flow[Now]:
    """Read the clock."""
    answer = yield _NOW
    return cast("Now", answer)


def permit(effect: Permit) -> Flow[Now | None]:
    """Wait for a permit, and acquire it."""
    answer = yield effect
    return cast("Now | None", answer)


def save(effect: Save) -> Flow[Saved]:
    """Write an asset to disk."""
    answer = yield effect
    return cast("Saved", answer)


def together(flows: Iterable[Flow[T]], *, most: int = 4) -> Flow[list[T]]:
    """Run flows concurrently, at most `most` at a time; returns their values in order."""
    answer = yield Together(flows=tuple(flows), most=most)
    return cast("list[T]", answer)


def record(event: Event) -> Flow[None]:
    """Write to the journal."""
    yield Record(event=event)


def at_once(value: T) -> Flow[T]:
    """A flow that yields nothing and returns `value`."""
    yield from ()
    return value


def __getattr__(name: str) -> object:
    """`Departure` by the name that it had here; the drivers alone need it."""
    if name != "Departure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("Departure is core's own", DeprecationWarning, stacklevel=2)
    return import_module("segue._effects.bound").Departure
