"""How a job is being placed with a seller, in sentences for who waits for it. Pure.

That a job was taken does not mean that a seller has it: that comes later, or never. The fields
that tell of it are not documented; they were seen on live jobs (2026-09-14), and may be missing.
"""

from __future__ import annotations

from segue.job import Status
from segue_marketplace import wire


def placing(job: wire.Job, status: Status) -> tuple[str, ...]:
    """`looking for a seller, attempt 2`: a sentence, or none where nothing is told."""
    seller, word = seller_of(job), wire.known(job.marketplace_status)
    attempts = wire.count(job.marketplace_attempts)
    told = [f"attempt {attempts}"] if attempts else []
    if seller is not None:
        told.insert(0, f"a seller has it: {seller}")
    elif status is Status.QUEUED:
        told.insert(0, "looking for a seller")
    sentence = ", ".join([*told, *([f"the marketplace says {word!r}"] if word else [])])
    return (sentence,) if sentence else ()


def tries(job: wire.Job) -> str:
    """` after 2 attempts`, or nothing where it is not told."""
    attempts = wire.count(job.marketplace_attempts)
    if not attempts:
        return ""
    return f" after {attempts} attempt{'s' if attempts > 1 else ''}"


def seller_of(job: wire.Job) -> str | None:
    """Who makes it: the host that serves it, else the family of providers it is of."""
    return wire.known(job.served_by) or wire.known(job.provider_family)
