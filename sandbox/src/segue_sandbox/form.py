"""Multipart forms, read from bytes that are already there (RFC 7578)."""

from __future__ import annotations

from email.message import Message

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form; `filename` is None where it is not a file."""

    name: str
    content: bytes
    filename: str | None = None

    @property
    def text(self) -> str:
        """The field's value."""
        return self.content.decode("utf-8", "replace")


def parts(content_type: str, body: bytes) -> list[Part]:
    """The fields of a form, in their order; none where the body is no such form."""
    boundary = _parameter(content_type, "content-type", "boundary")
    if boundary is None:
        return []
    mark = b"\r\n--" + boundary.encode("latin-1")
    pieces = (b"\r\n" + body).split(mark)[1:]
    found = [_part(piece) for piece in pieces if piece.startswith(b"\r\n")]
    return [part for part in found if part is not None]


def _part(piece: bytes) -> Part | None:
    head, parted, content = piece[2:].partition(b"\r\n\r\n")
    if not parted:
        return None
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            field = _parameter(value, name, "name")
            filename = _parameter(value, name, "filename")
            return Part(name=field, content=content, filename=filename) if field else None
    return None


def _parameter(value: str, header: str, name: str) -> str | None:
    message = Message()
    message[header.strip()] = value.strip()
    found = message.get_param(name, header=header.strip())
    return found if isinstance(found, str) else None
