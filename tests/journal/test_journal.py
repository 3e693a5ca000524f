"""What every journal does, whatever it is made of."""

import threading
from datetime import timedelta, timezone

import pytest
from msgspec.structs import replace

from segue.errors import JournalError, SpendingRefused, UnknownJob
from segue.job import Status
from segue.journal import State

from .telling import (
    MIDNIGHT,
    NOON,
    after,
    budget,
    credit,
    delivered,
    file,
    forgotten,
    intent,
    refused,
    released,
    submitted,
    terminal,
    ticket,
    unknown,
    usd,
)


def tell(journal, *events):
    for event in events:
        journal.write(event)
    return journal.entry(events[0].job)


def jobs(entries):
    return [entry.job for entry in entries]


def test_a_job_is_followed_through_its_life(journal):
    entry = tell(journal, intent(quoted=usd("0.03"), reserved=usd("0.05"), to="out/"))
    assert (entry.state, entry.backend, entry.task) == (
        State.INTENT,
        "toy/small",
        {"prompt": "lofi"},
    )
    assert (entry.created, entry.quoted, entry.reserved, entry.to) == (
        NOON,
        usd("0.03"),
        usd("0.05"),
        "out/",
    )
    entry = tell(journal, submitted(at=after(1)))
    assert (entry.state, entry.ticket, entry.updated) == (State.SUBMITTED, ticket(), after(1))
    assert entry.ticket.secrets == {"token": "t0psecret"}, "it is needed to go on"
    entry = tell(journal, terminal(at=after(9), cost=usd("0.04")))
    assert (entry.state, entry.status, entry.cost) == (State.ENDED, Status.SUCCEEDED, usd("0.04"))
    entry = tell(journal, delivered())
    assert (entry.state, entry.files) == (State.DELIVERED, (file(),))
    entry = tell(journal, released())
    assert (entry.state, entry.files) == (State.RELEASED, (file(),))
    assert tell(journal, forgotten()).state is State.FORGOTTEN
    assert entry.created == NOON


def test_an_unknown_outcome_can_be_settled_later(journal):
    entry = tell(journal, intent(), unknown())
    assert (entry.state, entry.reason) == (State.UNKNOWN, "the line went dead")
    entry = tell(journal, submitted())
    assert (entry.state, entry.reason) == (State.SUBMITTED, "")


def test_a_refusal_releases_what_was_reserved(journal):
    entry = tell(journal, intent(reserved=usd(1)), refused())
    assert (entry.state, entry.reason, entry.reserved) == (State.REFUSED, "too loud", None)


def test_a_refused_job_can_be_submitted_again(journal):
    entry = tell(journal, intent(), refused(), intent(at=after(60), key="another"))
    assert (entry.state, entry.key, entry.created) == (State.INTENT, "another", after(60))


@pytest.mark.parametrize("late", [intent(), unknown(), refused(), submitted(), terminal()])
def test_nothing_takes_a_delivered_job_back(journal, late):
    before = tell(journal, intent(reserved=usd(1)), submitted(), terminal(), delivered())
    entry = tell(journal, late)
    assert (entry.state, entry.files) == (State.DELIVERED, (file(),))
    assert (entry.status, entry.reserved) == (before.status, before.reserved)


def test_a_vendors_copy_that_expires_after_delivery_changes_the_bill_alone(journal):
    tell(journal, intent(), submitted(), terminal(), delivered())
    gone = terminal(status=Status.EXPIRED, cost=usd(2), refunded=True, reason="too old")
    entry = tell(journal, gone)
    assert (entry.status, entry.reason) == (Status.SUCCEEDED, "")
    assert (entry.cost, entry.refunded) == (usd(2), True)


def test_delivering_again_replaces_the_files(journal):
    again = delivered(files=(file("other.wav"),))
    entry = tell(journal, intent(), submitted(), terminal(), delivered(), again)
    assert (entry.state, entry.files) == (State.DELIVERED, (file("other.wav"),))


def test_a_bill_is_not_forgotten_when_a_later_look_tells_none(journal):
    entry = tell(journal, intent(), terminal(cost=usd(2), refunded=True), terminal())
    assert (entry.cost, entry.refunded) == (usd(2), True)


def test_a_refusal_of_a_job_that_the_vendor_has_is_not_believed(journal):
    entry = tell(journal, intent(reserved=usd(1)), submitted(), refused())
    assert (entry.state, entry.reserved, entry.reason) == (State.SUBMITTED, usd(1), "")


def test_a_ticket_from_elsewhere_begins_a_job(journal):
    entry = tell(journal, submitted(model="big", submitted_at=after(-60)))
    assert (entry.state, entry.backend, entry.created) == (
        State.SUBMITTED,
        "toy/big",
        after(-60),
    )
    assert tell(journal, submitted("b2")).backend == "toy"


@pytest.mark.parametrize("event", [refused(), unknown(), terminal(), delivered(), released()])
def test_an_event_of_a_job_that_was_never_begun_is_an_error(journal, event):
    with pytest.raises(JournalError, match="knows no job 'a1'"):
        journal.write(event)
    assert not journal.entries()


