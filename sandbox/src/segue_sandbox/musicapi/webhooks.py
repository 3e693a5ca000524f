"""What MusicAPI would send to a task's webhook. A model sends nothing: this says what and when.

A delivery comes at a final state, or when a song begins to stream (webhook-guide). Its body is
what a poll answers, with `task_id` and `platform`, as a working receiver reads it; what a failed
one holds, how often a delivery is repeated and when it is given up are not documented.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from uuid import NAMESPACE_URL, uuid5

import msgspec

from segue_sandbox.clock import Dial
from segue_sandbox.musicapi.states import Said
from segue_sandbox.musicapi.tasks import Task

View = Callable[[Task, float, Dial], Said]

_DEFAULT_SECRET = "musicapi's own, which no customer holds"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One POST that would be sent, at a moment of vendor time; the signature is of these bytes."""

    task: str
    url: str
    at: float
    headers: Mapping[str, str]
    body: bytes


def deliveries(task: Task, now: float, dial: Dial, view: View) -> list[Delivery]:
    """What was sent for a task by now, in order."""
    if task.hook is None:
        return []
    streams = task.at(0.5)
    found = []
    if task.family == "sonic" and task.clips and now >= streams:
        found.append(_sent(task, "song.streaming", streams, _streaming(task, view, dial), dial))
    if now >= task.done:
        event = "song.failed" if task.ending.refunded else "song.completed"
        found.append(_sent(task, event, task.done, view(task, task.done, dial)[1], dial))
    return found


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the timestamp, a point and the body as sent (DOC)."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _streaming(task: Task, view: View, dial: Dial) -> dict[str, object]:
    """The running clips in the state that only webhooks name. Text cannot hold the bytes that
    are replaced: its quotes are escaped."""
    body = dict(view(task, task.at(0.5), dial)[1])
    text = msgspec.json.encode(body).replace(b'"state":"running"', b'"state":"streaming"')
    return dict(msgspec.json.decode(text, type=dict[str, object]))


def _sent(task: Task, event: str, at: float, told: Mapping[str, object], dial: Dial) -> Delivery:
    hook = task.hook
    if hook is None:
        raise ValueError(f"task {task.id} has no webhook")
    platform = "suno" if task.family == "sonic" else task.family
    body = msgspec.json.encode({**told, "task_id": task.id, "platform": platform})
    timestamp = str(int(dial.unix(at)))
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Id": str(uuid5(NAMESPACE_URL, f"{task.id} {event}")),
        "X-Webhook-Event": event,
        "X-Webhook-Timestamp": timestamp,
        "X-Webhook-Signature": signature(hook.secret or _DEFAULT_SECRET, timestamp, body),
    }
    headers["Idempotency-Key"] = headers["X-Webhook-Id"]
    return Delivery(task=task.id, url=hook.url, at=round(at, 3), headers=headers, body=body)
