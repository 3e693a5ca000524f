"""What a vendor is to the sandbox: a state machine that answers requests, and never a clock.

`answer` decides, at once. Audio is made afterwards: `made` fills it into the reply, and may be
called in another thread, because it touches nothing of the vendor's state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from segue.flow import Reply
from segue.testing.hush_vendor import Request

JSON = "application/json"


class Vendor(Protocol):
    """A vendor as a state machine. `now` is in vendor seconds since its start, and only grows."""

    name: str
    prefix: str
    """Where its addresses begin, such as `/venice/api/v1`."""

    def answer(self, request: Request, now: float) -> Reply:
        """Answer a request; the reply may be a `Sounding` one."""
        ...

    def handle(self, request: Request, now: float) -> Reply:
        """Answer a request whole: `made(answer(…))`."""
        ...

    def refusal(self, status: int) -> Reply:
        """The body this vendor sends with an error status, for faults that name none."""
        ...

    def ledger(self, now: float) -> Mapping[str, object]:
        """What each account was charged for, as JSON data."""
        ...


class Sounding(Reply, frozen=True, kw_only=True):
    """A reply whose body is audio that is still to be made."""

    make: Callable[[], bytes]


def made(reply: Reply) -> Reply:
    """The reply with its audio in it."""
    if not isinstance(reply, Sounding):
        return reply
    return Reply(status=reply.status, headers=reply.headers, body=reply.make())


def with_headers(reply: Reply, headers: Mapping[str, str]) -> Reply:
    """The same reply with more headers; its own win."""
    return msgspec.structs.replace(reply, headers={**headers, **reply.headers})


def json_reply(status: int, body: object, **headers: str) -> Reply:
    """A JSON answer. Underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status,
        headers={"content-type": JSON, **named},
        body=msgspec.json.encode(body),
    )


class Refused(Exception):
    """Raised in a vendor's rooms to answer at once; `reply` is what the client gets."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"answered {reply.status}")
        self.reply = reply
