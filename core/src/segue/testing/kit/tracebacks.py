"""Which of the kit's frames pytest shows: those of a skip, and none of a failure, whose message is
enough (`pytest --full-trace` shows them all)."""

from __future__ import annotations

import pytest


def hidden(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """The `__tracebackhide__` of the kit's modules. pytest reports a skip at its last visible
    frame: this way a line of the kit's, and not one of pytest's."""
    return excinfo is None or not isinstance(excinfo.value, pytest.skip.Exception)
