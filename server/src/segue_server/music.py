"""`/v1/music/generations`: submit, poll, list, cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from segue.errors import SegueError, Unsupported
from segue.journal import Entry, State
from segue_server import bodies, envelope, idempotency
from segue_server.access import Caller, allowed_backends, budgets, owned
from segue_server.bodies import GenerationRequest
from segue_server.errors import not_found, refused
from segue_server.gateway import Gateway, gateway_of, json_response
from segue_server.guard import body_of
from segue_server.jobs import Order, Seen


async def submit(request: Request) -> Response:
    """`POST`: the job is recorded before anything is spent; 202 as soon as its backend has it."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    key = idempotency.given_key(request.headers.get("idempotency-key"))
    wish = bodies.decoded(await body_of(request), GenerationRequest)
    name = idempotency.request_id(caller.id, key)
    body = idempotency.fingerprint(msgspec.json.encode(wish, order="sorted"))
    if key is not None and (entry := await _earlier(gateway, name)) is not None:
        return await _replayed(request, entry, body)
    backends = gateway.backends(wish.names)
    allowed_backends(caller, backends)
    gateway.access.count_submission(caller)
    with gateway.flying.one(name, body):
        order = _order(wish, backends, labels={**_labels(caller, name), envelope.BODY: body})
        order = msgspec.structs.replace(order, key=name if key else None, budgets=budgets(caller))
        seen = await _enqueued(gateway, order, name, wish)
    idempotency.same_body(seen.entry.labels.get(envelope.BODY), body)  # another process was quicker
    return await _accepted(request, seen)


async def _enqueued(gateway: Gateway, order: Order, name: str, wish: GenerationRequest) -> Seen:
    """Submit; a client that hangs up does not stop what may have been sent."""
    if wish.metadata is not None:
        held = bodies.as_json(wish.metadata)
        await anyio.to_thread.run_sync(partial(gateway.store.remember, name, held))
    try:
        return await asyncio.shield(asyncio.ensure_future(gateway.jobs.enqueue(order)))
    except SegueError:
        if wish.metadata is not None:
            await _forget(gateway, name)
        raise


async def _forget(gateway: Gateway, name: str) -> None:
    """Remove the metadata of a request that has made no job; refusals would fill the disk."""
    with suppress(SegueError):
        labels = {envelope.REQUEST: name}
        if not await gateway.client.jobs(labels=labels, states=list(State), limit=1):
            await anyio.to_thread.run_sync(partial(gateway.store.forget, name))


def _order(wish: GenerationRequest, backends: tuple[str, ...], labels: Mapping[str, str]) -> Order:
    return Order(
        task=wish.task(),
        backends=backends,
        labels=labels,
        max_cost=wish.max_cost,
        unsupported=wish.unsupported,
    )


def _labels(caller: Caller, name: str) -> dict[str, str]:
    return {envelope.KEY: caller.id, envelope.REQUEST: name}


async def _earlier(gateway: Gateway, name: str) -> Entry | None:
    """The job of an earlier request with that key; one that was refused is tried again."""
    labels = {envelope.REQUEST: name}
    found = await gateway.client.jobs(labels=labels, states=list(State))
    return next((entry for entry in found if entry.state is not State.REFUSED), None)


async def _replayed(request: Request, entry: Entry, body: str) -> Response:
    idempotency.same_body(entry.labels.get(envelope.BODY), body)
    replayed = {"idempotent-replayed": "true"}
    return await _accepted(request, gateway_of(request).seen(entry), replayed)


async def _accepted(request: Request, seen: Seen, headers: Mapping[str, str] = {}) -> Response:
    """The 202, which stays the same however often the request is repeated: the job as it was
    accepted."""
    (job,) = await gateway_of(request).envelopes(request, [seen])
    if job.status != "unknown":
        job = msgspec.structs.replace(
            job, status="queued", state="submitted", cost=None, progress=None, eta_seconds=None,
            results=(), usage=None, error=None, notes=seen.entry.dropped, actions=(),
        )  # fmt: skip
    return json_response(job, 202, {"location": job.poll_url, **headers})


async def poll(request: Request) -> Response:
    """`GET` of one job: 202 while it is under way, 200 when it has ended."""
    job = (await gateway_of(request).envelopes(request, [await seen_job(request)]))[0]
    return json_response(job, 200 if job.status in envelope.TERMINAL else 202)


async def cancel(request: Request) -> Response:
    """`DELETE`: stop the job with its backend. One that has ended already is returned as it is;
    409 where the backend cannot stop it."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    seen = await seen_job(request, caller)
    job = (await gateway.envelopes(request, [seen]))[0]
    if job.status in envelope.TERMINAL:
        return json_response(job)
    try:
        await gateway.jobs.cancel(job.id)
    except Unsupported as error:
        raise refused(409, "cancel_unsupported", str(error)) from error
    fresh = await gateway.jobs.status(job.id)
    job = (await gateway.envelopes(request, [fresh or seen]))[0]
    return json_response(job, 200 if job.status in envelope.TERMINAL else 202)


async def seen_job(request: Request, caller: Caller | None = None) -> Seen:
    """The job of the address, if whoever asks may see it."""
    gateway, name = gateway_of(request), request.path_params["job"]
    caller = caller or await gateway.access.reader(request, name)
    seen = await gateway.jobs.status(name)
    if seen is None:
        raise not_found("job")
    owned(caller, seen.entry)
    return seen