def test_a_name_that_is_taken_is_an_error_before_anything_is_sent(journal):
    tell(journal, intent(), submitted())
    with pytest.raises(JournalError, match="nothing was sent"):
        journal.write(intent(key="of another submission"))
    assert journal.entry("a1").state is State.SUBMITTED


def test_times_are_moments_in_whatever_zone_they_are_told(journal):
    east = timezone(timedelta(hours=9))
    entry = tell(journal, intent(at=NOON.astimezone(east)))
    assert entry.created == NOON
    tell(journal, intent("b2", at=after(1)))
    assert jobs(journal.entries()) == ["b2", "a1"]


def test_jobs_are_listed_newest_first(journal):
    for job, at in [("a1", 5), ("b2", 9), ("c3", 5), ("d4", 7)]:
        journal.write(intent(job, at=after(at)))
    assert jobs(journal.entries()) == ["b2", "d4", "c3", "a1"]
    assert jobs(journal.entries(limit=2)) == ["b2", "d4"]
    assert not journal.entries(limit=0)


def test_jobs_are_listed_by_state_and_the_forgotten_ones_only_when_asked_for(journal):
    tell(journal, intent("a1"), submitted("a1"))
    tell(journal, intent("b2"), forgotten("b2"))
    tell(journal, intent("c3", at=after(1)), unknown("c3"))
    assert jobs(journal.entries()) == ["c3", "a1"]
    assert jobs(journal.entries(states=[State.FORGOTTEN])) == ["b2"]
    assert jobs(journal.entries(states=list(State))) == ["c3", "b2", "a1"]
    assert jobs(journal.entries(states=list(State), limit=1)) == ["c3"]
    assert not journal.entries(states=[])


def test_the_attempts_of_one_failover_are_listed_together(journal):
    for second, job in enumerate(["a1", "b2", "c3"]):
        journal.write(intent(job, at=after(second), parent=None if job == "b2" else "p"))
    journal.write(refused("a1"))
    assert jobs(journal.entries(parent="p")) == ["c3", "a1"]
    assert jobs(journal.entries(parent="p", limit=1)) == ["c3"]
    assert jobs(journal.entries(parent="p", states=[State.REFUSED])) == ["a1"]
    assert not journal.entries(parent="q")


def test_a_job_is_found_by_the_beginning_of_its_name(journal):
    for job in ["7f3a01", "7f3a22", "7f", "9"]:
        journal.write(intent(job))
    assert journal.entry("7f3a0").job == "7f3a01"
    assert journal.entry("7f").job == "7f", "its whole name"
    with pytest.raises(UnknownJob, match="7f3a01, 7f3a22; give more"):
        journal.entry("7f3")
    for wrong in ["7f3b", "", "%", "7f3a011"]:
        with pytest.raises(UnknownJob, match="knows no job"):
            journal.entry(wrong)


def test_a_lease_is_one_owners_until_it_gives_it_back(journal):
    journal.write(intent(owner="one"))
    assert journal.entry("a1").owner == "one"
    assert journal.claim("a1", "two", after(1)) == "one"
    assert journal.claim("a1", "one", after(1)) is None, "it renews it"
    assert journal.claim("a1", "two", after(60)) == "one"
    journal.unclaim("a1", "two")
    assert journal.entry("a1").owner == "one", "only who has it can give it back"
    journal.unclaim("a1", "one")
    assert (journal.entry("a1").owner, journal.entry("a1").leased_until) == (None, None)
    assert journal.claim("a1", "two", after(2)) is None
    assert journal.entry("a1").owner == "two"


def test_a_lease_that_was_not_renewed_ends(journal):
    journal.write(intent(owner="one"))
    assert journal.claim("a1", "two", after(59)) == "one"
    assert journal.claim("a1", "two", after(60)) is None


def test_the_end_of_a_job_does_not_end_its_lease(journal):
    entry = tell(journal, intent(owner="one"), submitted(), terminal(), delivered())
    assert (entry.owner, entry.leased_until) == ("one", after(60))


def test_a_lease_is_of_a_job(journal):
    with pytest.raises(UnknownJob):
        journal.claim("a1", "one", NOON)
    journal.unclaim("a1", "one")
    journal.write(intent())
    with pytest.raises(UnknownJob):
        journal.claim("a", "one", NOON)
    journal.unclaim("b2", "one")


def test_what_counts_as_spent(journal):
    tell(journal, intent("a1", reserved=usd("0.10")))
    tell(journal, intent("b2", reserved=usd("0.20")), submitted("b2"))
    tell(journal, intent("c3", reserved=usd(5)), terminal("c3", cost=usd("0.30")))
    tell(journal, intent("d4", reserved=usd("0.40")), unknown("d4"))
    tell(journal, intent("e5", reserved=usd(50)), refused("e5"), forgotten("e5"))
    tell(journal, intent("f6", reserved=usd(50)), terminal("f6", refunded=True))
    tell(journal, intent("g7", reserved=usd("0.70")), submitted("g7"), forgotten("g7"))
    tell(journal, intent("h8", reserved=credit(15)))
    tell(journal, intent("i9"))
    tell(journal, intent("j0", at=MIDNIGHT - timedelta(microseconds=1), reserved=usd(50)))
    assert journal.spent(budget(usd(1))) == usd("1.70")
    assert journal.spent(budget(credit(1))) == credit(15)
    assert journal.spent(budget(usd(1), since=after(1))).amount == 0


