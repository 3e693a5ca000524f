"""Budgets of one call: what jobs with some labels may cost together."""

from datetime import UTC, datetime

import msgspec
import pytest

import segue
from segue.errors import ConfigError, SpendingRefused
from segue.events import Budget
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served

MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def budget(amount, **labels):
    return Budget(limit=segue.Money.parse(amount), since=MIDNIGHT, labels=labels)


@pytest.fixture
def client(face, tmp_path, monkeypatch):
    with served(HushVendor(price="0.10")) as address:
        monkeypatch.setenv("SEGUE_HUSH_BASE_URL", address)
        yield face.client(Hush(), journal=tmp_path / "journal.sqlite3")


def test_a_budget_counts_the_jobs_with_its_labels(face, client):
    for user in ("ada", "bob"):
        limits = [budget("0.10 USD", user=user)]
        face.do(client.submit, "hush", labels={"user": user}, budgets=limits)
        with pytest.raises(SpendingRefused) as caught:
            face.do(client.submit, "hush", labels={"user": user}, budgets=limits)
        assert (str(caught.value.needed), str(caught.value.spent)) == ("0.10 USD", "0.10 USD")
    assert len(face.do(client.jobs)) == 2


def test_every_budget_has_to_allow_it(face, client):
    with pytest.raises(SpendingRefused):
        face.do(client.submit, "hush", budgets=[budget("1 USD"), budget("0.05 USD")])


def test_a_price_in_another_unit_is_refused(face, client):
    with pytest.raises(SpendingRefused, match="credits"):
        face.do(client.submit, "hush", budgets=[budget("9 credits")])


def test_budgets_need_a_journal_and_are_budgets(face, client):
    with pytest.raises(ConfigError, match="journal"):
        face.do(face.client(Hush(), journal=None).submit, "hush", budgets=[budget("1 USD")])
    for none in (["1 USD"], budget("1 USD"), 7):
        with pytest.raises(ConfigError, match="budgets"):
            face.do(client.submit, "hush", budgets=none)


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "1 USD"), ("since", "2026-05-01"), ("labels", {"user": 7}), ("labels", None)],
)
def test_a_field_of_a_budget_that_is_none_is_refused(client, face, field, value):
    bad = msgspec.structs.replace(budget("1 USD"), **{field: value})
    with pytest.raises(ConfigError, match=field):
        face.do(client.submit, "hush", budgets=[bad])
