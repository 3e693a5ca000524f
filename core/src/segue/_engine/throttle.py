"""Rate limiting of a provider's calls, and of downloads that the vendor counts.

`_pace/rate_limit.py` has the limits, and `_pace/retry_policy.py` reads refusals; here a flow waits
for its permit and reports the outcome. This is the one owner of 429s. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import msgspec

from segue._effects.held_response import coming_of
from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._pace import retry_policy as policy
from segue._pace.turns import refuse_long_pause
from segue.errors import DownloadError, NotSent
from segue.flow import Call, Flow, Now, Permit, Reply, Save, now, permit, save, sleep
from segue.job import Saved

_FIRST = 3600.0
"""Seconds by which a download counts as overdue, so that it goes first."""


def paced_call(
    call: Call,
    backend: Backend,
    *,
    fetching: str | None = None,
    fence: Fence | None = None,
    waits: float = 0.0,
) -> Flow[Reply]:
    """Send a call when the account is not paused, and retry it after a pause that it caused.

    A spending call has its permit: it is sent right after its intent was recorded. `fetching` is
    the job whose download it is for: then one that `polls` waits for a permit. `fence` is the job's
    lease, which is checked before each attempt. `waits` is for how many seconds a spending call is
    retried after uncharged refusals.
    """
    attempt, doubt, until = 0, False, None
    counted = fetching if call.polls else None
    while True:
        if counted is not None:
            yield from _turn_to_fetch(backend, counted)
        elif attempt or not call.spends:
            yield from pause_over(backend, waits)
        with _counted(backend, counted):
            if fence is not None:
                yield from fence.check(strictly=call.spends)
            reply = yield from _sent(call, doubt)
        doubt = reply.doubtful
        if counted is not None:
            yield from _fetched(backend, counted)
        if reply.status < 400:
            return reply
        attempt += 1
        clock = yield from now()
        until = clock.monotonic + waits if until is None else until
        seconds = _reported(backend, reply, clock, attempt)
        if seconds is None or not policy.after_pause(
            call, reply, seconds, attempt, left=until - clock.monotonic
        ):
            return reply


def _sent(call: Call, doubt: bool) -> Flow[Reply]:
    """Send a call; `doubt` says that an earlier attempt of it may have been accepted."""
    try:
        reply = cast("Reply", (yield call))
    except NotSent as error:
        if not doubt:
            raise
        raise policy.doubted(error) from error
    return msgspec.structs.replace(reply, doubtful=True) if doubt else reply


def paced_save(
    effect: Save, backend: Backend, *, job: str = "", fence: Fence | None = None
) -> Flow[Saved]:
    """Save an asset, within the account's rate limits where its own server sends it.

    An open response is that of a poll, which had its permit.
    """
    if fence is not None:
        yield from fence.check()
    source, account = effect.asset.source, backend.account
    if not isinstance(source, Call) or not account.owns(account.absolute(source.url)):
        return (yield from save(effect))
    attempt = 0
    while True:
        coming = coming_of(effect)
        if coming is None or not coming.open:
            yield from _turn_to_fetch(backend, job) if source.polls else pause_over(backend)
        try:
            with _counted(backend, job):
                saved = yield from save(effect)
        except DownloadError as error:
            attempt += 1
            clock = yield from _fetched(backend, job)
            if error.status is None:
                raise
            seconds = _reported(backend, error, clock, attempt)
            if seconds is None or not policy.after_pause(source, error, seconds, attempt):
                raise
        else:
            yield from _fetched(backend, job)
            return saved


@contextmanager
def _counted(backend: Backend, job: str | None) -> Iterator[None]:
    """Settle the permit of a download that ends without a response: release it where nothing was
    sent, else record that it is no longer in flight."""
    try:
        yield
    except DownloadError:
        raise  # that is a response
    except NotSent:
        backend.gate.unused("fetch", job or "")
        raise
    except BaseException:
        backend.gate.broken_off("fetch", job or "")
        raise


def _fetched(backend: Backend, job: str) -> Flow[Now]:
    """Report to the gate that a download has its response."""
    clock = yield from now()
    backend.gate.answered("fetch", job, clock.monotonic)
    return clock


def _reported(backend: Backend, reply: policy.Answer, clock: Now, attempt: int) -> float | None:
    """Report a refusal to the gate; returns the seconds for which the whole account is paused, if
    any."""
    seconds = policy.pause(reply, clock.utc, attempt)
    if seconds is not None:
        backend.gate.pause(seconds, clock.monotonic)
    elif 400 <= (reply.status or 0) < 500:
        backend.gate.failed(clock.monotonic)
    return seconds


def _turn_to_fetch(backend: Backend, job: str) -> Flow[None]:
    """Wait for the permit of a download that counts as a poll. It goes before waiting polls, whose
    jobs may not be done yet."""
    clock = yield from now()
    due = clock.monotonic - _FIRST
    effect = Permit(turns=backend.gate, kind="fetch", job=job, due=due, patience=policy.PATIENCE)
    with _counted(backend, job):
        yield from permit(effect)


def pause_over(backend: Backend, patience: float = 0.0) -> Flow[None]:
    """Wait until the account is not paused; raise `RateLimited` when that takes too long."""
    clock = yield from now()
    while (wait := backend.gate.paused(clock.monotonic)) > 0:
        refuse_long_pause(wait, patience)
        clock = yield from sleep(wait)
