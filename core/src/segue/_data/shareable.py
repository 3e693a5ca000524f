"""The part of a value that may be sent to another process: no job token, no signed address, no
body.

A type that holds such things registers what of it may be shared: `@shareable.register`.
"""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def shareable(value: object) -> object:
    """The value, without what is secret."""
    return value
