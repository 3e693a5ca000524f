"""Redact the logs of the HTTP libraries during our requests.

httpx logs whole addresses at INFO, and httpcore and hpack whole headers at DEBUG: signed addresses
and keys. During a request of ours, a filter on their loggers redacts the records of that context;
those of other requests are unchanged. Where these logs are off, nothing is done; and the filter is
removed when no request of ours is in flight.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from segue._data.redaction import redacted

_NAMES = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *(f"hpack.{part}" for part in ("hpack", "table")),
    *(f"aiohttp.{part}" for part in ("client", "internal")),
)
_ours: ContextVar[bool] = ContextVar("segue_request", default=False)
_lock = Lock()
_under_way = 0


class _Hiding(logging.Filter):
    """Passes every record, and redacts those of our requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _ours.get():
            record.msg, record.args = redacted(record.getMessage()), ()
        return True


_hiding = _Hiding()


@contextmanager
def quiet() -> Iterator[None]:
    """Redact the log records of requests in the block."""
    loggers = [logging.getLogger(name) for name in _NAMES]
    if not any(logger.isEnabledFor(logging.INFO) for logger in loggers):
        yield
        return
    _count(1, loggers)
    before = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(before)
        _count(-1, loggers)


def _count(change: int, loggers: list[logging.Logger]) -> None:
    global _under_way  # noqa: PLW0603 - how many requests there are, in the whole process
    with _lock:
        _under_way += change
        for logger in loggers:
            if _under_way:
                logger.addFilter(_hiding)  # a second time does nothing
            else:
                logger.removeFilter(_hiding)
