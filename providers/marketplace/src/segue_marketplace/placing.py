"""How a job is being placed with a seller, as notes for the user. Pure.

An accepted job has no seller yet: that comes later, or never. The fields for it are not
documented; they were seen on live jobs (2026-09-14), and may be missing.
"""

from __future__ import annotations

from segue.job import Status
from segue_marketplace import wire


def placing(job: wire.Job, status: Status) -> tuple[str, ...]:
    """`looking for a seller, attempt 2`: a note, or none if nothing is reported."""
    seller, word = seller_of(job), wire.known(job.marketplace_status)
    attempts = wire.count(job.marketplace_attempts)
    parts = [f"attempt {attempts}"] if attempts else []
    if seller is not None:
        parts.insert(0, f"a seller has it: {seller}")
    elif status is Status.QUEUED:
        parts.insert(0, "looking for a seller")
    sentence = ", ".join([*parts, *([f"the marketplace says {word!r}"] if word else [])])
    return (sentence,) if sentence else ()


def attempts_text(job: wire.Job) -> str:
    """` after 2 attempts`, or empty if not reported."""
    attempts = wire.count(job.marketplace_attempts)
    if not attempts:
        return ""
    return f" after {attempts} attempt{'s' if attempts > 1 else ''}"


def seller_of(job: wire.Job) -> str | None:
    """Who makes it: the host that serves it, else the family of providers it is of."""
    return wire.known(job.served_by) or wire.known(job.provider_family)
