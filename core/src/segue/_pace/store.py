"""The pace of accounts, held for all who use them: an interface, so that a store may hold it for
the processes of one machine (`_journal/permits.py`), or a server's for many machines.

An account is named by its fingerprint, which tells no key. No clock is passed: a store goes by
its own, and what has happened is reported with the seconds that it is ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from segue.provider import Limits

Kind: TypeAlias = Literal["submit", "poll", "fetch"]
"""What a job may want its turn for; a fetch is a download that the vendor counts as a poll."""

What: TypeAlias = Literal["answered", "unused", "broken off", "left", "failed", "paused"]
"""What may be reported: a request was answered; a permit was not used; a request is not waited for
any more; a job has ended, or is not waited for; the vendor refused a request; it wants a pause."""


class PermitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is requested: `kind` of a turn for `job`, within the `limits` of `account`.

    `owner` is the process, as `segue._process.owner.new_owner` names it: what a dead one holds
    expires.
    """

    account: str
    kind: Kind
    job: str
    owner: str
    limits: Limits


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: with `wait` 0 the permit is taken, else it may be requested again after so many
    seconds. `pause` is for how many the whole account is paused; `alone` that nobody else is seen
    to use it, so that what lets others go on may be reported a little later."""

    wait: float = 0.0
    pause: float = 0.0
    alone: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened, `ago` seconds before it is reported; a pause is of `seconds`."""

    what: What
    account: str
    owner: str
    job: str = ""
    kind: Kind = "submit"
    ago: float = 0.0
    seconds: float = 0.0


class Part(Protocol):
    """One account's part in a store: what a gate knows of it."""

    def permit(self, kind: Kind, job: str) -> Turn:
        """A permit, or how long to wait for one. May block."""
        ...

    def heard(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        """Something happened that others have to know. Never blocks."""
        ...


@runtime_checkable
class Pace(Protocol):
    """A store of permits. It is called from any thread, and by several processes at once; each
    call happens wholly or not at all, and raises `JournalError` when the store cannot be used.

    A `Journal` that has these methods holds the pace of its clients, too.
    """

    def permit(self, wanted: PermitRequest, notices: Sequence[Notice] = ()) -> Turn:
        """Take note of `notices`, then take a permit if there is one."""
        ...

    def note(self, notices: Sequence[Notice]) -> None:
        """Take note of what has happened."""
        ...
