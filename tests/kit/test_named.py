"""An answer that names the paid job is its ticket, with every provider of ours, whatever is odd."""

import json

import pytest
from by_hand import ended, fed

from segue.errors import RequestError
from segue.flow import Reply
from segue.tasks import Generate
from segue_marketplace import Marketplace
from segue_musicapi import MusicAPI
from segue_venice import Venice

TASK = Generate(prompt="a waltz, in three")
KINDS = {
    "venice": (Venice, "ace-step-15", lambda id_: {"model": ["odd"], "queue_id": id_, "status": 7}),
    "marketplace": (
        Marketplace,
        "ace-step-15",
        lambda id_: {"object": "media.job", "id": id_, "job_token": 5, "expires_at": "soon"},
    ),
    "sonic": (MusicAPI, "sonic-v5", lambda id_: {"message": 3, "task_id": id_}),
    "in data": (MusicAPI, "sonic-v5", lambda id_: {"data": {"task_id": id_}}),
    "studio": (MusicAPI, "studio130-v1.5", lambda id_: {"code": "success", "data": id_}),
}
BODIES = {
    "as it is": lambda body: body,
    "BOM": lambda body: b"\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "NULs": lambda body: b"\0" + body + b"\0\0",
    "more": lambda body: body + b"<!-- proxied -->",
}


def submitted(kind, id_):
    provider, model, body = KINDS[kind]
    task = Generate(prompt=TASK.prompt, model=model)
    return provider().submit(task), json.dumps(body(id_)).encode()


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [200, 201, 202, 303, 400, 404, 409, 500, 502, 503])
@pytest.mark.parametrize("kind", KINDS)
def test_the_ticket_is_kept(kind, status, body):
    flow, told = submitted(kind, "7c1e")
    headers = {"content-type": "application/octet-stream"}
    assert fed(flow, Reply(status=status, headers=headers, body=BODIES[body](told))).id == "7c1e"


@pytest.mark.parametrize(("id_", "text"), [(17, "17"), (10**24 + 1, str(10**24 + 1)), (1.5, "1.5")])
@pytest.mark.parametrize("kind", KINDS)
def test_a_number_is_an_id(kind, id_, text):
    flow, told = submitted(kind, id_)
    assert fed(flow, Reply(status=200, body=told)).id == text


@pytest.mark.parametrize("id_", [None, True, "", " ", [], {}, ["7c1e"]])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_id_names_nothing(kind, id_):
    flow, told = submitted(kind, id_)
    assert isinstance(ended(flow, Reply(status=200, body=told)), RequestError)
