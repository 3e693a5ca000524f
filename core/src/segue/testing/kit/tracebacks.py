"""Which of the kit's frames pytest shows: those of a skip, and none of a failure, which is told
in words (`pytest --full-trace` shows them all)."""

from __future__ import annotations

import pytest


def hidden(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """What each of the kit's modules has for `__tracebackhide__`. pytest tells of a skip where
    its last visible frame is: this way in the kit's own line, and not in one of pytest's."""
    return excinfo is None or not isinstance(excinfo.value, pytest.skip.Exception)
