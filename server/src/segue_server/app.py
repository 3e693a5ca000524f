"""The ASGI application: its routes, its errors, and the guard around it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from segue.errors import SegueError
from segue_server import catalogue, events, listing, media, music, openapi
from segue_server.bodies import api_name
from segue_server.errors import ApiError, from_core, not_found, refused
from segue_server.gateway import Gateway, gateway_of
from segue_server.guard import Guard, answer

logger = logging.getLogger("segue.server")


def application(gateway: Gateway) -> Starlette:
    """The application of a gateway, which runs as long as the application does."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.gateway = gateway
        async with gateway.running():
            yield

    return Starlette(
        routes=routes(),
        lifespan=lifespan,
        middleware=[Middleware(Guard, settings=gateway.settings)],
        exception_handlers={
            ApiError: _api_error,
            SegueError: _core_error,
            HTTPException: _http_error,
            Exception: _internal_error,
        },
    )


def routes() -> list[Route]:
    """Every address of the server."""
    return [
        Route("/healthz", _healthy),
        Route("/readyz", _ready),
        Route("/v1/music/generations", music.submit, methods=["POST"]),
        Route("/v1/music/generations", listing.jobs, methods=["GET"]),
        Route("/v1/music/generations/{job}", music.poll, methods=["GET"]),
        Route("/v1/music/generations/{job}", music.cancel, methods=["DELETE"]),
        Route("/v1/music/generations/{job}/events", events.events, methods=["GET"]),
        Route("/v1/media/artifacts/{job}/{index}", media.artifact),
        Route("/v1/models", catalogue.models),
        Route("/v1/backends", catalogue.backends),
        Route("/v1/quotes", catalogue.quotes, methods=["POST"]),
        Route("/v1/balances", catalogue.balances),
        Route("/openapi.json", openapi.openapi),
    ]


async def _healthy(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> Response:
    """The journal can be read."""
    await gateway_of(request).client.jobs(limit=1)
    return JSONResponse({"status": "ready"})


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return answer(error)


async def _core_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SegueError)
    found = from_core(error)
    body = msgspec.structs.replace(found.body, param=api_name(found.body.param))
    return answer(ApiError(found.status, body, found.headers))


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    if status == 404:
        return answer(not_found("address"))
    words = "this address does not take that method" if status == 405 else str(error)
    code = {405: "method_not_allowed"}.get(status, "http_error")
    found = refused(status, code, words)
    return answer(ApiError(status, found.body, headers))


async def _internal_error(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(refused(500, "internal_error", "the server failed; its log says why"))
