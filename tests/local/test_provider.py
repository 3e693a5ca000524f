"""The composer as a provider: it lives in its tickets, and refuses early what it cannot do."""

import msgspec
import pytest

import segue
from segue.errors import NotFound, Refused, TargetError
from segue.job import Status, Ticket
from segue_local.provider import Local


@pytest.fixture
def client():
    with segue.Client(Local(), journal=None) as client:
        yield client


def generate(**fields):
    return segue.Generate(**{"prompt": "calm jazz, 3 seconds", **fields})


def test_a_prompt_becomes_a_file_whose_length_was_asked_for(client, tmp_path):
    delivery = client.generate_and_wait(generate(seed=7), to=tmp_path / "song.wav")
    assert delivery.tracks[0].track.duration == 3.0
    assert delivery.snapshot.understood["genre"] == {"value": "jazz", "from": "prompt"}
    assert delivery.snapshot.understood["seed"] == 7


def test_the_same_seed_is_the_same_file_by_any_process(client, tmp_path):
    job = client.submit(generate(seed=7))
    ticket = Ticket.from_json(job.ticket.to_json())
    (first,) = job.download(tmp_path / "a.wav")
    (second,) = client.resume(ticket).download(tmp_path / "b.wav")
    assert first.read_bytes() == second.read_bytes()


def test_without_a_seed_every_piece_is_a_new_one(client):
    seeds = {client.submit(generate()).ticket.id for _ in range(5)}
    assert len(seeds) > 1


def test_a_job_has_succeeded_as_soon_as_it_is_looked_at(client):
    assert client.submit(generate()).poll().status is Status.SUCCEEDED


def test_words_that_cannot_be_honoured_are_told(client):
    snapshot = client.submit(generate(prompt="pop with female vocals")).poll()
    assert any("vocals" in note for note in snapshot.notes)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"duration": 700}, "duration=700 is not allowed: 1 to 600 seconds"),
        ({"duration": 0.5}, "1 to 600 seconds"),
        ({"bpm": 25}, "bpm=25 is not allowed: 30 to 300"),
        ({"lyrics": "la"}, "lyrics='la' is not supported"),
        ({"instrumental": False}, "has no voices"),
        ({"extra": {"local": {"key": "H flat"}}}, "extra.local.key='H flat'"),
        ({"extra": {"local": {"tune": "x"}}}, "extra.local.tune='x' is not allowed: it takes key"),
        ({"extra": {"local": {"key": 3}}}, "extra.local.key=3"),
    ],
)
def test_what_it_cannot_do_is_refused_before_there_is_a_job(client, fields, words):
    with pytest.raises(Refused) as caught:
        client.submit(generate(**fields))
    assert words in str(caught.value)


def test_an_extension_that_it_cannot_make_is_refused_before_there_is_a_job(client, tmp_path):
    with pytest.raises(TargetError, match=r"cannot make a \.m4a file, but wav, flac, ogg, mp3"):
        client.generate_and_wait(generate(), to=tmp_path / "song.m4a")


def test_a_key_and_a_genre_can_be_asked_for(client):
    own = {"local": {"key": "D minor", "genre": "ambient"}}
    understood = client.submit(generate(extra=own)).poll().understood
    assert understood["key"] == {"value": "D minor", "from": "option"}
    assert understood["genre"] == {"value": "ambient", "from": "option"}


def test_a_ticket_of_somebody_else_is_refused(client):
    stranger = msgspec.structs.replace(client.submit(generate()).ticket, state={"brief": 3})
    with pytest.raises(NotFound, match="holds no piece"):
        client.resume(stranger).poll()


def test_it_costs_nothing(client):
    assert str(client.quote(generate()).cost) == "0 USD"
    assert [model.price for model in client.models()] == ["free"]
