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
    """What is sent: the mapped fields that are set, then `extra`, which wins."""
    told = {word: value for word, value in mapped.items() if value is not None}
    return {**told, **extra_of(task)}


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
    """What is wrong with a source: `who` wants the id of a clip of one of `families`, or, if
    `url`, an address. `instead` says what to do with an address where it takes none."""
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
    """What is wrong with a source that has to be an address: `who` takes no tracks."""
    if source.url is None:
        yield wrong(f"{field}.url", None, f"{who} takes a public http(s) address, no track")
    else:
        yield from source_problems(source, who, families=(), field=field, url=True)


def wrong(field: str, value: object, allowed: str) -> Problem:
    """A value that is wrong."""
    return Problem(field=field, value=value, allowed=allowed)


def lacking(field: str, value: object, allowed: str) -> Problem:
    """A field that this backend cannot honour."""
    return Problem(field=field, value=value, allowed=allowed, unsupported=True)


def accepted(order: Order, reply: Reply, *, instead: str = "") -> Accepted:
    """The job's id, wherever the answer holds it: `task_id`, at the top or in `data`.

    An id is never lost: whatever the status, an answer that names one is a job. `instead` says
    what to use for what is retired.
    """
    told = maybe_envelope(reply)
    if told is not None and (reply.ok or not told.failed_step) and (id_ := _id(told)):
        return Accepted(id=id_, state=remembered(told))
    if not reply.ok:
        raise _verdict(order, reply) or refused(reply, instead=instead)
    raise without_id(reply, envelope(reply), instead=instead)


def _id(told: Envelope) -> str | None:
    return id_of(told.task_id) or id_of(inside(told.data, "task_id"))


def without_id(reply: Reply, told: Envelope, *, instead: str = "") -> SegueError:
    """The error for a success that names no job: a refusal where it tells of one, else doubt."""
    if told.failed_step:
        return _failed_step(reply, told)
    code = told.number
    if code is not None and code >= 400:
        return judged(reply, told, code, instead=instead)
    return reply.unlike("it names no job")


def _verdict(order: Order, reply: Reply) -> SegueError | None:
    """The error for a 5xx that may be MusicAPI's verdict: it is one only by MusicAPI's words."""
    told = maybe_envelope(reply)
    if told is not None and told.failed_step:
        return _failed_step(reply, told)
    if reply.status not in order.verdicts:
        return None
    if told is None or told.says_nothing or reply.status not in order.final:
        return in_doubt(reply)
    message = f"status {reply.status}: {message_of(told)}"
    return Rejected(message, status=reply.status, code=code_of(told))


def _failed_step(reply: Reply, told: Envelope) -> SegueError:
    """The error for a request of several steps that got no further than one of them."""
    error = judged(reply, told, reply.status) if reply.status in _TELLING else None
    if error is None:
        said = f"status {reply.status}: {message_of(told)}"
        error = Rejected(said, status=reply.status, code=code_of(told))
    error.advice = "no job was begun; mend what the step names, and submit again"
    if uploaded := text_of(inside(told.steps, "upload", "clip_id")):
        error.advice += f", with the recording that is uploaded now: clip {uploaded}"
    error.endpoint = reply.endpoint or None
    return error


_TELLING = frozenset({401, 402, 403, 410, 429})
"""Statuses that say more about a failed step than that it failed."""


def remembered(told: Envelope) -> dict[str, object]:
    """What the answer to a submission tells besides the id: a warning, the clip it uploaded."""
    found = {
        "warning": text_of(told.warning),
        "uploaded": text_of(inside(told.steps, "upload", "clip_id")),
    }
    return {name: value for name, value in found.items() if value is not None}


def look(path: str, id_: str) -> Call:
    """The request of a poll: `path` and the id, as one segment whatever is in it."""
    segment = quote(id_, safe="")
    if not segment.strip("."):
        segment = segment.replace(".", "%2E")
    return Call(method="GET", url=f"{path}/{segment}", final=VERDICTS)
