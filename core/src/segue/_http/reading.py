"""Read a reply's body, also a malformed or truncated one. Generators, as all of an attempt."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec

from segue._data import body_text
from segue._files.atomic import Landing
from segue._http.body import filled
from segue._http.decompress import BadEncoding, Inflating
from segue._http.response import Try
from segue._http.retry import Tries
from segue.errors import ConnectionLost, DownloadError, ProtocolError, RequestError
from segue.flow import Reply

logger = logging.getLogger("segue")

_NOTHING = (b"{}", b"[]")


def read(reply: Reply, tries: Tries, *, whatever: bool) -> Try[Reply]:
    """The reply with its body. One that spends is read as far as it goes: a truncated body may name
    the paid job."""
    body = bytearray()
    broken: RequestError | None = None
    try:
        if not (yield from filled(body, reply, whatever=whatever)):
            return reply
    except (ConnectionLost, ProtocolError) as error:
        if not whatever or tries.repeats(error):
            raise
        broken = error
    if not whatever or (broken is None and body_text.is_valid_json(bytes(body))):
        return msgspec.structs.replace(reply, body=bytes(body))
    return _salvaged(reply, bytes(body), broken)


def _salvaged(reply: Reply, body: bytes, broken: RequestError | None) -> Reply:
    """The reply with the readable part of a malformed or truncated body: of the latter only its
    complete values, and `doubtful`, as it does not prove the outcome."""
    if broken is None and (text := body_text.whole(body)) is not None:
        return msgspec.structs.replace(reply, body=text)
    text = body_text.mended(body)
    if text in (None, *_NOTHING) and reply.ok:
        text = body_text.behind(body)
    if text is not None and text not in _NOTHING:
        logger.warning("%s: the answer is spoilt; reading what is whole of it", reply.endpoint)
        return msgspec.structs.replace(reply, body=text, doubtful=True)
    if broken is not None:
        raise broken
    return msgspec.structs.replace(reply, body=body)


def of_file(head: Reply, landing: Landing) -> Inflating:
    """The decoder of a file's bytes: none where its length is known."""
    try:
        return Inflating({} if landing.expected is not None else head.headers)
    except BadEncoding as error:
        raise DownloadError(f"the file cannot be read: {error}") from error


def pieces(inflating: Inflating, chunk: bytes) -> Iterator[bytes]:
    try:
        yield from inflating.pieces(chunk)
    except BadEncoding as error:
        raise DownloadError(f"the file cannot be read: {error}") from error


def readable(reply: Reply) -> bool:
    kind = reply.content_type
    return not kind or kind.startswith("text/") or kind.endswith(("json", "xml"))
