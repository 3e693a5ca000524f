"""All that flows between the rooms: what a flow may ask for, and what it is answered.

A provider method, and every step of core's lifecycle, is a generator. It *yields* an effect,
is sent the answer, and returns its result:

    def submit(self, task: Generate) -> Flow[Ticket]:
        reply = yield from call("POST", "/audio/queue", json=queue(task), spends=True)
        queued = reply.json(Queued)
        return Ticket(provider="venice", id=queued.queue_id)

It never touches a socket, a clock, a file or a thread: the drivers in `_http/driver.py` do, one
synchronously and one asynchronously. So a test can play the driver by hand:

    flow = provider.submit(task)
    sent = next(flow)                        # a Call
    flow.send(Reply(status=200, body=b"…"))  # StopIteration carries the Ticket

A failure to get an answer is thrown into the flow (`NotSent`, `ConnectionLost`); an HTTP error
status is an ordinary `Reply`, which the provider judges. Anything else that is yielded is an
error naming the flow. The functions in lower case below are the typed way to yield.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import msgspec

from segue._data import body_text as readable
from segue._data.header_times import retry_after, written_at
from segue._data.redaction import hidden_query, hidden_values, redacted
from segue._data.unicode import valid_json
from segue._effects.held_response import Coming
from segue.errors import ProtocolError

if TYPE_CHECKING:
    from segue._effects.account import Account
    from segue.events import Event
    from segue.job import Asset, Saved

T = TypeVar("T")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a multipart form: its name, its bytes, and its media type."""

    name: str
    content: bytes
    type: str = "application/octet-stream"


