"""What a client is told of an order that is refused, and of a job that fails."""

from __future__ import annotations

from segue_sandbox.clock import Dial
from segue_sandbox.vendor import Refused
from segue_sandbox.venice import errors
from segue_sandbox.venice.fate import UNSUGGESTED, Outcome
from segue_sandbox.venice.jobs import Job

_OVERLOADED = 30.0  # vendor seconds: the Retry-After that is documented as the usual one


def at_the_queue(outcome: Outcome, prompt: str, dial: Dial) -> Refused | None:
    """Why the queue refuses an order, if it does; nothing is charged then."""
    match outcome:
        case Outcome.REFUSED:
            return errors.violation(_suggestion(prompt))
        case Outcome.OVERLOADED:
            return errors.overloaded(dial.seconds(_OVERLOADED))
        case Outcome.FULL:
            return errors.refused(503)
        case Outcome.BROKEN:
            return errors.refused(500)
        case _:
            return None


def of_a_failure(job: Job) -> Refused:
    """What retrieve says of a job that failed, each time; that it is repeated is not documented."""
    match job.outcome:
        case Outcome.VIOLATION:
            return errors.violation(_suggestion(job.work.prompt))
        case Outcome.UPSTREAM:
            return errors.unexplained(job.id)
        case Outcome.CAPACITY:
            return errors.refused(503)
        case Outcome.FAILED:
            return errors.refused(500)
        case _:
            return errors.provider(job.id)


def _suggestion(prompt: str) -> str | None:
    return None if UNSUGGESTED in prompt else errors.SUGGESTION
