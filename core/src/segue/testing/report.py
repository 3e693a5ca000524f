"""What a simulation reports: the vendor's ledger compared with the journal."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec

from segue.journal import State
from segue.testing.hush_vendor import HushVendor
from segue.testing.memory_journal import MemoryJournal


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a run; times in virtual seconds.

    `lost` were charged and are neither delivered nor known to be in doubt; `doubtful` are those
    whose submission outcome is unknown, charged or not; `given_up` are unfinished after `TRIES`
    resumptions, and still in the journal.
    """

    asked: int
    charged: int
    delivered: int
    doubtful: int
    lost: int
    double_charged: int
    given_up: int
    crashes: int
    refused_429: int
    requests: int
    polls_per_job: float
    mean_delay: float
    p95_delay: float
    seconds: float


def compared(
    vendor: HushVendor,
    journal: MemoryJournal,
    *,
    jobs: int,
    noticed: Mapping[str, float],
    given_up: AbstractSet[str],
    crashes: int,
    seconds: float,
) -> Report:
    """The report of a run of so many jobs; `noticed` is when each was delivered."""
    entries = {entry.job: entry for entry in journal.entries(states=tuple(State))}
    delivered = {j for j, e in entries.items() if e.state is State.DELIVERED}
    doubtful = {j for j, e in entries.items() if e.ticket is None and e.state is not State.REFUSED}
    charged = {f"{int(order.split()[1]):08x}" for order, count in vendor.charges.items() if count}
    delays = sorted(noticed[job] - vendor.done_at[f"silence {int(job, 16)}"] for job in delivered)
    requests = vendor.requests
    return Report(
        asked=jobs,
        charged=len(charged),
        delivered=len(delivered),
        doubtful=len(doubtful),
        lost=len(charged - delivered - doubtful - given_up),
        double_charged=sum(count > 1 for count in vendor.charges.values()),
        given_up=len(given_up),
        crashes=crashes,
        refused_429=requests["429"],
        requests=requests.total() - requests["429"],
        polls_per_job=requests["poll"] / max(jobs, 1),
        mean_delay=sum(delays) / max(len(delays), 1),
        p95_delay=delays[int(len(delays) * 0.95)] if delays else 0.0,
        seconds=seconds,
    )
