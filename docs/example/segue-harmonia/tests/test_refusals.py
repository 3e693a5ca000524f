"""What Harmonia refuses, and with which error that comes out."""

import pytest

from segue.errors import ContentPolicy, InsufficientFunds, RateLimited
from segue.flow import Reply
from segue.tasks import Generate
from segue_harmonia import Harmonia


def submitted(reply: Reply) -> None:
    flow = Harmonia().submit(Generate(prompt="a march"))
    next(flow)
    flow.send(reply)


def test_refused_words_are_told_in_the_vendors_words() -> None:
    body = b'{"error": {"code": "moderated", "message": "no songs about that"}}'
    with pytest.raises(ContentPolicy, match="no songs about that"):
        submitted(Reply(status=422, body=body))


def test_the_pace_that_is_asked_for_is_kept() -> None:
    with pytest.raises(RateLimited) as raised:
        submitted(Reply(status=429, headers={"retry-after": "7"}, body=b"<html>slow down</html>"))
    assert raised.value.retry_after == 7


def test_an_empty_purse_is_told_by_its_code() -> None:
    body = b'{"error": {"code": "no_credit", "message": "top up"}}'
    with pytest.raises(InsufficientFunds) as raised:
        submitted(Reply(status=402, body=body))
    assert raised.value.code == "no_credit"
