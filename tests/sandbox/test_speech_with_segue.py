"""Speech, transcription and voices through Segue, over real HTTP, billed by the sandbox."""

from decimal import Decimal

import httpx
import pytest
import soundfile
from faces import DRIVERS, Face, stand_apart
from sandboxes import leading_to, sandbox

import segue
from segue.errors import InsufficientFunds, InvalidTask

LONG = "One two three. " * 40  # 600 characters


@pytest.fixture(scope="module")
def origin():
    with sandbox() as origin:
        yield origin


@pytest.fixture(params=DRIVERS)
def face(request, monkeypatch, tmp_path, origin):
    stand_apart(monkeypatch, tmp_path)
    key = f"{request.node.name}-key".replace("[", "-").replace("]", "")
    for name, value in leading_to(origin).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VENICE_API_KEY", key)
    face = Face(request.param)
    yield face
    face.close()


def charges(origin):
    """Every charge there is; the key of each test is its own, but the ledger is of all."""
    ledger = httpx.get(f"{origin}/sandbox/ledger").json()["venice"]
    return [Decimal(line["charged"]) for account in ledger.values() for line in account["jobs"]]


def test_a_long_text_is_one_file_and_every_piece_is_charged_once(face, origin, tmp_path):
    before = len(charges(origin))
    query = segue.Speak(text=LONG, to=tmp_path / "long.wav", segment=200)
    saved = face.do(face.client("venice").ask, query)
    assert soundfile.info(saved.path).duration > 5
    assert len(charges(origin)) - before == query.spends == len(query.segments)
    assert [path.name for path in tmp_path.glob("*.wav")] == ["long.wav"]


@pytest.mark.parametrize("container", ["mp3", "flac", "ogg"])
def test_a_text_is_saved_in_the_container_that_its_name_says(face, tmp_path, container):
    path = tmp_path / f"said.{container}"
    saved = face.do(face.client("venice").ask, segue.Speak(text="Good evening.", to=path))
    assert (saved.path, saved.container) == (path, container)
    assert soundfile.info(path).frames > 0


def test_a_stream_is_heard_in_order_and_only_what_is_heard_is_charged(face, origin):
    before = len(charges(origin))
    query = segue.Speak(text=LONG, segment=200, format="mp3")
    with face.streamed(face.client("venice"), query) as chunks:
        assert next(chunks)
    assert 1 <= len(charges(origin)) - before < query.spends


def test_a_recording_is_written_down_and_a_voice_is_made_of_it(face, tmp_path):
    client = face.client("venice")
    said = face.do(client.ask, segue.Speak(text=LONG, to=tmp_path / "said.wav"))
    transcript = face.do(client.ask, segue.Transcribe(file=said.path, timestamps=True))
    assert transcript.text
    assert transcript.duration == pytest.approx(soundfile.info(said.path).duration, abs=0.1)
    voice = face.do(client.ask, segue.CloneVoice(sample=said.path))
    again = segue.Speak(
        text="Hello.", to=tmp_path / "again.wav", voice=voice.id, model="tts-chatterbox-hd"
    )
    assert face.do(client.ask, again).path.exists()


def test_without_money_nothing_is_said(face, monkeypatch, tmp_path):
    monkeypatch.setenv("VENICE_API_KEY", "poor-key")
    with pytest.raises(InsufficientFunds, match="Insufficient"):
        face.do(face.client("venice").ask, segue.Speak(text="Hi", to=tmp_path / "a.mp3"))
    assert list(tmp_path.glob("a*")) == []


def test_a_voice_that_the_model_lacks_is_refused_before_it_is_charged(face, origin, tmp_path):
    before = charges(origin)
    with pytest.raises(InvalidTask, match="voice"):
        face.do(
            face.client("venice").ask,
            segue.Speak(text="Hi", to=tmp_path / "a.mp3", voice="nobody"),
        )
    assert charges(origin) == before
