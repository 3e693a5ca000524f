"""A job as plain data: its ticket, its snapshots, and its delivery.

All of these are frozen, make no requests, and survive a round trip through JSON.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec

from segue._data.redaction import hidden_query, hidden_values, printable
from segue._data.shareable import shareable
from segue._request.message import Call
from segue.money import Money


class Status(enum.Enum):
    """The state of a job, with the same members for every vendor.

    UNKNOWN is a vendor's word that is in no table: not terminal, so polling continues.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def terminal(self) -> bool:
        """Whether it is final."""
        return self in _TERMINAL


# a tuple: hashing a Status takes longer than comparing
_TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.EXPIRED)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """All that any process needs to resume a job, years later. Plain JSON.

    `id` is the vendor's own name for the job and `job` is Segue's. `state` holds whatever the
    provider needs later. `secrets` holds job tokens: they are in the JSON, so do not share that,
    and in no repr or log. It never holds an API key.
    """

    provider: str
    id: str
    job: str = ""
    model: str | None = None
    state: Mapping[str, Any] = {}  # as in `Entry.task`
    secrets: Mapping[str, str] = {}
    submitted_at: datetime | None = None

    def to_json(self) -> str:
        """The ticket as one line of JSON, job tokens included."""
        try:
            return msgspec.json.encode(self).decode()
        except UnicodeEncodeError:  # text that no UTF-8 holds; only the slow module escapes it
            return json.dumps(msgspec.to_builtins(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Ticket:
        """Read a ticket from JSON; raises `ValueError` when the text is not one."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeError) as error:
            with suppress(ValueError, msgspec.ValidationError, RecursionError):
                return msgspec.convert(json.loads(text), cls)
            raise ValueError(f"not a ticket: {error}") from error

    def __str__(self) -> str:
        return printable(f"{self.job or self.id} at {self.provider}")

    def __repr__(self) -> str:
        secrets = f", secrets={hidden_values(self.secrets)}" if self.secrets else ""
        return f"Ticket({self.provider!r}, id={self.id!r}, job={self.job!r}{secrets})"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job or a track failed: the vendor's words and, if it has one, its code.

    `refund` is the vendor's statement about the money, in its words; it is not a proof. `charged`
    is False only where the vendor documents that such a failure costs nothing. `suggested_prompt`
    is one that moderation would accept, where the vendor gives it; `suggestion` is any other advice
    of the vendor's, in its words.
    """

    message: str
    code: str | None = None
    refund: str | None = None
    charged: bool | None = None
    suggested_prompt: str | None = None
    suggestion: str | None = None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job's status is not known: its last polls failed.

    `what` says how (`venice answered 500`), `reason` why, in the vendor's words where it has any;
    `status` is the HTTP status, if one came. `times` is how many polls in a row have failed,
    `again` the seconds until the next one, if there is one.
    """

    what: str
    reason: str = ""
    status: int | None = None
    times: int = 1
    again: float | None = None

    def __str__(self) -> str:
        often = f", {self.times} times in a row" if self.times > 1 else ""
        why = f": {self.reason}" if self.reason else ""
        when = f"; trying again in {self.again:.0f} s" if self.again is not None else ""
        return f"{self.what}{often}{why}{when}"


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of music of a job. `url` counts only once this track's status is SUCCEEDED."""

    id: str
    status: Status
    title: str | None = None
    duration: float | None = None  # seconds
    url: str | None = None
    lyrics: str | None = None
    error: Failure | None = None
    details: Mapping[str, object] = {}

    def __repr__(self) -> str:
        url = f", url={hidden_query(self.url)!r}" if self.url else ""
        return f"Track({self.id!r}, {self.status.value}{url})"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a poll.

    `word` is the vendor's raw status word. `progress` is 0 to 1, or None where the vendor gives
    none; `expected` is the vendor's typical total time in seconds, `eta` the remaining seconds by
    its account. `understood` says how the provider read the task, `notes` are sentences for the
    user.

    `missing` is set by a provider whose vendor reports success and names nothing that can be
    downloaded: a sentence that says so, with the status UNKNOWN. Core polls a few times more, as
    files may come late. Then it accepts the available tracks as the whole job, or raises
    `ResultMissing` where there are none.

    `trouble` is set by core, in snapshots for `on_update`: the last polls have failed, and all else
    in the snapshot is older, or unknown.
    """

    status: Status
    word: str = ""
    progress: float | None = None
    eta: float | None = None
    expected: float | None = None
    tracks: tuple[Track, ...] = ()
    cost: Money | None = None
    error: Failure | None = None
    notes: tuple[str, ...] = ()
    understood: Mapping[str, object] = {}
    missing: str = ""
    trouble: Trouble | None = None

    @property
    def partial(self) -> bool:
        """Whether the job succeeded and some of its tracks did not."""
        return self.status is Status.SUCCEEDED and any(
            track.status is not Status.SUCCEEDED for track in self.tracks
        )

    def __str__(self) -> str:
        word = f" ({self.word})" if self.status is Status.UNKNOWN and self.word else ""
        parts = [self.status.value + word]
        if self.progress is not None and not self.status.terminal:
            parts.append(f"{self.progress:.0%}")
        if self.eta is not None and not self.status.terminal:
            parts.append(f"about {self.eta:.0f} s left")
        parts += [self.error.message] if self.error else []
        parts += [self.missing] if self.missing else []
        parts += [str(self.trouble)] if self.trouble else []
        return printable(", ".join([*parts, *self.notes]))


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a provider writes the bytes that it makes itself.

    `file` is open for writing, reading and seeking, and core closes it. `report(fraction)` is to be
    called about once a second; it raises when the file is no longer wanted, and that exception must
    propagate.
    """

    file: BinaryIO
    container: str
    report: Callable[[float], None]


Maker: TypeAlias = Callable[[Target], None]


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a finished job offers: `source` is a request to stream, or makes the bytes.

    `kind` is `track`, `stem`, `midi`, `image`, …; a track or a stem is verified to be audio. `name`
    is the file's name among those of its job, such as `drums`, without extension; core adds the
    rest, the same for every backend. `containers` are those it can come in, the usual one first: a
    maker writes the one that the user's file name implies; that of a response is read from its
    bytes. `track` is the id of its track. `instead` are requests for the same piece in other
    containers, by their names: one of them replaces `source` where the user's file name implies
    that container.
    """

    kind: str
    name: str
    containers: tuple[str, ...]
    source: Call | Maker
    track: str | None = None
    instead: Mapping[str, Call] = {}


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A completely written file: `path`, size in bytes, SHA-256 (hex), container.

    `verified` is False for a file of an unknown format, so that only the vendor says that it is
    audio. `notes` are sentences for the user. `original` is the file that this one was converted
    from, where that is saved, too; in a `Delivery` it is a file of its own, of the kind `original`.
    """

    path: Path
    bytes: int
    sha256: str
    container: str
    kind: str = "track"
    track: Track | None = None
    verified: bool = True
    notes: tuple[str, ...] = ()
    original: Saved | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a job: every saved file, and the snapshot they come from.

    `quoted` is the vendor's ceiling from before the submission, `dropped` are the fields that the
    backend could not honour, `announced` are notes on the files from before the submission. `len`,
    `for` and `print` apply to the files; a notebook shows each with a player.
    """

    ticket: Ticket
    snapshot: Snapshot
    files: tuple[Saved, ...]
    quoted: Money | None = None
    dropped: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()

    @property
    def tracks(self) -> tuple[Saved, ...]:
        """The music itself, without stems, scores and pictures."""
        return tuple(file for file in self.files if file.kind == "track")

    @property
    def paths(self) -> list[Path]:
        """The path of every file."""
        return [file.path for file in self.files]

    @property
    def path(self) -> Path:
        """The path of the first track, or of the first file of a job without tracks.

        Raises `LookupError` where no file was saved.
        """
        if not self.files:
            raise LookupError(f"job {self.ticket} has no file")
        return (self.tracks or self.files)[0].path

    @property
    def bill(self) -> Money | None:
        """The vendor's charge, where it reports one."""
        return self.snapshot.cost

    @property
    def cost(self) -> Money | None:
        """The bill, else the quote, else None."""
        return self.bill if self.bill is not None else self.quoted

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user: dropped fields, unverified files, and the provider's notes."""
        doubtful = (
            f"{file.path.name} is of a kind that cannot be verified here: it is saved unchanged,"
            " and the vendor's copy is not deleted automatically"
            for file in self.files
            if not file.verified
        )
        dropped = (f"dropped: {field}" for field in self.dropped)
        of_files = (note for file in self.files for note in file.notes)
        return (*dropped, *self.announced, *of_files, *doubtful, *self.snapshot.notes)

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Saved]:
        return iter(self.files)

    def __bool__(self) -> bool:
        return True  # also when it is empty

    def __str__(self) -> str:
        from segue._data.presentation import text  # noqa: PLC0415 - few programs print one

        return text(self)

    def _repr_html_(self) -> str:
        """A notebook's view: the waveform of every piece, and a player."""
        from segue._data.presentation import html  # noqa: PLC0415 - only notebooks need it

        return html(self)


@shareable.register
def _shared_ticket(ticket: Ticket) -> Ticket:
    return msgspec.structs.replace(ticket, secrets={}) if ticket.secrets else ticket


@shareable.register
def _shared_snapshot(snapshot: Snapshot) -> Snapshot:
    return msgspec.structs.replace(snapshot, tracks=tuple(map(_shared_track, snapshot.tracks)))


def _shared_track(track: Track) -> Track:
    url = hidden_query(track.url) if track.url else track.url
    return msgspec.structs.replace(track, url=url, details={})
