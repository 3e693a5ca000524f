"""Failover: the next backend of a list is tried only when nothing was charged. Pure.

An unknown outcome stops it, and so does a job that exists: unless it failed, and its vendor
documents that such a failure costs nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from segue._data.backend_key import BackendKey
from segue._engine.backend import Backend
from segue._engine.order_key import next_name
from segue._engine.submit import Order
from segue._pace import retry_policy as policy
from segue.errors import JobFailed, NoBackendLeft, PluginError, Refused, RequestError, SegueError
from segue.flow import Flow

logger = logging.getLogger("segue")

T = TypeVar("T")


def first_that_can(
    keys: Sequence[BackendKey],
    found: Callable[[BackendKey], Flow[Backend]],
    order: Order,
    use: Callable[[Backend, Order], Flow[T]],
) -> Flow[T]:
    """Try one backend after the other until one succeeds.

    Each attempt is a job of its own in the journal, and all share a `parent`. Raises the error of a
    single backend unchanged, and `NoBackendLeft` for several.
    """
    failures: list[tuple[str, SegueError]] = []
    for number, key in enumerate(keys):
        try:
            backend = yield from found(key)
            return (yield from use(backend, _attempt(order, number, len(keys))))
        except SegueError as error:
            if len(keys) == 1 or not uncharged(error):
                raise
            order = after(order, error)
            failures.append((str(key), error))
            logger.warning("%s failed: %s", key, error.message)
    raise NoBackendLeft(failures) from failures[-1][1]


def uncharged(error: SegueError) -> bool:
    """Whether an attempt that ended in `error` has certainly cost nothing."""
    if isinstance(error, JobFailed):
        failure = error.snapshot.error if error.snapshot else None
        return failure is not None and failure.charged is False
    return error.ticket is None and isinstance(error, Refused | RequestError | PluginError)


def after(order: Order, error: SegueError) -> Order:
    """The order for the next attempt, after a job of it failed and cost nothing. With an order key
    it gets another name, unless it was refused."""
    if order.order_key is None or error.ticket is None:
        return order
    job = error.ticket.job
    return msgspec.structs.replace(order, job=next_name(job), parent=job)


def _attempt(order: Order, number: int, of: int) -> Order:
    """The order under a name and an idempotency key of its own, the same in every run."""
    if number < of - 1:  # where another backend may take over, waits are short
        order = msgspec.structs.replace(order, patience=min(order.patience, policy.PATIENCE))
    if of == 1:
        return order
    if order.order_key is not None:
        return msgspec.structs.replace(order, key=f"{order.key}-{number}")
    if number == 0:
        return msgspec.structs.replace(order, parent=order.job)
    name = hashlib.sha256(f"{order.job}/{number}".encode()).hexdigest()
    return msgspec.structs.replace(
        order, job=name[:10], key=f"{order.key}-{number}", parent=order.job
    )
