"""The usual words of the field, and a vendor's own before them."""

import pytest

from segue.job import Status
from segue.words import USUAL, plain, status_of


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("error", Status.FAILED),
        ("Failed", Status.FAILED),
        ("FAILURE", Status.FAILED),
        ("canceled", Status.CANCELLED),
        ("Cancelled", Status.CANCELLED),
        ("complete", Status.SUCCEEDED),
        ("COMPLETED", Status.SUCCEEDED),
        ("done", Status.SUCCEEDED),
        ("finished", Status.SUCCEEDED),
        ("in-progress", Status.RUNNING),
        ("IN PROGRESS", Status.RUNNING),
        (" in__progress ", Status.RUNNING),
        ("pending", Status.QUEUED),
        ("expired", Status.EXPIRED),
        ("timeout", Status.FAILED),
        ("timed-out", Status.FAILED),
        ("rejected", Status.FAILED),
        ("moderated", Status.FAILED),
        ("warming up", Status.UNKNOWN),
        ("", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        (7, Status.UNKNOWN),
        (["failed"], Status.UNKNOWN),
    ],
)
def test_the_usual_words_mean_what_they_say(word, status):
    assert status_of(word) is status
    assert status_of(word, {"working hard": Status.RUNNING}) is status


def test_a_vendors_own_meaning_comes_first_however_it_is_written():
    own = {"Done": Status.RUNNING, "COOKING-IT": Status.RUNNING}
    assert status_of("done", own) is Status.RUNNING
    assert status_of("cooking it", own) is Status.RUNNING
    assert status_of("finished", own) is Status.SUCCEEDED


def test_the_table_is_written_as_words_are_compared():
    assert all(plain(word) == word for word in USUAL)
