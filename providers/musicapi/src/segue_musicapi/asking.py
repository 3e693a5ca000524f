"""The requests of queries: one for each, and the flow that sends it.

`answers.py` reads the answers. Nothing here is resent automatically once it may have cost credits,
except after the one answer that MusicAPI documents as uncharged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec

from segue.errors import InvalidTask, Unavailable
from segue.flow import Flow, Reply, call, sleep
from segue.tasks import Problem
from segue_musicapi import answers, orders
from segue_musicapi import queries as q

A = TypeVar("A")

PATIENCE = 120.0
"""Seconds to wait for work that MusicAPI does before it answers: an import takes 20 or more."""

UNCHARGED = frozenset({504})
"""Of `/sonic/lyrics`: "Upstream generation timed out (no credits charged)"."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Where a query is posted to, and MusicAPI's name for each of its fields."""

    path: str
    words: Mapping[str, str]
    timeout: float | None = None
    uncharged: frozenset[int] = frozenset()


_CLIP = {"clip": "clip_id"}
_SPAN = {"start": "vocal_start_s", "end": "vocal_end_s"}
REQUESTS: Mapping[type[q.Question[Any]], Request] = {
    q.WriteLyrics: Request(
        path="/sonic/lyrics",
        words={"description": "description"},
        timeout=PATIENCE,
        uncharged=UNCHARGED,
    ),
    q.AlignedLyrics: Request(path="/sonic/aligned-lyrics", words=_CLIP),
    q.Bpm: Request(path="/sonic/bpm", words=_CLIP),
    q.UpsampleTags: Request(path="/sonic/upsample-tags", words={"tags": "tags"}),
    q.Persona: Request(
        path="/sonic/persona",
        words={
            **_CLIP,
            **_SPAN,
            "name": "name",
            "description": "describe",
            "vocals": "vox_audio_id",
            "styles": "styles",
        },
    ),
    q.Vox: Request(path="/sonic/vox", words={**_CLIP, **_SPAN}, timeout=PATIENCE),
    q.Midi: Request(path="/sonic/midi", words=_CLIP, timeout=PATIENCE),
    q.Wav: Request(path="/sonic/wav", words=_CLIP, timeout=PATIENCE),
    q.SonicUpload: Request(path="/sonic/upload", words={"url": "url"}, timeout=PATIENCE),
    q.RiffusionUpload: Request(path="/riffusion/upload", words={"url": "url"}, timeout=PATIENCE),
    q.GetSong: Request(path="/suno/get-song", words={"link": "share_link"}, timeout=PATIENCE),
}
"""Every query that is a POST. Of their pace and time only the imports' is documented."""


def ask(query: q.Question[A]) -> Flow[A]:
    """Answer a query; raise `InvalidTask` before anything is sent, if it would be refused."""
    if found := [*problems(query)]:
        message = "; ".join(str(problem) for problem in found)
        raise InvalidTask(
            f"MusicAPI would refuse this: {message}", problems=found, advice="nothing was sent"
        )
    flow: Flow[object]
    match query:
        case q.Credits():
            flow = _credits(query)
        case q.GetLyrics():
            flow = _written(query)
        case q.Midi():
            flow = _midi(query)
        case _:
            flow = _posted(query)
    return flow  # type: ignore[return-value] # each query is answered with its own type


def problems(query: q.Question[A]) -> Iterator[Problem]:
    """Every reason why a query would be refused. Pure."""
    types, good = _types(type(query)), True
    for name in query.__struct_fields__:
        value = getattr(query, name)
        try:
            msgspec.convert(msgspec.to_builtins(value), types[name], strict=True)
        except (msgspec.ValidationError, TypeError) as error:
            yield Problem(field=name, value=value, allowed=_allowed(error))
            good = False
    span = query if good and isinstance(query, q.Vox | q.Persona) else None
    if span is not None and span.end is not None and span.end <= (span.start or 0.0):
        yield Problem(field="end", value=span.end, allowed="it must be later than start")


def _allowed(error: Exception) -> str:
    message = str(error).partition(" - at ")[0]
    return message[:1].lower() + message[1:]


def _posted(query: q.Question[A]) -> Flow[object]:
    reply = yield from _post(query)
    return answers.answer(query, reply)


def _post(query: q.Question[A]) -> Flow[Reply]:
    request = REQUESTS[type(query)]
    values = ((word, getattr(query, name)) for name, word in request.words.items())
    body = {word: value for word, value in values if value is not None}
    return call(
        "POST",
        request.path,
        json={**body, **query.extra.get(orders.NAME, {})},
        timeout=request.timeout,
        spends=True,
        uncharged=request.uncharged,
    )


def _midi(query: q.Midi) -> Flow[object]:
    """Request it until it is ready; MusicAPI is polled by the same request."""
    for attempt in range(query.looks):
        if attempt:
            yield from sleep(query.every)
        reply = yield from _post(query)
        if not answers.waits(reply):
            return answers.answer(query, reply)
    late = Unavailable(f"the score was not ready after {query.looks} requests", status=202)
    late.advice = "try again later, or with a larger `looks`"
    raise late


def _written(query: q.GetLyrics) -> Flow[object]:
    request = orders.poll_call("/suno/get-lyrics", query.task)
    reply = yield from call(request.method, request.url, params=_params(query), final=request.final)
    return answers.answer(query, reply)


def _credits(query: q.Credits) -> Flow[object]:
    reply = yield from call("GET", "/get-credits", params=_params(query))
    return answers.answer(query, reply)


def _params(query: q.Question[A]) -> dict[str, str]:
    return {word: str(value) for word, value in query.extra.get(orders.NAME, {}).items()}


@cache
def _types(kind: type[q.Question[Any]]) -> Mapping[str, object]:
    return get_type_hints(kind, include_extras=True)
