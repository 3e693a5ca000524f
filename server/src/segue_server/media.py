"""`GET /v1/media/artifacts/JOB/INDEX`: by a signed address, a key, or the job's token."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from segue_server import artifacts
from segue_server.access import owned
from segue_server.errors import not_found
from segue_server.gateway import gateway_of


async def artifact(request: Request) -> Response:
    """The file, with `Range`, `ETag` and its media type."""
    gateway = gateway_of(request)
    job, index = request.path_params["job"], _index(request.path_params["index"])
    signed = artifacts.is_signed(request, gateway.secret, job, index)
    caller = None if signed else await gateway.access.reader(request, job)
    seen = await gateway.jobs.status(job)
    if seen is None:
        raise not_found("job")
    return await artifacts.response(request, owned(caller, seen.entry), index)


def _index(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise not_found("artifact")
    return int(text)