class Departure:
    """Whether a request has left. A driver that can tell says that it is `watched`."""

    __slots__ = ("left", "watched")

    def __init__(self) -> None:
        self.watched = self.left = False

    @property
    def possible(self) -> bool:
        """Whether it may have left."""
        return self.left or not self.watched


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. Its body is `json`, or `content`, or a multipart form: `form` and
    `files` by their field names.

    `url` is relative to the provider's `base_url`, or absolute. The key is attached by core,
    and only on the provider's own origin; no provider ever puts it in `headers`.

    `spends` marks the one request of a submission that may cost money: it is sent again only
    when it provably never reached the vendor. Two things can widen that, where the vendor
    documents them: `uncharged`, the statuses that promise that nothing was charged; and
    `idempotency`, the name of the header whose value (core's, one per job) makes a repetition
    safe. With `idempotency` a failed try is repeated whatever its status; `uncharged` still
    decides what the last one means: a 5xx that it lists is a refusal, and the next backend may
    take over, while any other leaves the outcome unknown until it is settled.
    `final` lists statuses that are a verdict of the vendor whatever their body: 5xx that are no
    fault, and 4xx that it does not write in JSON.
    `polls` marks a request for a download that the vendor counts as a poll, because it is the
    same request: the file's own, or one that `download` makes to get its address. It waits for
    its turn among the polls (`Limits.polls_per_minute`). Other requests of `download` do not
    count; the requests of `poll` need no mark, as core takes one turn for each `poll`.
    `keyed` is off for what the vendor answers without a key.
    """

    method: str
    url: str
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    json: object = msgspec.UNSET
    content: bytes | None = None
    form: Mapping[str, str] = {}
    files: Mapping[str, Attachment] = {}
    timeout: float | None = None  # seconds to wait for the answer; None: the client's
    spends: bool = False
    final: frozenset[int] = frozenset()
    uncharged: frozenset[int] = frozenset()
    idempotency: str | None = None
    polls: bool = False
    keyed: bool = True
    account: Account | None = None  # filled in by core
    patience: float | None = None  # seconds for all tries together; filled in by core
    departure: Departure | None = None  # of a call that spends; filled in by core
    keeps: bool = False  # an unread answer stays open for a `Save`; filled in by core

    @property
    def endpoint(self) -> str:
        """`POST /audio/queue`: for errors and logs, with signatures masked."""
        return f"{self.method} {hidden_query(self.url)}"

    def __repr__(self) -> str:
        spends = ", spends=True" if self.spends else ""
        headers = f", headers={hidden_values(self.headers)}" if self.headers else ""
        return f"Call({self.endpoint!r}{headers}{spends})"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a `Call`: header names in lower case; `body` is None when left unread.

    Only JSON and text bodies are read into memory, up to 8 MiB; of a call that spends, JSON
    whatever it is called. Audio is left unread: a `Save` streams it to disk. `doubtful` says that
    the status is no verdict: an earlier try of the same call may have been taken by the vendor,
    although no usable answer to it came, or `body` is only what came before the answer broke off.
    `coming` is the unread body, where core asked for it to be kept. JSON is valid Unicode
    here, whatever came (`texts.valid_json`).
    """

    status: int
    headers: Mapping[str, str] = {}
    body: bytes | None = b""
    endpoint: str = ""
    doubtful: bool = False
    coming: Coming | None = None

    def __post_init__(self) -> None:
        if self.body:  # JSON that no UTF-8 can hold would be no JSON to any reader of it
            msgspec.structs.force_setattr(self, "body", valid_json(self.body))

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """`audio/mpeg`, without parameters and in lower case; empty if not given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def date(self) -> datetime | None:
        """When it was written, by the vendor's own clock; None where it does not say. Compare the
        vendor's dates with this, never with this computer's clock, which may be hours off."""
        return written_at(self.headers)

    @property
    def retry_after(self) -> float | None:
        """The seconds that its `Retry-After` requests, given as a number, or as a date that is
        compared with `date`; None where there is none that can be read."""
        return retry_after(self.headers)

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return (self.body or b"").decode("utf-8", "replace")

    def json(self, type: type[T]) -> T:  # noqa: A002 - the word msgspec itself uses
        """The body decoded as `type`; raises `ProtocolError` when it is not that.

        Read tolerantly: behind a byte order mark, in UTF-16, with blanks, NULs or something else
        behind the JSON; and a number where `type` has a text becomes that text.
        """
        body = self.body or b""
        try:
            return msgspec.json.decode(body, type=type, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            failure = error
        try:
            return readable.decoded(body, type)
        except (ValueError, RecursionError):
            raise self.unlike(f"{failure}") from failure

    def maybe_json(self, type: type[T]) -> T | None:  # noqa: A002 - as above
        """The same, or None when it is not that: for what may be anything, such as an error's
        body, or an answer with an odd status that names a job all the same."""
        try:
            return self.json(type)
        except ProtocolError:
            return None

    @property
    def glimpse(self) -> str:
        """` (got 'GPU exploded')`: how its body begins, for the end of a message; empty where it
        has none."""
        seen = self.words[:120]
        return f" (got {seen!r})" if seen else ""

    @property
    def words(self) -> str:
        """How the body reads to a person, for messages: its beginning, a page without its tags,
        and nothing secret."""
        return readable.words(redacted(self.text[:4000]))

    def unlike(self, why: str) -> ProtocolError:
        """The `ProtocolError` for this reply: `why`, and the first of what came instead."""
        error = ProtocolError(
            f"unexpected answer with status {self.status}: {why}{self.glimpse}", status=self.status
        )
        error.endpoint = self.endpoint or None
        return error

    def __repr__(self) -> str:
        size = "unread" if self.body is None else f"{len(self.body)} bytes"
        return f"Reply({self.status}, {self.content_type or 'no content type'}, {size})"


def id_of(value: object) -> str | None:
    """The id of a job, as a vendor's answer has it: a text that says something, or a number,
    which becomes text. None for what is no id: it never costs a ticket that an id is odd."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
    except ValueError:  # an integer of thousands of digits
        return None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A function to run outside the flow; in a worker thread under asyncio and trio.

    Its result is the answer, and what it raises is thrown into the flow.
    """

    function: Callable[[], object]


class Sleep(msgspec.Struct, frozen=True, kw_only=True):
    """Wait `seconds`; answered by the clock's reading afterwards. 0 just reads the clock."""

    seconds: float


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """A clock's reading: `monotonic` seconds for measuring, `utc` for writing down."""

    monotonic: float
    utc: datetime


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """Write an asset to disk, whole or not at all; answered by a `Saved`.

    `path` is the file as asked for. Its extension follows the bytes that arrive. `exact` says
    that the user named this file: a track is converted to what its extension says, and if the
    file exists, that is an error unless `overwrite` or `free`; otherwise the next free name is
    taken. `free` is for files that come besides the first, whose names nobody chose.
    `report` is told the fraction that is written (0 to 1).
    `tag` tells the unfinished file apart from those of other jobs. `usual` is the asset as the
    vendor usually sends it, where `asset` is one of its `instead`. `tags` are written into a
    file of sound; `keep` says that what is converted stays beside the converted file. `coming` is
    the answer to the asset's request, where a poll has met it already.
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
    coming: Coming | None = None


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Run several flows side by side, at most `most` at a time; answered by their results, in
    the order of the flows.

    All of them are run to their ends; then what the first of them raised, if one did, is thrown
    into the flow. One that is to end early when another fails has to look for that itself.
    """

    flows: tuple[Flow[Any], ...]
    most: int = 4


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Requests whose bodies, one after the other, are what was asked for: what a provider's
    `stream` answers with. Each is sent when the body before it has been read.

    `accept` is told each answer, its body unread unless it is JSON or text, and raises when
    that is not what was asked for.
    """

    calls: tuple[Call, ...]
    accept: Callable[[Reply], object]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Write an event of a job's life to the journal; answered once it is durable.

    `account` is whose request comes next, for an `Intent`: nothing is written, and the error is
    thrown into the flow, where it cannot be sent from here.
    """

    event: Event
    account: Account | None = None


Effect: TypeAlias = Call | Work | Sleep | Save | Record | Together
"""What a flow may yield. A provider yields `Call`, `Work` and `Together`, and reads the clock."""

# The answer's type depends on the effect; the functions below give it back to the caller.
Flow: TypeAlias = Generator[Effect, Any, T]
"""A generator that yields effects, is sent their answers, and returns a `T`."""


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


def now() -> Flow[Now]:
    """Read the clock."""
    return (yield from sleep(0))


def save(effect: Save) -> Flow[Saved]:
    """Write an asset to disk."""
    answer = yield effect
    return cast("Saved", answer)


def together(flows: Iterable[Flow[T]], *, most: int = 4) -> Flow[list[T]]:
    """Run flows side by side, at most `most` at a time; their results in order."""
    answer = yield Together(flows=tuple(flows), most=most)
    return cast("list[T]", answer)


def record(event: Event) -> Flow[None]:
    """Write to the journal."""
    yield Record(event=event)


def at_once(value: T) -> Flow[T]:
    """A flow that asks for nothing and returns `value`."""
    yield from ()
    return value
