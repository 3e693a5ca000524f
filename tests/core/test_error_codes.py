"""Every error has a stable code of its own, beside the vendor's word."""

import copy
import pickle

import pytest

from segue import errors
from segue._tasks.construction import UnknownKeyword, WrongFields
from segue.testing.cassettes.errors import CassetteError, OtherStory

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.SegueError)
]


def test_codes_are_unique_and_plain_words():
    codes = [kind.error_code for kind in (*KINDS, UnknownKeyword, WrongFields)]
    assert len(codes) == len(set(codes)) > 35
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)


def test_those_that_are_released_stay():
    assert {
        errors.InsufficientFunds: "insufficient_funds",
        errors.RateLimited: "rate_limited",
        errors.SubmissionUnknown: "submission_unknown",
        errors.JobFailed: "job_failed",
        errors.SegueError: "error",
        CassetteError: "cassette_error",
        OtherStory: "other_story",
    }.items() <= {kind: kind.error_code for kind in (*KINDS, CassetteError, OtherStory)}.items()


def test_the_vendors_own_word_stays_beside_it():
    error = errors.Rejected("no", status=402, code="PAYMENT_REQUIRED")
    assert (error.code, error.error_code) == ("PAYMENT_REQUIRED", "rejected")


def test_a_class_without_a_code_has_that_of_the_class_above_it():
    class Sleepy(errors.Unavailable):
        """It sleeps."""

    class Asleep(Sleepy, error_code="asleep"):
        """It still sleeps."""

    assert (Sleepy.error_code, Asleep.error_code) == ("unavailable", "asleep")
    assert errors.Unavailable.error_code == "unavailable"


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_it_comes_along_to_another_process(again):
    assert again(errors.RateLimited("wait")).error_code == "rate_limited"
