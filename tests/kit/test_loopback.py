"""A model over HTTP whose vendor has more than one host."""

from urllib.parse import urlsplit

import httpx
import pytest

from segue.errors import SegueError
from segue.flow import Reply
from segue.testing.cassettes.guard import loopback, only
from segue.testing.loopback import served

HOSTS = {"/other/cdn.invalid": "https://cdn.invalid"}
JSON = {"content-type": "application/json"}
ANSWERS = {
    "/links": Reply(status=200, headers=JSON, body=b'{"link": "https://cdn.invalid/a.wav?sig=1"}'),
    "/moved": Reply(status=302, headers={"location": "https://cdn.invalid/a.wav"}),
    "/sound": Reply(
        status=200, headers={"content-type": "audio/wav"}, body=b"RIFF https://cdn.invalid"
    ),
}


class Model:
    def __init__(self):
        self.seen = []

    def handle(self, request, now):
        self.seen.append(request)
        return ANSWERS.get(request.path, Reply(status=200, headers=JSON, body=b"{}"))


def test_addresses_of_another_host_lead_to_the_model():
    model = Model()
    with served(model, hosts=HOSTS) as address:
        link = httpx.get(f"{address}/links").json()["link"]
        assert link == f"{address}/other/cdn.invalid/a.wav?sig=1"
        httpx.get(link)
        assert model.seen[-1].path == "/other/cdn.invalid/a.wav?sig=1"
        moved = httpx.get(f"{address}/moved").headers["location"]
        assert moved == f"{address}/other/cdn.invalid/a.wav"


def test_sound_is_left_as_it_is():
    with served(Model(), hosts=HOSTS) as address:
        assert httpx.get(f"{address}/sound").content == ANSWERS["/sound"].body


def test_without_hosts_nothing_is_changed_and_the_model_knows_where_it_is():
    model = Model()
    with served(model) as address:
        assert httpx.get(f"{address}/links").content == ANSWERS["/links"].body
        assert model.seen[0].headers["host"] == urlsplit(address).netloc


def test_who_tries_another_host_is_told_how_it_is_named():
    with only(loopback), pytest.raises(SegueError, match="name it in `hosts` of Sandbox and of"):
        httpx.get("https://cdn.invalid/a.wav")
