"""Who asks: a client with a key, or somebody on this machine; and which jobs are theirs."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime
from functools import partial

import anyio.to_thread
import msgspec
from starlette.requests import Request

from segue.events import Budget
from segue.journal import Entry
from segue.money import Money
from segue_server import tokens
from segue_server.envelope import KEY
from segue_server.errors import ApiError, not_found, refused
from segue_server.store import PREFIX, ClientKey, Store

LOCAL = "local"
"""The name of whoever comes in without a key, on loopback."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever sent a request: a key, or None for somebody on this machine."""

    key: ClientKey | None = None

    @property
    def id(self) -> str:
        """The name under which jobs of the caller are labelled."""
        return self.key.id if self.key else LOCAL

    @property
    def labels(self) -> dict[str, str]:
        """The labels that a job must have to be the caller's: none for somebody on this machine,
        who sees all jobs of the journal."""
        return {KEY: self.key.id} if self.key else {}

    def owns(self, entry: Entry) -> bool:
        """Whether the caller may see a job."""
        return self.labels.items() <= entry.labels.items()


class Access:
    """Reads the caller from a request. `open` lets in who has no key."""

    def __init__(self, store: Store, secret: bytes, *, is_open: bool) -> None:
        self._store, self._secret, self._open = store, secret, is_open
        self._submitted: dict[str, deque[float]] = {}

    async def caller(self, request: Request) -> Caller:
        """The caller; raises `ApiError` (401) without a valid key where one is needed.

        Where no key is needed, one of another kind is ignored: a client made for the marketplace
        sends the marketplace's.
        """
        given = _bearer(request)
        if given is not None and (given.startswith(PREFIX) or not self._open):
            key = await anyio.to_thread.run_sync(partial(self._store.key, given))
            if key is None:
                raise _unauthorized("invalid_api_key", "the key is unknown, or was revoked")
            return Caller(key=key)
        if not self._open:
            raise _unauthorized("missing_api_key", "send a key: Authorization: Bearer sgk_…")
        return Caller()

    async def reader(self, request: Request, job: str) -> Caller | None:
        """Whoever may read one job: None for who has its token, else the caller."""
        token = request.headers.get("x-job-token")
        if token is None or (_bearer(request) or "").startswith(PREFIX):
            return await self.caller(request)
        if not tokens.is_job_token(self._secret, job, token):
            raise _unauthorized("invalid_job_token", "the token is not that of this job")
        return None

    def count_submission(self, caller: Caller) -> None:
        """Count a job against the key's limit per minute; raises `ApiError` (429) beyond it."""
        most = caller.key.per_minute if caller.key else None
        if most is None:
            return
        now, times = time.monotonic(), self._submitted.setdefault(caller.id, deque())
        while times and now - times[0] >= 60:
            times.popleft()
        if len(times) >= most:
            wait = max(1, round(60 - (now - times[0])))
            raise refused(
                429, "rate_limit_exceeded", f"this key may submit {most} jobs a minute; try again"
                f" in {wait} s", retry_after=str(wait),
            )  # fmt: skip
        times.append(now)


def allowed_backends(caller: Caller, backends: tuple[str, ...]) -> None:
    """Raise `ApiError` (403) for a backend that the key may not use. A provider allows all of its
    models."""
    own = caller.key.backends if caller.key else ()
    for name in backends:
        provider = name.partition("/")[0].partition("@")[0]
        if own and name not in own and provider not in own:
            raise refused(
                403, "backend_not_allowed", f"this key may not use {name}; it may use"
                f" {', '.join(own)}",
            )  # fmt: skip


def budgets(caller: Caller) -> tuple[Budget, ...]:
    """What the jobs of the caller's key may cost together since midnight UTC. The journal compares
    it in the transaction that records the job, so requests at the same moment cannot exceed it."""
    if caller.key is None or caller.key.per_day is None:
        return ()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    limit = Money.parse(caller.key.per_day)
    return (Budget(limit=limit, since=midnight, labels=caller.labels),)


def owned(caller: Caller | None, entry: Entry) -> Entry:
    """The job, if the caller may see it; else it does not exist (404)."""
    if caller is not None and not caller.owns(entry):
        raise not_found("job")
    return entry


def _bearer(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() or None if scheme.lower() == "bearer" else None


def _unauthorized(code: str, message: str) -> ApiError:
    return refused(401, code, message, www_authenticate="Bearer")
