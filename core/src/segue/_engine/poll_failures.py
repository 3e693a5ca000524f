"""Why looks at a job fail, in words for who waits for it. Pure."""

from __future__ import annotations

import re

import msgspec

from segue.errors import ConnectionLost, NotSent, RequestError, WaitTimeout
from segue.job import Snapshot, Status, Ticket, Trouble

_STATUS = re.compile(r"^(unexpected answer with )?status \d{3}: ")


class NotYet(RequestError):
    """The vendor does not know a job that was submitted just now; core's own, never let out."""


def trouble_of(error: RequestError, provider: str, *, times: int = 1) -> Trouble:
    """What a failed look says, apart from what to do about it."""
    return Trouble(
        what=_what(error, provider),
        reason=_STATUS.sub("", error.message),
        status=error.status,
        times=times,
    )


def in_words(trouble: Trouble | None) -> str:
    """The trouble as the journal has it: without when the next look comes."""
    return "" if trouble is None else str(msgspec.structs.replace(trouble, again=None))


def resuming(ticket: Ticket) -> str:
    """How a program goes on with the job."""
    return f"client.resume({ticket.job!r})" if ticket.job else "client.resume(error.ticket)"


def timed_out(
    ticket: Ticket,
    seconds: float,
    seen: Snapshot | None,
    trouble: Trouble | None,
    *,
    ran_out: bool = False,
) -> WaitTimeout:
    """The error for a wait whose time is up: how the job stood when it was last seen, and what
    has kept it from being seen since. `ran_out`: not the time is up, but the patience with that."""
    goes_on = seen is not None and trouble is None and not seen.missing
    standing = "it goes on and stays billed" if goes_on else "whether it goes on is not known"
    late = "could not be looked at for" if ran_out else "was not done after"
    longer = "; `patience` sets how long looks may fail" if ran_out else ""
    return WaitTimeout(
        f"job {ticket} {late} {seconds:g} s; {_last_seen(seen, trouble)}",
        ticket=ticket,
        snapshot=seen,
        trouble=trouble,
        advice=f"{standing}: resume it with {resuming(ticket)}{longer}",
    )


def _last_seen(seen: Snapshot | None, trouble: Trouble | None) -> str:
    if seen is None:
        stands = "no look at it succeeded"
    else:
        word = f" ({seen.word})" if seen.status is Status.UNKNOWN and seen.word else ""
        more = "".join(f", {said}" for said in (seen.missing, *seen.notes) if said)
        stands = f"it was {seen.status.value}{word} when last seen{more}"
    return f"{stands}; {in_words(trouble)}" if trouble else stands


def _what(error: RequestError, provider: str) -> str:
    if isinstance(error, NotYet):
        return f"{provider} does not know the job yet"
    if error.status is not None:
        return f"{provider} answered {error.status}"
    if isinstance(error, NotSent):
        return f"no connection to {provider}"
    if isinstance(error, ConnectionLost):
        return f"no answer from {provider}"
    return f"no look at {provider} succeeded"
