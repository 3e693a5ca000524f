"""Speech, voices, transcription and cloning."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue import CloneVoice, Speak, Transcribe, Voices
from segue.errors import (
    AuthenticationFailed,
    ConnectionLost,
    ContentPolicy,
    DownloadError,
    InvalidTask,
    ProtocolError,
    TargetError,
    Unsupported,
)
from segue.flow import Save, Together, Work
from segue.job import Saved
from segue.speech import ClonedVoice, Timed, Transcript, Voice, split
from segue.tasks import Query

from .known import TTS_ROWS, as_json, catalogue, ended, fed
from .test_refusals import POLICY

RATE = 8000
MP3 = b"\xff\xfb\x90\x00" + bytes(60)


def wav(frames: int = 100, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        sound.writeframes(bytes(2 * frames))
    return file.getvalue()


def played(flow, pieces=(), rows=TTS_ROWS):
    """Plays the driver for a `Speak`: works, and saves the pieces. The requests, and the end."""
    return _driven(flow, list(pieces), rows)


def _driven(flow, left, rows):
    sent, answer = [], None
    try:
        effect = next(flow)
        while True:
            if isinstance(effect, Work):
                try:
                    answer = effect.function()
                except Exception as error:
                    effect = flow.throw(error)
                    continue
            elif isinstance(effect, Save):
                sent.append(effect.asset.source)
                body = left.pop(0)
                if isinstance(body, Exception):
                    effect = flow.throw(body)
                    continue
                effect.path.write_bytes(body)
                kind = "wav" if body[:4] == b"RIFF" else "mp3"
                answer = Saved(path=effect.path, bytes=len(body), sha256="", container=kind)
            elif isinstance(effect, Together):
                ends = [_driven(inner, left, rows) for inner in effect.flows]
                sent += [call for calls, _ in ends for call in calls]
                answer = [end for _, end in ends]
            else:
                answer = catalogue(rows)
            effect = flow.send(answer)
    except StopIteration as done:
        return sent, done.value


def test_a_text_is_read_aloud_into_a_file(venice, tmp_path):
    query = Speak(
        text="Hello, welcome to Venice Voice.",
        to=tmp_path / "a.mp3",
        voice="af_heart",
        speed=1.2,
        style="Very happy.",
    )
    (sent,), saved = played(venice.ask(query), [MP3])
    assert (sent.method, sent.url, sent.spends) == ("POST", "/audio/speech", True)
    assert sent.json == {
        "model": "tts-kokoro",
        "input": "Hello, welcome to Venice Voice.",
        "response_format": "mp3",
        "voice": "af_heart",
        "speed": 1.2,
        "prompt": "Very happy.",
    }
    assert saved.path == tmp_path / "a.mp3"


def test_without_a_catalogue_venice_decides(venice, tmp_path):
    flow = venice.ask(Speak(text="Hi", to=tmp_path / "a.mp3", voice="nobody"))
    next(flow)
    assert isinstance(flow.throw(ConnectionLost("gone")), Work)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"text": " "}, "text"),
        ({"speed": 5.0}, "speed"),
        ({"temperature": 2.1}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"style": "x" * 501}, "style"),
        ({"language": "e"}, "language"),
        ({"voice": "nobody"}, "voice"),
        ({"model": "tts-orpheus"}, "format"),
        ({"format": "pcm"}, "format"),
        ({"to": Path("a")}, "format"),
        ({"to": None}, "to"),
        ({"at_once": 0}, "at_once"),
        ({"segment": 5000}, "segment"),
        ({"text": "One. Two.", "segment": 5, "format": "flac"}, "format"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_spent(venice, options, field):
    query = Speak(**{"text": "Hello", "to": Path("a.mp3"), **options})
    error = ended(venice.ask(query), catalogue(TTS_ROWS))
    assert isinstance(error, InvalidTask)
    assert field in {problem.field for problem in error.problems}


def test_a_cloned_voice_is_nobodys_listed_voice(venice, tmp_path):
    query = Speak(text="Hello", to=tmp_path / "a.mp3", voice="vv_abc")
    (sent,), _ = played(venice.ask(query), [MP3])
    assert sent.json["voice"] == "vv_abc"


def test_an_existing_file_is_refused_before_anything_is_spent(venice, tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"mine")
    with pytest.raises(TargetError):
        played(venice.ask(Speak(text="Hello", to=tmp_path / "a.mp3")))


def test_a_long_text_is_read_in_pieces_and_joined_in_order(venice, tmp_path):
    query = Speak(text="One two. Three four. Five.", to=tmp_path / "a.wav", segment=12)
    assert query.spends == 3
    sent, saved = played(venice.ask(query), [wav(10), wav(20), wav(30)])
    assert [call.json["input"] for call in sent] == ["One two.", "Three four.", "Five."]
    with wave.open(str(saved.path)) as sound:
        assert (sound.getnframes(), sound.getframerate()) == (60, RATE)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_mp3_pieces_follow_each_other_without_their_tags(venice, tmp_path):
    query = Speak(text="One two. Three.", to=tmp_path / "a.mp3", segment=10)
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x05tagged"[:15]
    old = b"TAG" + bytes(125)
    _, saved = played(venice.ask(query), [MP3 + old, tag + MP3])
    assert saved.path.read_bytes() == MP3 + MP3


def test_pieces_that_are_not_alike_are_kept_and_not_joined(venice, tmp_path):
    query = Speak(text="One two. Three.", to=tmp_path / "a.wav", segment=10)
    with pytest.raises(DownloadError, match="differ in rate") as caught:
        played(venice.ask(query), [wav(), wav(rate=16000)])
    assert "paid for and saved" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1of2.wav", "a-2of2.wav"]


def test_a_refusal_in_the_middle_keeps_what_was_paid_for(venice, tmp_path):
    query = Speak(text="One two. Three.", to=tmp_path / "a.mp3", segment=10)
    with pytest.raises(ContentPolicy, match=r"a-1of2\.mp3"):
        played(venice.ask(query), [MP3, DownloadError("refused", reply=as_json(POLICY, 422))])


def test_after_a_failure_no_further_piece_is_begun(venice, tmp_path):
    query = Speak(text="One two. Three. Four.", to=tmp_path / "a.mp3", segment=10, at_once=1)
    refusal = DownloadError("refused", reply=as_json(POLICY, 422))
    with pytest.raises(ContentPolicy, match="violates"):
        played(venice.ask(query), [refusal])


def test_so_many_pieces_are_read_side_by_side_as_were_asked_for(venice, tmp_path):
    query = Speak(text="One two. Three.", to=tmp_path / "a.mp3", segment=10, at_once=7)
    flow = venice.ask(query)
    next(flow)
    flow.send(catalogue(TTS_ROWS))
    assert flow.send(None).most == 7


def test_a_stream_asks_for_its_pieces_one_after_the_other(venice):
    query = Speak(text="One two. Three.", segment=10, voice="af_heart")
    stream = fed(venice.stream(query), catalogue(TTS_ROWS))
    assert [call.json for call in stream.calls] == [
        {
            "model": "tts-kokoro",
            "input": text,
            "response_format": "mp3",
            "streaming": True,
            "voice": "af_heart",
        }
        for text in ("One two.", "Three.")
    ]
    assert all(call.spends for call in stream.calls)


def test_a_short_stream_has_the_format_that_venice_likes_best(venice):
    (sent,) = fed(venice.stream(Speak(text="Hi")), catalogue(TTS_ROWS)).calls
    assert sent.json == {"model": "tts-kokoro", "input": "Hi", "streaming": True}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"to": "a.mp3"}, "to"),
        ({"format": "aiff"}, "format"),
        ({"text": "One. Two.", "segment": 5, "format": "flac"}, "format"),
        ({"text": ""}, "text"),
        ({"model": "tts-orpheus", "format": "mp3"}, "format"),
    ],
)
def test_what_cannot_be_streamed_is_told_before_anything_is_spent(venice, options, field):
    error = ended(venice.stream(Speak(**{"text": "Hello", **options})), catalogue(TTS_ROWS))
    assert isinstance(error, InvalidTask)
    assert field in {problem.field for problem in error.problems}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (as_json(POLICY, 422), ContentPolicy),
        (as_json({"error": "Authentication failed"}, 401), AuthenticationFailed),
        (as_json({"status": "PROCESSING"}), ProtocolError),
    ],
)
def test_a_stream_that_is_no_sound_is_refused(venice, reply, error):
    stream = fed(venice.stream(Speak(text="Hi")), catalogue(TTS_ROWS))
    with pytest.raises(error):
        stream.accept(reply)


def test_nothing_but_speech_is_streamed(venice):
    with pytest.raises(Unsupported, match="stream Voices"):
        venice.stream(Voices())


@given(text=st.text(max_size=200), most=st.integers(1, 50))
def test_a_split_loses_nothing_but_white_space(text, most):
    pieces = split(text, most)
    assert all(0 < len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_split_is_made_at_the_end_of_a_sentence():
    assert split("One. Two! Three four?", 12) == ["One. Two!", "Three four?"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Voices(), {"af_heart", "am_adam", "bf_emma", "jm_kumo", "tara", "leo"}),
        (Voices(gender="female"), {"af_heart", "bf_emma"}),
        (Voices(gender="unknown"), {"tara", "leo"}),
        (Voices(region="a"), {"af_heart", "am_adam"}),
        (Voices(model="tts-orpheus"), {"tara", "leo"}),
    ],
)
def test_voices_are_found_by_model_gender_and_region(venice, query, found):
    assert not next(venice.ask(query)).keyed
    assert {voice.id for voice in fed(venice.ask(query), catalogue(TTS_ROWS))} == found


def test_a_voices_name_tells_its_language(venice):
    told = fed(venice.ask(Voices(region="j")), catalogue(TTS_ROWS))
    assert told == (
        Voice(
            id="jm_kumo",
            model="tts-kokoro",
            gender="male",
            region="j",
            language="Japanese",
            accent="Standard",
        ),
    )


def test_an_unknown_region_is_refused(venice):
    assert isinstance(ended(venice.ask(Voices(region="q"))), InvalidTask)


def uploaded(flow):
    """Plays the driver up to the upload."""
    effect = next(flow)
    return flow.send(effect.function())


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "said.wav"
    path.write_bytes(wav())
    return path


def test_a_recording_is_written_down(venice, recording):
    flow = venice.ask(Transcribe(file=recording, timestamps=True, language="en"))
    sent = uploaded(flow)
    assert (sent.url, sent.spends) == ("/audio/transcriptions", True)
    assert sent.form == {
        "model": "nvidia/parakeet-tdt-0.6b-v3",
        "response_format": "json",
        "timestamps": "true",
        "language": "en",
    }
    assert sent.files["file"].content == recording.read_bytes()
    body = {
        "text": "Hi",
        "duration": 1.5,
        "timestamps": {"word": [{"word": "Hi", "start": 0, "end": 0.5}]},
    }
    with pytest.raises(StopIteration) as done:
        flow.send(as_json(body))
    assert done.value.value == Transcript(
        text="Hi", duration=1.5, words=(Timed(text="Hi", start=0, end=0.5),)
    )


def test_plain_text_is_taken_as_it_is(venice, recording):
    flow = venice.ask(Transcribe(file=recording, plain=True))
    assert uploaded(flow).form["response_format"] == "text"
    reply = as_json("")
    plain = type(reply)(status=200, headers={"content-type": "text/plain"}, body=b"Hi there")
    with pytest.raises(StopIteration) as done:
        flow.send(plain)
    assert done.value.value == Transcript(text="Hi there")


def test_a_voice_is_cloned(venice, recording):
    flow = venice.ask(CloneVoice(sample=recording))
    sent = uploaded(flow)
    assert (sent.url, sent.form) == ("/audio/voices", {"model": "tts-chatterbox-hd"})
    assert sent.spends
    body = {"id": "vv_voice_abc123xyz", "model": "tts-chatterbox-hd"}
    with pytest.raises(StopIteration) as done:
        flow.send(as_json(body))
    assert done.value.value == ClonedVoice(id="vv_voice_abc123xyz", model="tts-chatterbox-hd")


@pytest.mark.parametrize("content", [b"", b"<html>", bytes(25_000_001)])
def test_what_is_no_recording_is_not_sent(venice, tmp_path, content):
    path = tmp_path / "said.wav"
    path.write_bytes(content)
    with pytest.raises(InvalidTask):
        uploaded(venice.ask(Transcribe(file=path)))


def test_a_file_that_is_not_there_is_told(venice, tmp_path):
    with pytest.raises(InvalidTask, match="can be read"):
        uploaded(venice.ask(CloneVoice(sample=tmp_path / "none.wav")))


def test_a_sample_is_of_a_kind_that_the_model_takes(venice, tmp_path):
    path = tmp_path / "said.flac"
    path.write_bytes(b"fLaC" + bytes(60))
    with pytest.raises(InvalidTask, match="mp3, wav"):
        uploaded(venice.ask(CloneVoice(sample=path, model="tts-minimax-speech-02-hd")))


def test_timestamps_are_not_asked_of_plain_text(venice, recording):
    query = Transcribe(file=recording, plain=True, timestamps=True)
    assert isinstance(ended(venice.ask(query)), InvalidTask)


def test_another_query_is_not_answered(venice):
    class Odd(Query[str], frozen=True, kw_only=True, tag="odd-of-venice"):
        pass

    with pytest.raises(Unsupported):
        venice.ask(Odd())
