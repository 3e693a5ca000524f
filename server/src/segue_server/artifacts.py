"""The files of jobs: their addresses, and the files themselves, whole or in part."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from segue.events import File
from segue.journal import Entry
from segue_server import envelope, tokens
from segue_server.errors import not_found, refused


def addresses(
    entry: Entry, secret: bytes, base: str, seconds: dict[str, float | None]
) -> tuple[envelope.Artifact, ...]:
    """The job's files, each with a signed address below `base`; `seconds` has their lengths."""
    expires = envelope.now() + tokens.VALID
    found = []
    for index, file in enumerate(entry.files):
        signed = tokens.signature(secret, entry.job, index, expires)
        path = f"/v1/media/artifacts/{quote(entry.job)}/{index}"
        url = f"{base}{path}?expires={expires}&signature={signed}"
        length = seconds.get(file.sha256)
        found.append(envelope.artifact(file, index, entry.job, url=url, seconds=length))
    return tuple(found)


async def lengths(files: tuple[File, ...]) -> dict[str, float | None]:
    """The seconds that each file lasts, by its SHA-256."""
    return await anyio.to_thread.run_sync(
        partial(dict, ((file.sha256, _seconds(file.path, file.sha256)) for file in files))
    )


def is_signed(request: Request, secret: bytes, job: str, index: int) -> bool:
    """Whether the address itself gives access; raises `ApiError` (403) where it has expired or is
    wrong, and says False where it is not signed at all."""
    given, until = request.query_params.get("signature"), request.query_params.get("expires", "")
    if given is None:
        return False
    expires = int(until) if until.isdecimal() and len(until) < 16 else 0
    if not tokens.is_signature(secret, job, index, expires, given):
        raise refused(403, "invalid_signature", "the address was not signed by this server")
    if expires < envelope.now():
        raise refused(403, "expired_signature", "the address has expired: poll the job for another")
    return True


async def response(request: Request, entry: Entry, index: int) -> Response:
    """The file, or the range of it that is wanted; 304 for who has it already."""
    if not 0 <= index < len(entry.files):
        raise not_found("artifact")
    file = entry.files[index]
    etag = f'"{file.sha256}"'
    headers = {"etag": etag, "cache-control": "private, max-age=86400"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if not await anyio.Path(file.path).is_file():
        raise refused(410, "gone", "the file is not on disk any more")
    _ignore_odd_range(request)
    name = file.path.name
    kind = envelope.content_type(name)
    return FileResponse(
        file.path,
        headers=headers,
        media_type=kind,
        filename=name,
        content_disposition_type="inline",
    )


def _matches(wanted: str, etag: str) -> bool:
    several = (each.strip().removeprefix("W/") for each in wanted.split(","))
    return any(each in (etag, "*") for each in several)


_ONE = r"(\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGE = re.compile(rf"bytes=[ \t]*{_ONE}([ \t]*,[ \t]*{_ONE})*")
_PART = re.compile(r"(\d+)-(\d+)")


def _ignore_odd_range(request: Request) -> None:
    """Leave out a `Range` of another unit, or that is none: it is answered with the whole file, as
    HTTP wants it; `FileResponse` would refuse it."""
    wanted = request.headers.get("range", "").strip().lower()
    if not (_RANGE.fullmatch(wanted) and _ordered(wanted)):
        others = [each for each in request.scope["headers"] if each[0] != b"range"]
        request.scope["headers"] = others


def _ordered(wanted: str) -> bool:
    return all(int(first) <= int(last) for first, last in _PART.findall(wanted))


@lru_cache(maxsize=4096)
def _seconds(path: Path, _sha256: str) -> float | None:
    import mutagen  # noqa: PLC0415 - only finished jobs need it

    try:
        found = mutagen.File(path)
        length = found.info.length if found is not None and found.info is not None else None
    except Exception:  # a file that is gone, or that mutagen cannot read, has no known length
        return None
    return round(float(length), 3) if length else None
