"""`/openapi.json`: OpenAPI 3.1, made from the structs that decode bodies and encode answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from segue_server import bodies, catalogue, envelope, errors
from segue_server.gateway import json_response

_REF = "#/components/schemas/{name}"
_JOB = "/v1/music/generations/{job}"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One request: its body, and the answer with each status."""

    method: str
    path: str
    summary: str
    body: type[msgspec.Struct] | None = None
    answers: Mapping[int, type[msgspec.Struct] | str]
    query: Sequence[str] = ()
    headers: Sequence[str] = ()


OPERATIONS = (
    Operation(
        method="post", path="/v1/music/generations", summary="Submit a job.",
        body=bodies.GenerationRequest, answers={202: envelope.Job}, headers=["Idempotency-Key"],
    ),
    Operation(
        method="get", path="/v1/music/generations", summary="List the jobs, newest first.",
        answers={200: envelope.Listed},
        query=["limit", "after", "status", "backend", "text", "since", "until"],
    ),
    Operation(
        method="get", path=_JOB, summary="Poll a job: 202 while it is under way, 200 at its end.",
        answers={200: envelope.Job, 202: envelope.Job}, headers=["X-Job-Token"],
    ),
    Operation(
        method="delete", path=_JOB, summary="Stop a job, where its backend can.",
        answers={200: envelope.Job, 202: envelope.Job},
    ),
    Operation(
        method="get", path=f"{_JOB}/events", summary="The changes of a job, as events.",
        answers={200: "text/event-stream"}, headers=["Last-Event-ID", "X-Job-Token"],
    ),
    Operation(
        method="get", path="/v1/media/artifacts/{job}/{index}", summary="A file of a job.",
        answers={200: "application/octet-stream", 206: "application/octet-stream"},
        query=["expires", "signature"], headers=["Range", "If-None-Match", "X-Job-Token"],
    ),
    Operation(method="get", path="/v1/models", summary="The models of all backends.",
              answers={200: catalogue.Models}),
    Operation(method="get", path="/v1/backends", summary="The backends, and what each takes.",
              answers={200: catalogue.Backends}),
    Operation(method="post", path="/v1/quotes", summary="What a job would cost.",
              body=bodies.QuoteRequest, answers={200: catalogue.Quotes}),
    Operation(method="get", path="/v1/balances", summary="What the accounts can still spend.",
              answers={200: catalogue.Balances}),
)  # fmt: skip


async def openapi(_request: Request) -> Response:
    """`GET /openapi.json`; it needs no key."""
    return json_response(document())


@cache
def document() -> Mapping[str, Any]:
    """The whole document."""
    structs = {one.body for one in OPERATIONS if one.body} | {errors.ErrorAnswer}
    structs |= {
        kind for one in OPERATIONS for kind in one.answers.values() if not isinstance(kind, str)
    }
    kinds = sorted(structs, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    paths: dict[str, dict[str, object]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Segue", "version": "1", "summary": "One API for every music backend."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}, {}],
    }


def _operation(one: Operation) -> dict[str, object]:
    answers: dict[str, object] = {
        str(status): {"description": "ok", "content": _content(kind)}
        for status, kind in one.answers.items()
    }
    answers["default"] = {"description": "an error", "content": _content(errors.ErrorAnswer)}
    found: dict[str, object] = {
        "summary": one.summary, "responses": answers, "parameters": list(_parameters(one)),
    }  # fmt: skip
    if one.body is not None:
        found["requestBody"] = {"required": True, "content": _content(one.body)}
    return found


def _content(kind: type[msgspec.Struct] | str) -> dict[str, object]:
    if isinstance(kind, str):
        return {kind: {}}
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


def _parameters(one: Operation) -> Sequence[dict[str, object]]:
    path = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    places = [("path", path), ("query", one.query), ("header", one.headers)]
    return [
        {
            "name": name,
            "in": place,
            "required": place == "path",
            "schema": {"type": "integer" if name == "index" else "string"},
        }
        for place, names in places
        for name in names
    ]
