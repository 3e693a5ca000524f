"""A look whose answer is odd around its JSON is read all the same, by every provider."""

import json

import pytest

from segue.flow import Reply
from segue.job import Status, Ticket
from segue_marketplace import Marketplace
from segue_musicapi import MusicAPI
from segue_venice import Venice

ODD = {
    "behind a BOM": lambda body: b"\xef\xbb\xbf" + body,
    "in UTF-16": lambda body: body.decode().encode("utf-16"),
    "before a page": lambda body: body + b"<html></html>",
    "among NULs": lambda body: b"\0\0" + body + b"\0",
    "in a list": lambda body: b"[" + body + b"]",
}
LOOKS = {
    "venice": (
        Venice,
        Ticket(provider="venice", id="q1", state={"model": "ace-step-15"}),
        {"status": "PROCESSING", "execution_duration": 10},
    ),
    "marketplace": (
        Marketplace,
        Ticket(provider="marketplace", id="job_1"),
        {"id": "job_1", "object": "music.generation", "status": "running"},
    ),
    "musicapi": (
        MusicAPI,
        Ticket(provider="musicapi", id="t1", state={"family": "sonic"}),
        {"code": 200, "data": [{"clip_id": "c1", "state": "running"}]},
    ),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("vendor", LOOKS)
def test_a_look_is_read_whatever_stands_around_it(vendor, odd):
    kind, ticket, said = LOOKS[vendor]
    flow = kind().poll(ticket)
    next(flow)
    body = ODD[odd](json.dumps(said).encode())
    headers = {"content-type": "application/json"}
    with pytest.raises(StopIteration) as done:
        flow.send(Reply(status=200, headers=headers, body=body))
    assert done.value.value.status is Status.RUNNING
