"""The interface of a store of permits, which shares an account's rate limits among the processes of
one machine (`_journal/permits.py`), or of many.

An account is named by its fingerprint, which does not reveal the key. No clock is passed: a store
uses its own, and events are reported with their age in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from segue.provider import Limits

Kind: TypeAlias = Literal["submit", "poll", "fetch"]
"""The kinds of permits; a fetch is a download that the vendor counts as a poll."""

What: TypeAlias = Literal["answered", "unused", "broken off", "left", "failed", "paused"]
"""The kinds of notices: a request has its response; a permit was not used; a request was abandoned;
a job has ended, or is not waited for; the vendor refused a request; it requested a pause."""


class PermitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a permit of `kind` for `job`, within the `limits` of `account`.

    `owner` is the process, as named by `segue._process.owner.new_owner`: the permits of a dead one
    expire.
    """

    account: str
    kind: Kind
    job: str
    owner: str
    limits: Limits


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The result: with `wait` 0 the permit is acquired, else it may be requested again after so
    many seconds. `pause` is for how many the whole account is paused; `alone` that no other process
    uses it, so that releases may be reported a little later."""

    wait: float = 0.0
    pause: float = 0.0
    alone: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """An event, `ago` seconds before it is reported; a pause is of `seconds`."""

    what: What
    account: str
    owner: str
    job: str = ""
    kind: Kind = "submit"
    ago: float = 0.0
    seconds: float = 0.0


class Part(Protocol):
    """One account's part in a store, as a gate uses it."""

    def permit(self, kind: Kind, job: str) -> Turn:
        """Acquire a permit, or return how long to wait for one. May block."""
        ...

    def heard(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        """Report an event to other processes. Never blocks."""
        ...


@runtime_checkable
class Pace(Protocol):
    """A store of permits. It is called from any thread, and by several processes at once; each call
    is atomic, and raises `JournalError` when the store cannot be used.

    A `Journal` with these methods also shares the rate limits of its clients.
    """

    def permit(self, wanted: PermitRequest, notices: Sequence[Notice] = ()) -> Turn:
        """Record `notices`, then acquire a permit if one is free."""
        ...

    def note(self, notices: Sequence[Notice]) -> None:
        """Record `notices`."""
        ...
