"""JSON decoders by their type, each built once.

msgspec gathers what it knows of a struct when it first meets it, and two threads that meet it at
once have been seen to crash. So a type is built under a lock.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_MOST = 512
_lock = Lock()
_decoders: dict[object, msgspec.json.Decoder[Any]] = {}


def decoder(type: type[T]) -> msgspec.json.Decoder[T]:  # noqa: A002 - the word msgspec itself uses
    """The tolerant decoder of `type`."""
    try:
        found = _decoders.get(type)
    except TypeError:  # a type that cannot be hashed
        with _lock:
            return msgspec.json.Decoder(type, strict=False)
    if found is not None:
        return found
    with _lock:
        if len(_decoders) >= _MOST:  # types that were made at run time
            _decoders.clear()
        return _decoders.setdefault(type, msgspec.json.Decoder(type, strict=False))
