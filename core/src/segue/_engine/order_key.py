"""A user's key of an order: the same key is the same job, in every process with that journal. Pure.

The job's name is a hash of the key, and unique in the journal: of all processes that submit the
order at the same moment, one writes the intent, and only that one sends. The name stays when a
backend refuses and the next one of a list is tried. After a job that failed and cost nothing, the
next attempt's name is a hash of that job's; so every attempt is fenced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from segue._data.backend_key import BackendKey
from segue._engine.lease import look_up
from segue.errors import JobExists, KeyReused
from segue.flow import Flow, work
from segue.job import Snapshot, Status, Ticket
from segue.journal import Entry, Journal, State
from segue.tasks import Task

_NAME = 16
"""Characters of a name: 64 bits, so that keys do not collide."""

_EVERY = tuple(State)

UNDER_WAY = Snapshot(
    status=Status.UNKNOWN, word="intent", notes=("another program is submitting it",)
)
"""The snapshot of a job before its vendor has answered."""


def job_of(key: str) -> str:
    """The name of the job with that key."""
    return _hashed(f"order {key}")


def next_name(job: str) -> str:
    """The name of the attempt after that job, which failed and cost nothing."""
    return _hashed(f"after {job}")


def fingerprint(task: Task) -> str:
    """The SHA-256 of a task's set fields, so that it stays the same when later versions have more
    fields."""
    plain = json.dumps(_plain(task), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def existing(journal: Journal, key: str, task_sha256: str | None) -> Flow[Entry | None]:
    """The job with that key, in any state; None where there is none, or where it was refused.

    Raises `KeyReused` where the key has another task.
    """
    entry = yield from look_up(job_of(key))
    if entry is not None and entry.order_key not in (None, key):
        raise JobExists(
            f"another job has the name that belongs to the key {key!r}; nothing was sent",
            advice="choose another key",
        )
    entry = yield from _latest(journal, entry)
    if entry is None or entry.state is State.REFUSED:
        return None
    if entry.task_sha256 not in (None, task_sha256):
        raise KeyReused(
            f"job {entry.job} was submitted for another task under the key {key!r}; nothing was"
            " sent and nothing was spent"
        )
    return entry


def ticket_of(entry: Entry) -> Ticket:
    """The job's ticket; without an `id` while its vendor's response is not known."""
    if entry.ticket is not None:
        return entry.ticket
    backend = BackendKey.parse(entry.backend)
    return Ticket(provider=backend.provider, model=backend.model, id="", job=entry.job)


def latest_of(journal: Journal, job: str) -> Flow[Entry | None]:
    """The job of that name, or the one that replaced it since."""
    return (yield from _latest(journal, (yield from look_up(job))))


def _latest(journal: Journal, entry: Entry | None) -> Flow[Entry | None]:
    """The newest attempt of an order that was not refused; `entry` itself without any."""
    return None if entry is None else (yield from work(partial(_newest, journal, entry)))


def _newest(journal: Journal, entry: Entry) -> Entry:
    while True:
        family = journal.entries(parent=entry.job, states=_EVERY)
        later = [e for e in family if e.job != entry.job and e.state is not State.REFUSED]
        if not later:
            return entry
        entry = later[0]


def _plain(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        given = [field for field in fields if _given(value, field)]
        plain = {field.encode_name: _plain(getattr(value, field.name)) for field in given}
        return {"": value.__struct_config__.tag, **plain}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=repr)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _given(value: msgspec.Struct, field: msgspec.structs.FieldInfo) -> bool:
    made = field.default_factory is not msgspec.NODEFAULT
    default = field.default_factory() if made else field.default
    return bool(getattr(value, field.name) != default)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME]
