"""Whatever is done in whatever order: a job is paid once, when it succeeded, and never else."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as some

from .conftest import Counter

MARKS = ["", "[sandbox:no-seller]", "[sandbox:seller-fails]", "[sandbox:second-seller]",
         "[sandbox:late]", "[sandbox:nobody]", "[sandbox:unstoppable]"]  # fmt: skip
ORDER = {"queued": 0, "running": 1}

deeds = some.lists(
    some.tuples(
        some.sampled_from(["submit", "poll", "cancel", "again"]),
        some.integers(0, 5),
        some.sampled_from([0, 1, 5, 20, 400]),
        some.sampled_from(MARKS),
    ),
    max_size=30,
)


class Shop:
    """A buyer who does as told, and looks at every answer."""

    def __init__(self, forms):
        self.ask, self.now, self.jobs, self.seen = Counter(forms), 0.0, [], {}

    def do(self, deed, which, later, mark):
        self.now += later
        if deed == "submit" or not self.jobs:
            key = {"idempotency-key": f"k{len(self.jobs)}"}
            job = self.ask.submit(mark, now=self.now, headers=key)
            self.jobs.append((job, mark, key))
            return
        job, mark, key = self.jobs[which % len(self.jobs)]
        if deed == "again":
            assert self.ask.submit(mark, now=self.now, headers=key) == job
        elif deed == "cancel":
            self.look(self.ask.cancel(job, self.now)[1])
        else:
            self.look(self.ask.poll(job, self.now))

    def look(self, told):
        """A job goes from queued to running to an end, and stays there."""
        before, status = self.seen.get(told["id"], "queued"), told["status"]
        if before in ORDER:
            assert ORDER.get(status, 2) >= ORDER[before]
        else:
            assert status == before
        self.seen[told["id"]] = status

    def end(self):
        """What each job came to, and what was paid for it."""
        self.now += 2000
        (account,) = self.ask.vendor.ledger(self.now).values()
        lines = {line["id"]: line for line in account["jobs"]}
        assert list(lines) == [job["id"] for job, *_ in self.jobs]
        for job, *_ in self.jobs:
            self.look(self.ask.poll(job, self.now))
            most, charged = (Decimal(job["max_cost_usdc"]), Decimal(lines[job["id"]]["charged"]))
            assert (charged > 0) == (self.seen[job["id"]] == "succeeded")
            assert charged * 1_000_000 <= most
        return Decimal(account["charged"])


@settings(max_examples=60)
@given(deeds=deeds, forms=some.sampled_from(["live", "documented"]))
def test_a_job_is_paid_once_and_only_if_it_succeeded(deeds, forms):
    shop = Shop(forms)
    for deed in [("submit", 0, 0, ""), *deeds]:
        shop.do(*deed)
    paid = shop.end()
    purse = json.loads(shop.ask("GET", "/v1/buyer/me", now=shop.now).text)
    assert int(purse["balance_usdc"]) == 100_000_000 - paid * 1_000_000
    (buyer,) = shop.ask.vendor._session.buyers.values()
    assert buyer.held == 0
