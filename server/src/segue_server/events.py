"""`GET /v1/music/generations/ID/events`: Server-Sent Events, one for each change of a job.

Each event is the whole job as a poll would show it, and its `id` is made of that. So a client that
comes back with `Last-Event-ID` gets the job as it is now if it has changed meanwhile, after a
restart of the server, too, and nothing twice. The stream ends with the job.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from segue_server import envelope
from segue_server.errors import refused
from segue_server.gateway import Gateway, gateway_of
from segue_server.music import seen_job

STREAMS = 2000
"""The most streams that are open at once."""

_VOLATILE = {"job_token": None, "results": (), "request_id": None}


async def events(request: Request) -> Response:
    """The stream; raises `ApiError` (503) while too many are open."""
    gateway = gateway_of(request)
    await seen_job(request)  # refused before anything is streamed
    if gateway.streams >= STREAMS:
        raise refused(
            503, "too_many_streams", f"{STREAMS} streams are open, and no more are allowed",
            retry_after="5",
        )  # fmt: skip
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        _stream(request, gateway), headers=headers, media_type="text/event-stream"
    )


async def _stream(request: Request, gateway: Gateway) -> AsyncIterator[bytes]:
    last = request.headers.get("last-event-id", "")
    gateway.streams += 1
    try:
        yield b"retry: 2000\n\n"
        async with aclosing(gateway.jobs.changes(request.path_params["job"])) as changes:
            async for _ in changes:
                job = await _job(request, gateway)
                if job is None:
                    return
                name = _name(job)
                yield _event(name, job) if name != last else b": \n\n"
                last = name
                if job.status in envelope.TERMINAL:
                    return
    finally:
        gateway.streams -= 1


async def _job(request: Request, gateway: Gateway) -> envelope.Job | None:
    seen = await gateway.jobs.status(request.path_params["job"])
    if seen is None:  # it was forgotten meanwhile
        return None
    return (await gateway.envelopes(request, [seen]))[0]


def _name(job: envelope.Job) -> str:
    """What an event is called: the same for the same state of a job, whenever it is sent."""
    plain = msgspec.structs.replace(job, **_VOLATILE)
    return sha256(msgspec.json.encode(plain)).hexdigest()[:20]


def _event(name: str, job: envelope.Job) -> bytes:
    body = msgspec.json.encode(msgspec.structs.replace(job, job_token=None))
    return b"id: %b\nevent: job\ndata: %b\n\n" % (name.encode(), body)
