"""A driver played by hand: a flow is fed the answers, and tells what it returns or raises."""

from __future__ import annotations

import json
from typing import Any

from segue.errors import SegueError
from segue.flow import Reply

__all__ = ["as_json", "ended", "fed"]


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    """A JSON answer. Underscores in header names stand for hyphens."""
    headers = {name.replace("_", "-"): told for name, told in headers.items()}
    return Reply(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json.dumps(value).encode(),
    )


def fed(flow: Any, *answers: Any) -> Any:
    """Feed the answers in turn, and return what the flow returns."""
    try:
        next(flow)
        for answer in answers:
            if isinstance(answer, Exception):
                flow.throw(answer)
            else:
                flow.send(answer)
    except StopIteration as done:
        return done.value
    raise AssertionError("the flow wants more answers")


def ended(flow: Any, *answers: Any) -> SegueError:
    """The error in which the flow ends."""
    try:
        fed(flow, *answers)
    except SegueError as error:
        return error
    raise AssertionError("no error came")
