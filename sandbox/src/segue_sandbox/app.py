"""The HTTP face: vendors under their prefixes, faults, the ledger, and a line per request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import cast

import anyio
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as Received
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.accounts import fingerprint
from segue_sandbox.clock import Clock
from segue_sandbox.faults import Fault, Plan, altered
from segue_sandbox.vendor import Vendor, made

HANG_UP = "segue_sandbox.hang_up"
"""The extension of a request's scope that closes its connection: see `serving`."""

Log = Callable[[dict[str, object]], None]


class Sandbox:
    """The vendors, their clock, and the plan of faults in force."""

    def __init__(
        self, vendors: Sequence[Vendor], clock: Clock, plan: Plan, seed: int, log: Log
    ) -> None:
        self.vendors, self.clock, self.plan, self.seed, self.log = vendors, clock, plan, seed, log

    async def ledger(self, _request: Received) -> Response:
        """`GET /sandbox/ledger`."""
        now = self.clock.now()
        return JSONResponse({vendor.name: vendor.ledger(now) for vendor in self.vendors})

    async def faults(self, request: Received) -> Response:
        """`POST /sandbox/faults`: replace the plan."""
        try:
            self.plan = Plan.read(await request.body(), self.seed)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})


def application(
    vendors: Sequence[Vendor],
    clock: Clock,
    *,
    plan: Plan | None = None,
    seed: int = 0,
    log: Log = lambda _line: None,
) -> Starlette:
    """The ASGI application for some vendors."""
    sandbox = Sandbox(vendors, clock, plan or Plan(), seed, log)
    return Starlette(
        routes=[
            Route("/sandbox/ledger", sandbox.ledger),
            Route("/sandbox/faults", sandbox.faults, methods=["POST"]),
            *(Mount(vendor.prefix, app=_Door(sandbox, vendor)) for vendor in vendors),
        ]
    )


class _Door:
    """One vendor's door: an ASGI application."""

    def __init__(self, sandbox: Sandbox, vendor: Vendor) -> None:
        self._sandbox, self._vendor = sandbox, vendor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = Received(scope, receive)
        request = await _request(received, self._vendor.prefix)
        endpoint = f"{request.method} {request.path.partition('?')[0]}"
        fault = self._sandbox.plan.draw(self._vendor.name, endpoint)
        began = time.perf_counter()
        reply = await self._play(fault, request)
        self._sandbox.log(_line(self._vendor.name, endpoint, request, reply, fault, began))
        if reply is None:
            await _hang_up(scope, receive)
        elif fault is not None and fault.kind == "truncate":
            await _cut_short(reply, scope, receive, send)
        else:
            answer = Response(reply.body, reply.status, dict(reply.headers))
            await answer(scope, receive, send)

    async def _play(self, fault: Fault | None, request: Request) -> Reply | None:
        """What the client hears; None is a dropped connection."""
        kind = fault.kind if fault else ""
        if fault is not None and kind == "status":
            return fault.page(self._vendor.refusal(fault.status))
        if kind == "drop_before":
            return None
        reply = self._vendor.answer(request, self._sandbox.clock.now())
        if kind == "duplicate":  # the client hears the first answer
            self._vendor.answer(request, self._sandbox.clock.now())
        if kind == "drop_after":
            return None
        if fault is not None and kind == "status_after":
            return fault.page(self._vendor.refusal(fault.status))
        if fault is not None and kind == "stall":
            await anyio.sleep(fault.seconds)
        return altered(fault, await anyio.to_thread.run_sync(made, reply))


async def _request(received: Received, prefix: str) -> Request:
    query = f"?{received.url.query}" if received.url.query else ""
    path = received.url.path.removeprefix(prefix)
    return Request(
        method=received.method,
        path=path + query,
        headers={name.lower(): value for name, value in received.headers.items()},
        body=await received.body(),
    )


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool = True) -> None:
    """Close the connection, and wait until that is known."""
    close = cast("Callable[[bool], None] | None", scope.get("extensions", {}).get(HANG_UP))
    if close is None:
        raise RuntimeError("this server cannot hang up; run the sandbox's own")
    close(reset)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut_short(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Half of the body that the headers promise, and then nothing."""
    body = reply.body or b""
    headers = {**reply.headers, "content-length": str(len(body))}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _hang_up(scope, receive, reset=False)


def _line(  # noqa: PLR0917 - a line has so many columns
    vendor: str,
    endpoint: str,
    request: Request,
    reply: Reply | None,
    fault: Fault | None,
    began: float,
) -> dict[str, object]:
    """What is logged of a request; never its key."""
    key = request.headers.get("authorization", "").partition(" ")[2].strip()
    return {
        "time": round(time.time(), 3),
        "vendor": vendor,
        "endpoint": endpoint,
        "status": reply.status if reply else None,
        "seconds": round(time.perf_counter() - began, 4),
        "account": fingerprint(key) if key else None,
        "fault": fault.kind if fault else None,
    }


def print_line(line: dict[str, object]) -> None:
    """A line of JSON on the standard output."""
    print(json.dumps(line), flush=True)  # noqa: T201 - it is the log
