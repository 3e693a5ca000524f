"""Words in a request that ask the sandbox for an ending: `[sandbox:failed]`, in any of its texts.

Requests without a text, such as a separation of stems, may carry a mark in a field of any name:
MusicAPI's documents do not say that unknown fields are refused, and so the sandbox takes them.
"""

from __future__ import annotations

import enum
import re
from urllib.parse import unquote

_MARK = re.compile(r"\[sandbox:([a-z0-9_-]+)\]")


class Ending(enum.Enum):
    """How a task ends; the values are the marks that ask for it."""

    SOUND = ""
    FAILED = "failed"  # {"type": "failed"}; a studio task says FAILURE, and why
    TIMEOUT = "timeout"
    FORBIDDEN = "forbidden"
    API_ERROR = "api_error"
    BAD_REQUEST = "bad_request"
    GATEWAY = "504"  # the poll itself answers 504, each time
    ALL_FAILED = "all-failed"  # every clip says that it failed
    ONE_FAILED = "one-failed"  # the second clip does; it stays charged
    STATUS_FAILED = "status-failed"  # producer: status FAILED, in its own words

    @property
    def refunded(self) -> bool:
        """Whether the credits come back: only where nothing was made."""
        return self not in {Ending.SOUND, Ending.ONE_FAILED}


def marks(body: bytes) -> frozenset[str]:
    """The marks in a request's body, also in its percent-encoded addresses."""
    return frozenset(_MARK.findall(unquote(body.decode("utf-8", "replace"))))


def ending(found: frozenset[str]) -> Ending | None:
    """The ending that is asked for, if any is."""
    return next((one for one in Ending if one.value and one.value in found), None)
