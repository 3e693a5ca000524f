"""The requests of all families, as far as they are alike: bodies, sources, ids, polls. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote

from segue.errors import Rejected, SegueError
from segue.flow import Call, Reply, id_of
from segue.tasks import Problem, Source, Task
from segue_musicapi.family import Accepted, Order
from segue_musicapi.refusals import code_of, in_doubt, judged, message_of, refused
from segue_musicapi.states import VERDICTS
from segue_musicapi.wire import Envelope, envelope, inside, maybe_envelope, text_of

NAME = "musicapi"
"""The word before the slash of a backend, and the key of a task's `extra`."""


def extra_of(task: Task) -> Mapping[str, object]:
    """The fields that `extra` passes straight through to MusicAPI."""
    return task.extra.get(NAME, {})


def body(task: Task, mapped: Mapping[str, object]) -> dict[str, object]:
    """The body to send: the mapped fields that are set, then `extra`, which takes precedence."""
    fields = {word: value for word, value in mapped.items() if value is not None}
    return {**fields, **extra_of(task)}


def repeated(task: Task, words: Mapping[str, str]) -> Iterator[Problem]:
    """A problem for every field of `extra` that the user has set under Segue's name, too.

    `words` maps a field of the task to MusicAPI's name for it.
    """
    extra = extra_of(task)
    for field, word in words.items():
        if word in extra and getattr(task, field, None) is not None:
            allowed = f"{field} is set already; set one of the two"
            yield Problem(field=f"extra.{NAME}.{word}", value=extra[word], allowed=allowed)


def too_long(field: str, text: str | None, most: int, who: str) -> Iterator[Problem]:
    """A problem if the text has more than `most` characters; `who` takes no more."""
    if text is not None and len(text) > most:
        allowed = f"{who} takes at most {most:,} characters, not {len(text):,}"
        yield Problem(field=field, value=text, allowed=allowed)


def source_problems(
    source: Source,
    who: str,
    *,
    families: Collection[str],
    field: str = "source",
    url: bool = False,
    instead: str = "upload it first, and name the track",
) -> Iterator[Problem]:
    """The problems of a source: `who` needs the id of a clip of one of `families`, or, if
    `url`, an address. `instead` is the advice for an address where none is accepted."""
    ticket = source.ticket
    if source.track is not None and source.url is not None:
        yield wrong(f"{field}.url", source.url, "name a track or an address, not both")
    elif source.url is not None and not url:
        yield wrong(f"{field}.url", source.url, f"{who} takes tracks, no addresses; {instead}")
    elif source.url is not None and not source.url.startswith(("https://", "http://")):
        yield wrong(f"{field}.url", source.url, "MusicAPI fetches it from an http(s) address")
    elif source.track is None and source.url is None:
        yield wrong(f"{field}.track", None, "name the id of one of the job's tracks")
    if ticket is not None and ticket.provider != NAME:
        yield wrong(f"{field}.ticket", str(ticket), "MusicAPI has no tracks of other vendors")
    elif ticket is not None and ticket.state.get("family") not in (None, *families):
        made = f"its tracks are {ticket.state['family']}'s; {who} takes {' and '.join(families)}'s"
        yield wrong(f"{field}.ticket", str(ticket), made)


def addressed(source: Source, who: str, *, field: str = "source") -> Iterator[Problem]:
    """The problems of a source that has to be an address: `who` takes no tracks."""
    if source.url is None:
        yield wrong(f"{field}.url", None, f"{who} takes a public http(s) address, no track")
    else:
        yield from source_problems(source, who, families=(), field=field, url=True)


def wrong(field: str, value: object, allowed: str) -> Problem:
    """The problem of an invalid value."""
    return Problem(field=field, value=value, allowed=allowed)


def lacking(field: str, value: object, allowed: str) -> Problem:
    """The problem of a field that this backend does not support."""
    return Problem(field=field, value=value, allowed=allowed, unsupported=True)


def accepted(order: Order, reply: Reply, *, instead: str = "") -> Accepted:
    """The job's id, wherever the answer holds it: `task_id`, at the top or in `data`.

    An id is never lost: whatever the status, an answer that names one is a job. `instead` says
    what to use for a retired request.
    """
    body = maybe_envelope(reply)
    if body is not None and (reply.ok or not body.failed_step) and (id_ := _id(body)):
        return Accepted(id=id_, state=remembered(body))
    if not reply.ok:
        raise _verdict(order, reply) or refused(reply, instead=instead)
    raise without_id(reply, envelope(reply), instead=instead)


def _id(body: Envelope) -> str | None:
    return id_of(body.task_id) or id_of(inside(body.data, "task_id"))


def without_id(reply: Reply, body: Envelope, *, instead: str = "") -> SegueError:
    """The error for a success without a job id: a refusal if it reports one, else doubt."""
    if body.failed_step:
        return _failed_step(reply, body)
    code = body.number
    if code is not None and code >= 400:
        return judged(reply, body, code, instead=instead)
    return reply.unlike("no job id")


def _verdict(order: Order, reply: Reply) -> SegueError | None:
    """The error for a 5xx that may be MusicAPI's verdict: it is one only if MusicAPI wrote it."""
    body = maybe_envelope(reply)
    if body is not None and body.failed_step:
        return _failed_step(reply, body)
    if reply.status not in order.verdicts:
        return None
    if body is None or body.says_nothing or reply.status not in order.final:
        return in_doubt(reply)
    message = f"status {reply.status}: {message_of(body)}"
    return Rejected(message, status=reply.status, code=code_of(body))


def _failed_step(reply: Reply, body: Envelope) -> SegueError:
    """The error for a request of several steps that got no further than one of them."""
    error = judged(reply, body, reply.status) if reply.status in _SPECIFIC else None
    if error is None:
        message = f"status {reply.status}: {message_of(body)}"
        error = Rejected(message, status=reply.status, code=code_of(body))
    error.advice = "no job was started; correct the failed step, and submit again"
    if uploaded := text_of(inside(body.steps, "upload", "clip_id")):
        error.advice += f", with the recording that is now uploaded: clip {uploaded}"
    error.endpoint = reply.endpoint or None
    return error


_SPECIFIC = frozenset({401, 402, 403, 410, 429})
"""Statuses that say more about a failed step than that it failed."""


def remembered(body: Envelope) -> dict[str, object]:
    """What the answer to a submission has besides the id: a warning, the uploaded clip."""
    found = {
        "warning": text_of(body.warning),
        "uploaded": text_of(inside(body.steps, "upload", "clip_id")),
    }
    return {name: value for name, value in found.items() if value is not None}


def poll_call(path: str, id_: str) -> Call:
    """The request of a poll: `path` and the id, as one segment whatever is in it."""
    segment = quote(id_, safe="")
    if not segment.strip("."):
        segment = segment.replace(".", "%2E")
    return Call(method="GET", url=f"{path}/{segment}", final=VERDICTS)
