"""What is derived from the server's secret, and so needs no place to be stored: the token of a
job, and the signature of an artifact's address. Pure."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

VALID = 900
"""Seconds for which the address of an artifact is valid, as the marketplace's are."""


def job_token(secret: bytes, job: str) -> str:
    """The token that gives access to this job only."""
    return "mjt_" + _mac(secret, "job", job)


def is_job_token(secret: bytes, job: str, token: str) -> bool:
    """Whether it is the token of that job."""
    return hmac.compare_digest(job_token(secret, job).encode(), token.encode())


def signature(secret: bytes, job: str, index: int, expires: int) -> str:
    """The signature of an artifact's address that is valid until `expires`, in Unix seconds."""
    return _mac(secret, "artifact", job, str(index), str(expires))


def is_signature(secret: bytes, job: str, index: int, expires: int, given: str) -> bool:
    """Whether the signature is that of the address; when it expires is for the caller to see."""
    return hmac.compare_digest(signature(secret, job, index, expires).encode(), given.encode())


def _mac(secret: bytes, *parts: str) -> str:
    digest = hmac.new(secret, "\n".join(parts).encode(), sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
