"""Replaying: every request comes from the file, every answer is asked for, nobody is called."""

from __future__ import annotations

import json
import socket
import time
import urllib.request

import httpx
import pytest

from segue.errors import SegueError
from segue.provider import Cadence
from segue.testing.cassettes import CassetteError, Mode, alike, cassette

from .acme import Acme, record, replay, song


def submit(client, _folder):
    client.submit("a tune to whistle")


def half(client, _folder):
    client.submit("a tune to whistle").poll()


def other(client, folder):
    client.submit("another tune")


@pytest.fixture
def recorded(tape, box, vendor):
    record(tape, box)
    vendor.requests.clear()
    return tape


@pytest.mark.parametrize("driver", ["sync", "asyncio", "trio"])
def test_a_replay_reaches_nobody_and_waits_for_nothing(recorded, vendor, monkeypatch, driver):
    monkeypatch.setattr(Acme, "cadence", Cadence(first=60, growth=1, cap=60))
    began = time.monotonic()
    replay(recorded, song, driver)
    assert time.monotonic() - began < 30
    assert vendor.requests == []


@pytest.mark.parametrize("driver", ["sync", "asyncio"])
def test_an_answer_that_nobody_asked_for_is_an_error_that_names_it(recorded, driver):
    with pytest.raises(CassetteError, match=r"2 of 4 .*GET .*/v2/jobs/j1, GET .*/v2/j1\.wav"):
        replay(recorded, half, driver)


@pytest.mark.parametrize("driver", ["sync", "asyncio"])
def test_a_request_that_is_not_in_it_is_named_and_not_sent(recorded, vendor, driver):
    with pytest.raises(CassetteError) as caught:
        replay(recorded, other, driver)
    told = str(caught.value)
    assert "POST https://api.acme.example/v2/jobs" in told
    assert "another tune" in told
    assert "SEGUE_RECORD=sandbox" in told
    assert vendor.requests == []


def test_a_request_in_vain_is_told_even_if_the_story_does_not_mind(recorded):
    def careless(client, folder):
        song(client, folder)
        with pytest.raises(SegueError):
            client.submit("another tune")

    with pytest.raises(CassetteError, match="another tune"):
        replay(recorded, careless)


def test_what_was_played_is_not_played_again(recorded):
    def twice(client, folder):
        song(client, folder)
        client.submit("a tune to whistle")

    with pytest.raises(CassetteError, match="have been replayed"):
        replay(recorded, twice)


def test_a_body_is_compared_as_data(recorded, vendor):
    text = recorded.read_text()
    spaced = text.replace('{"prompt":"a tune to whistle"}', '{ "prompt": "a tune to whistle" }')
    assert spaced != text
    recorded.write_text(spaced)
    replay(recorded)


def test_there_is_nothing_to_replay_before_it_is_recorded(tape):
    with pytest.raises(CassetteError, match=r"there is no cassette .*SEGUE_RECORD=sandbox"):
        replay(tape)


@pytest.mark.parametrize("text", ["", "{", "interactions: 3", "a: !!python/name:os.system"])
def test_what_is_no_cassette_is_not_replayed(tape, text):
    tape.write_text(text)
    with pytest.raises(CassetteError, match=r"tape\.yaml"):
        replay(tape)


def test_drivers_that_see_different_things_are_told_apart(recorded, monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    told = iter(["one", "another"])

    def fickle(client, folder):
        song(client, folder)
        return next(told)

    with pytest.raises(CassetteError, match="result by asyncio: 'another'; by sync: 'one'"):
        alike(recorded, Acme, fickle, backend="acme/one")


def by_socket(port):
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", port))


def by_socket_without_error(port):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", port))


@pytest.mark.parametrize(
    "reach",
    [
        by_socket,
        by_socket_without_error,
        lambda port: httpx.get(f"http://127.0.0.1:{port}/"),
        lambda port: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
        lambda port: socket.create_connection(("127.0.0.1", port)),
        lambda port: socket.getaddrinfo("api.acme.example", port),
    ],
)
def test_no_library_opens_a_connection(recorded, reach):
    with socket.create_server(("127.0.0.1", 0)) as counting:
        counting.settimeout(0.05)
        with pytest.raises(CassetteError), cassette(recorded, Acme, mode=Mode.REPLAY):
            reach(counting.getsockname()[1])
        with pytest.raises(TimeoutError):
            counting.accept()


def test_the_network_is_back_when_the_block_ends(recorded, vendor):
    replay(recorded)
    assert json.loads(httpx.post(f"{vendor.url}/v2/jobs", json={}).content) == {"id": "j1"}
    assert len(vendor.requests) == 1
