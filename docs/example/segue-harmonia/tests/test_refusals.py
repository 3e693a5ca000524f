"""What Harmonia refuses, and the error for it."""

import pytest

from segue.errors import ContentPolicy, InsufficientFunds, RateLimited
from segue.flow import Reply
from segue.tasks import Generate
from segue_harmonia import Harmonia


def submitted(reply: Reply) -> None:
    flow = Harmonia().submit(Generate(prompt="a march"))
    next(flow)
    flow.send(reply)


def test_a_refusal_has_the_vendors_message() -> None:
    body = b'{"error": {"code": "moderated", "message": "no songs about that"}}'
    with pytest.raises(ContentPolicy, match="no songs about that"):
        submitted(Reply(status=422, body=body))


def test_the_requested_delay_is_reported() -> None:
    with pytest.raises(RateLimited) as raised:
        submitted(Reply(status=429, headers={"retry-after": "7"}, body=b"<html>slow down</html>"))
    assert raised.value.retry_after == 7


def test_missing_credit_has_the_vendors_code() -> None:
    body = b'{"error": {"code": "no_credit", "message": "top up"}}'
    with pytest.raises(InsufficientFunds) as raised:
        submitted(Reply(status=402, body=body))
    assert raised.value.code == "no_credit"
