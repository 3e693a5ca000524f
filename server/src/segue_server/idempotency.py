"""`Idempotency-Key`: the same key and body is the same job. Pure, but for what is under way.

The name of a request is made of the caller and the key, and labels its job in the journal; so a
repeat finds the job after a restart, too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from segue_server.errors import ApiError, invalid, refused

LONGEST = 255


def request_id(caller: str, key: str | None) -> str:
    """The name of a request; one without a key has a name of its own."""
    return secrets.token_hex(16) if key is None else _hashed(f"{caller}\n{key}")


def fingerprint(body: bytes) -> str:
    """What two bodies are compared by."""
    return sha256(body).hexdigest()


def given_key(header: str | None) -> str | None:
    """The key, bare or quoted as a structured field; raises `ApiError` for one that is none."""
    if header is None:
        return None
    quoted = len(header) >= 2 and header[0] == header[-1] == '"'
    key = header[1:-1] if quoted else header
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise invalid(
            f"Idempotency-Key has 1 to {LONGEST} printable ASCII characters",
            code="invalid_idempotency_key",
            param="Idempotency-Key",
        )
    return key


class Flying:
    """The requests whose jobs are not in the journal yet."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}

    @contextmanager
    def one(self, request: str, body: str) -> Iterator[None]:
        """Submit a request; raises `ApiError` while another with its key is being submitted."""
        other = self._bodies.get(request)
        if other is not None:
            same_body(other, body)
            raise refused(
                409, "idempotency_in_progress", "the first request with this key is still being"
                " submitted; send this one again in a second", retry_after="1",
            )  # fmt: skip
        self._bodies[request] = body
        try:
            yield
        finally:
            del self._bodies[request]


def same_body(first: str | None, body: str) -> None:
    """Raise `ApiError` (422) unless the bodies of two requests with one key are the same."""
    if first is not None and first != body:
        raise _reused()


def _reused() -> ApiError:
    return refused(
        422, "idempotency_key_reused", "this Idempotency-Key was used with another body; nothing"
        " was sent and nothing was spent",
    )  # fmt: skip


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
