"""The logs of the HTTP libraries, for as long as a request of ours is under way.

httpx logs whole addresses at INFO, and httpcore and hpack whole headers at DEBUG: signed addresses
and keys. While a request of ours is sent, a filter on their loggers hides what is secret in what
is logged in that very context; requests of others are logged as they are. Where these logs are
off, nothing is done; and no filter stays when no request of ours is under way.
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
    """Lets every record through, those of our requests without what is secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _ours.get():
            record.msg, record.args = redacted(record.getMessage()), ()
        return True


_hiding = _Hiding()


@contextmanager
def quiet() -> Iterator[None]:
    """Hide secrets in what is logged of the request that is sent meanwhile."""
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