def test_many_small_amounts_add_up_exactly(journal):
    for number in range(30):
        journal.write(intent(f"{number:02}", reserved=usd("0.1")))
    journal.write(intent("big", reserved=usd("12345678901234567890123456789")))
    assert journal.spent(budget(usd(1))) == usd("12345678901234567890123456792.0")


def test_a_job_that_fits_exactly_is_let_through(journal):
    journal.write(intent("a1", reserved=usd("0.7"), budgets=(budget(usd(1)),)))
    journal.write(intent("b2", reserved=usd("0.3"), budgets=(budget(usd("1.0")),)))
    with pytest.raises(SpendingRefused):
        journal.write(intent("c3", reserved=usd("0.0001"), budgets=(budget(usd(1)),)))
    journal.write(refused("a1"))
    journal.write(intent("c3", reserved=usd("0.7"), budgets=(budget(usd(1)),)))
    journal.write(terminal("b2", cost=usd("0.1")))
    assert journal.spent(budget(usd(1))) == usd("0.8")


def test_what_does_not_fit_is_refused_and_leaves_no_trace(journal):
    journal.write(intent("a1", reserved=usd("0.80")))
    with pytest.raises(SpendingRefused) as caught:
        journal.write(intent("b2", reserved=usd("0.30"), budgets=(budget(usd("1.00")),)))
    told = str(caught.value)
    for part in ("0.30 USD", "1.00 USD", "0.80 USD", "2026-05-02 00:00 UTC"):
        assert part in told
    assert "nothing was sent and nothing was spent" in told
    assert jobs(journal.entries()) == ["a1"]


def test_every_budget_must_hold(journal):
    tight, wide = budget(usd(1)), budget(usd(9), since=MIDNIGHT - timedelta(days=30))
    journal.write(intent("a1", at=after(-86400), reserved=usd("8.50")))
    with pytest.raises(SpendingRefused, match=r"9 USD") as caught:
        journal.write(intent("b2", reserved=usd("0.60"), budgets=(tight, wide)))
    assert "the day ends" not in str(caught.value), "a month does not end today"


def test_a_price_that_is_unknown_or_in_another_unit_fits_within_no_budget(journal):
    with pytest.raises(SpendingRefused, match="no price is available"):
        journal.write(intent(budgets=(budget(usd(1)),)))
    with pytest.raises(SpendingRefused, match="cannot be compared with"):
        journal.write(intent(reserved=credit(1), budgets=(budget(usd(1)),)))


def test_an_intent_that_is_told_again_is_not_counted_twice(journal):
    again = intent(reserved=usd("0.6"), budgets=(budget(usd(1)),))
    journal.write(again)
    journal.write(again)
    assert journal.spent(budget(usd(1))) == usd("0.6")


def test_threads_share_a_journal(journal):
    errors = []

    def work(name):
        try:
            for number in range(20):
                tell(journal, intent(f"{name}{number}"), submitted(f"{name}{number}"))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(journal.entries(states=[State.SUBMITTED])) == 80


def test_no_secret_is_shown(journal):
    tell(journal, intent(), submitted())
    assert "t0psecret" not in repr(journal)
    assert "t0psecret" not in repr(journal.entries())


def test_a_journal_can_be_used_after_it_was_closed(journal):
    tell(journal, intent())
    journal.close()
    assert tell(journal, submitted()).state is State.SUBMITTED


def test_a_budget_with_labels_counts_the_jobs_that_have_them(journal):
    ada, bob = {"user": "ada", "team": "1"}, {"user": "bob"}
    tell(journal, intent(job="a1", reserved=usd("0.6"), labels=ada))
    tell(journal, intent(job="b1", reserved=usd("0.3"), labels=bob))
    of = replace(budget(usd("1")), labels={"user": "ada"})
    assert journal.spent(of) == usd("0.6")
    assert journal.spent(replace(of, labels={"user": "carol"})).amount == 0
    assert journal.spent(budget(usd("1"))) == usd("0.9")
    with pytest.raises(SpendingRefused) as caught:
        tell(journal, intent(job="a2", reserved=usd("0.5"), labels=ada, budgets=(of,)))
    assert (caught.value.needed, caught.value.limit, caught.value.spent) == (
        usd("0.5"),
        usd("1"),
        usd("0.6"),
    )
    his = replace(of, labels={"user": "bob"})
    tell(journal, intent(job="b2", reserved=usd("0.5"), labels=bob, budgets=(his,)))
    assert journal.spent(his) == usd("0.8")
