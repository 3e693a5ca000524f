"""Receive a webhook of MusicAPI: verify it, detect a repeated one, and read it as the
`Snapshot` that a poll would have returned. Pure; your server calls `received`.

    event = received(headers, body, secret=SECRET, now=datetime.now(UTC), seen=ids)
    if event is not None:
        store(event.job, event.snapshot)
        ids.add(event.id)

MusicAPI posts when a job has ended or begins to stream, to the `webhook_url` of its submission.
It signs the timestamp and the raw body with the `webhook_secret` (its webhook guide):

    X-Webhook-Timestamp: 1760281992
    X-Webhook-Signature: sha256=HEX, the HMAC-SHA256 of "1760281992." + body

Without a `webhook_secret` it signs with one that no customer holds: always send one. An older
signature, `X-Signature`, covers no timestamp, could be sent again forever, and is not accepted.

The signature covers neither the event's name nor its id. So the name never changes a verdict,
and the id only saves work: handle an event so that a second time does no harm. How often
MusicAPI tries to deliver, and what it sends of a failed job, is not documented; polls are the
truth, and an event that says nothing is a reason for one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Container, Mapping
from datetime import datetime

import msgspec

from segue.errors import SegueError
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue_musicapi.provider import FAMILIES
from segue_musicapi.wire import text_of

AGE = 300.0
"""Seconds for which a signature is good, either way: clocks differ."""

_SIGNED = "x-webhook-signature"
_SIGNED_AT = "x-webhook-timestamp"
_NAMES = ("x-webhook-id", "idempotency-key")
_EVENT = "x-webhook-event"
_SCHEME = "sha256="


class Unverified(SegueError, error_code="unverified_webhook"):
    """A webhook that MusicAPI did not send, or not recently: answer 401, and ignore it."""

    advice = "check that webhook_secret is the one that the job was submitted with"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that was verified.

    `id` is the delivery's own, `name` what MusicAPI calls it (`song.completed`, `song.failed`,
    `song.streaming`). `job` is the id of the job's ticket and `platform` its family, as
    MusicAPI names it, if the payload has them. `snapshot` is what a poll would have returned.
    """

    id: str
    name: str
    job: str | None
    platform: str | None
    snapshot: Snapshot


def received(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str,
    now: datetime,
    seen: Container[str] = frozenset(),
    tickets: Mapping[str, Ticket] = {},
    age: float = AGE,
) -> Event | None:
    """The event, or None when its id is in `seen`; raise `Unverified` for a forged or old one.

    `body` are the raw bytes as they came, `headers` in any case, `now` an aware time. An id
    belongs into `seen` once the event is dealt with: MusicAPI may deliver it again until then.
    `tickets` are the known ones, by the vendor's id: they say what a job is. Without
    one, only the payload is used.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    verify(lowered, body, secret=secret, now=now, age=age)
    id_ = next(
        (lowered[name] for name in _NAMES if lowered.get(name)), hashlib.sha256(body).hexdigest()
    )
    return None if id_ in seen else _event(id_, lowered.get(_EVENT, ""), body, tickets)


def verify(
    headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime, age: float = AGE
) -> None:
    """Raise `Unverified` unless `body` was signed with `secret` within `age` seconds of `now`.

    `headers` have their names in lower case.
    """
    if not secret:
        raise Unverified("no webhook_secret to verify it with")
    stamp = headers.get(_SIGNED_AT, "")
    given = headers.get(_SIGNED, "")
    if not given.startswith(_SCHEME):
        raise Unverified(f"no {_SIGNED} header that begins with {_SCHEME!r}")
    if not hmac.compare_digest(_bytes(given), _bytes(signature(secret, stamp, body))):
        raise Unverified("the signature does not match this body, time and webhook_secret")
    if not _recent(stamp, now, age):
        raise Unverified(f"not signed within {age:g} s of now: possibly a replay")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Webhook-Signature` has to be."""
    signed = _bytes(timestamp) + b"." + body
    return _SCHEME + hmac.new(_bytes(secret), signed, hashlib.sha256).hexdigest()


class _Payload(msgspec.Struct, frozen=True):
    """What a payload has besides a poll's answer. The keys are not documented by name; a
    working receiver reads them so."""

    task_id: object = None
    platform: object = None
    status: object = None


_FAMILIES = {"suno": "sonic"}
"""The platform that MusicAPI names, and its family, where they differ."""


def _event(id_: str, name: str, body: bytes, tickets: Mapping[str, Ticket]) -> Event:
    try:
        lowered = msgspec.json.decode(body, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        lowered = _Payload()
    job, platform = text_of(lowered.task_id), text_of(lowered.platform)
    ticket = tickets.get(job or "") or _ticket(job, platform or _guessed(lowered))
    snapshot = _snapshot(ticket, name, body)
    return Event(id=id_, name=name, job=job, platform=platform, snapshot=snapshot)


def _guessed(lowered: _Payload) -> str:
    """The family of a payload that names no platform: a `status` is producer's alone."""
    return "producer" if lowered.status is not None else "sonic"


def _ticket(job: str | None, platform: str) -> Ticket:
    """A ticket for a job whose own ticket is not given."""
    family = _FAMILIES.get(platform.lower(), platform.lower())
    return Ticket(provider="musicapi", id=job or "", state={"family": family})


def _snapshot(ticket: Ticket, name: str, body: bytes) -> Snapshot:
    """What a poll with this answer would have returned; UNKNOWN without a verdict."""
    headers = {"content-type": "application/json"}
    reply = Reply(status=200, headers=headers, body=body, endpoint="webhook")
    family = FAMILIES.get(str(ticket.state.get("family")))
    try:
        if family is not None:
            return family.seen(ticket, reply)
    except SegueError:
        pass  # no verdict on the job: a poll decides
    note = "this webhook has no state of the job: poll it"
    return Snapshot(status=Status.UNKNOWN, word=name, notes=(note,))


def _recent(stamp: str, now: datetime, age: float) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    return abs(now.timestamp() - int(stamp)) <= age


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
