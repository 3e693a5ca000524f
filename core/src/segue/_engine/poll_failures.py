"""Messages for failed polls of a job. Pure."""

from __future__ import annotations

import re

import msgspec

from segue.errors import ConnectionLost, NotSent, RequestError, WaitTimeout
from segue.job import Snapshot, Status, Ticket, Trouble

_STATUS = re.compile(r"^(unexpected response with )?status \d{3}: ")


class NotYet(RequestError):
    """The vendor does not know a job that was submitted just now; internal, never raised to the
    user."""


def trouble_of(error: RequestError, provider: str, *, times: int = 1) -> Trouble:
    """The description of a failed poll, without advice."""
    return Trouble(
        what=_what(error, provider),
        reason=_STATUS.sub("", error.message),
        status=error.status,
        times=times,
    )


def in_words(trouble: Trouble | None) -> str:
    """The trouble as text for the journal: without the time of the next poll."""
    return "" if trouble is None else str(msgspec.structs.replace(trouble, again=None))


def resuming(ticket: Ticket) -> str:
    """The call that resumes the job."""
    return f"client.resume({ticket.job!r})" if ticket.job else "client.resume(error.ticket)"


def timed_out(
    ticket: Ticket,
    seconds: float,
    seen: Snapshot | None,
    trouble: Trouble | None,
    *,
    ran_out: bool = False,
) -> WaitTimeout:
    """The error for a wait that timed out: the job's last status, and why it could not be polled
    since. `ran_out` means that `patience` ended it, and not `timeout`."""
    goes_on = seen is not None and trouble is None and not seen.missing
    state = "it goes on and stays billed" if goes_on else "whether it goes on is not known"
    late = "could not be polled for" if ran_out else "was not done after"
    longer = "; `patience` sets how long polls may fail" if ran_out else ""
    return WaitTimeout(
        f"job {ticket} {late} {seconds:g} s; {_last_seen(seen, trouble)}",
        ticket=ticket,
        snapshot=seen,
        trouble=trouble,
        advice=f"{state}: resume it with {resuming(ticket)}{longer}",
    )


def _last_seen(seen: Snapshot | None, trouble: Trouble | None) -> str:
    if seen is None:
        stands = "no poll of it succeeded"
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
        return f"no response from {provider}"
    return f"no poll of {provider} succeeded"
