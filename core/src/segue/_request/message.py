"""`Call`, `Reply` and `Attachment`: a provider's requests and responses.

Core's own data is in `extensions` (`_effects/bound.py`), as in a request of httpx.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from segue._data import body_text
from segue._data.decoders import decoder
from segue._data.header_times import retry_after, written_at
from segue._data.redaction import hidden_query, hidden_values, redacted
from segue._data.shareable import shareable
from segue._data.unicode import valid_json
from segue.errors import ProtocolError

T = TypeVar("T")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a multipart form: its name, its bytes, and its media type."""

    name: str
    content: bytes
    type: str = "application/octet-stream"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. Its body is `json`, or `content`, or a multipart form: `form` and
    `files` by their field names.

    `url` is relative to the provider's `base_url`, or absolute. The key is attached by core,
    and only on the provider's own origin; no provider ever puts it in `headers`.

    `spends` marks the one request of a submission that may cost money: it is sent again only when
    it provably never reached the vendor. Two things can widen that, where the vendor documents
    them: `uncharged`, the statuses that promise that nothing was charged; and `idempotency`, the
    name of the header whose value (core's, one per job) makes a repetition safe. With `idempotency`
    a failed attempt is repeated whatever its status; `uncharged` still classifies the last one: a
    5xx that it lists is a refusal, and the next backend may take over, while any other leaves the
    outcome unknown until it is settled. `final` lists statuses that are the vendor's decision
    whatever their body: 5xx that are no fault, and 4xx that it does not write in JSON. `polls`
    marks a request for a download that the vendor counts as a poll, because it is the same request:
    the file's own, or one that `download` makes to get its address. It needs a permit of a poll
    (`Limits.polls_per_minute`). Other requests of `download` do not count; the requests of `poll`
    need no mark, as core acquires one permit for each `poll`. `keyed` is off for requests that the
    vendor answers without a key.
    """

    method: str
    url: str
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    json: object = msgspec.UNSET
    content: bytes | None = None
    form: Mapping[str, str] = {}
    files: Mapping[str, Attachment] = {}
    timeout: float | None = None  # seconds to wait for the response; None: the client's
    spends: bool = False
    final: frozenset[int] = frozenset()
    uncharged: frozenset[int] = frozenset()
    idempotency: str | None = None
    polls: bool = False
    keyed: bool = True
    extensions: Mapping[str, object] = {}  # core's own; not for providers

    @property
    def endpoint(self) -> str:
        """`POST /audio/queue`: for errors and logs, with signatures masked."""
        return f"{self.method} {hidden_query(self.url)}"

    def __repr__(self) -> str:
        spends = ", spends=True" if self.spends else ""
        headers = f", headers={hidden_values(self.headers)}" if self.headers else ""
        return f"Call({self.endpoint!r}{headers}{spends})"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The response to a `Call`: header names in lower case; `body` is None when left unread.

    Only JSON and text bodies are read into memory, up to 8 MiB; of a call that spends, JSON of any
    content type. Audio is left unread: a `Save` streams it to disk. `doubtful` says that the status
    is not conclusive: an earlier attempt of the same call without a usable response may have been
    accepted, or `body` is incomplete. JSON is always valid Unicode here. `extensions` is core's
    own.
    """

    status: int
    headers: Mapping[str, str] = {}
    body: bytes | None = b""
    endpoint: str = ""
    doubtful: bool = False
    extensions: Mapping[str, object] = {}

    def __post_init__(self) -> None:
        if self.body:  # JSON with lone surrogates is unreadable as UTF-8
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
        """The time of the response by the vendor's own clock; None without `Date`. Compare the
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
        """Decode the body as `type`; raises `ProtocolError` when it does not match.

        Tolerant: a byte order mark, UTF-16, and blanks, NULs or other text after the JSON are
        accepted; and a number where `type` has a text becomes that text.
        """
        body = self.body or b""
        try:
            return decoder(type).decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            failure = error
        try:
            return body_text.decoded(body, type)
        except (ValueError, RecursionError):
            raise self.unlike(f"{failure}") from failure

    def maybe_json(self, type: type[T]) -> T | None:  # noqa: A002 - as above
        """The same, or None when it does not match: for an arbitrary body, such as that of an
        error, or of an unexpected status that names a job."""
        try:
            return self.json(type)
        except ProtocolError:
            return None

    @property
    def glimpse(self) -> str:
        """` (got 'GPU exploded')`: the beginning of its body, for the end of a message; empty
        without one."""
        seen = self.words[:120]
        return f" (got {seen!r})" if seen else ""

    @property
    def words(self) -> str:
        """The beginning of the body as text for messages: HTML without tags, and secrets
        redacted."""
        return body_text.words(redacted(self.text[:4000]))

    def unlike(self, why: str) -> ProtocolError:
        """The `ProtocolError` for this reply: `why`, and the beginning of its body."""
        error = ProtocolError(
            f"unexpected response with status {self.status}: {why}{self.glimpse}",
            status=self.status,
        )
        error.endpoint = self.endpoint or None
        return error

    def __repr__(self) -> str:
        size = "unread" if self.body is None else f"{len(self.body)} bytes"
        return f"Reply({self.status}, {self.content_type or 'no content type'}, {size})"


@shareable.register
def _shared_reply(reply: Reply) -> Reply:
    return Reply(status=reply.status, endpoint=reply.endpoint, body=None)
