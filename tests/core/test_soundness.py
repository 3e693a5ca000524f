"""What is sound, and all of it: by what is in a file, for every container that players know."""

import io
import re
from contextlib import suppress

import pytest
from encoded import (
    MDAT,
    MOOV,
    SILENT,
    WHOLE,
    adts,
    asf,
    box,
    brand,
    encoded,
    matroska,
    midi,
    monkeys,
    tag,
    wavpack,
)
from hypothesis import given
from hypothesis import strategies as st
from sounds import mpeg, wave

from segue._files.soundness import Sound, Unsound, examined


def told(body, *, kind="", assured=True):
    return examined(io.BytesIO(body), media_type=kind, assured=assured)


@pytest.mark.parametrize("assured", [True, False])
@pytest.mark.parametrize(("container", "body"), WHOLE.values(), ids=WHOLE)
def test_what_players_play_is_sound_whatever_the_server_calls_it(container, body, assured):
    for kind in ("", "text/html", "audio/mpeg", "audio/x-odd"):
        assert told(body, kind=kind, assured=assured) == Sound(container)


WITHOUT_LENGTH = re.compile(
    "streamed|of 0|any length|unknown|to the end|list|tag|zeros|without|none|two"
    "|MP2|ALAC|AAC|ADIF|AC-3|AMR|True"
)
ANNOUNCED = [name for name in WHOLE if not WITHOUT_LENGTH.search(name)]


@pytest.mark.parametrize("name", ANNOUNCED)
@pytest.mark.parametrize("kept", [0.5, 0.9, -1])
def test_a_file_that_ends_before_its_announced_end_is_cut_off(name, kept):
    _, body = WHOLE[name]
    cut = body[: int(len(body) * kept)] if kept > 0 else body[:kept]
    with pytest.raises(Unsound):
        told(cut)


UNANNOUNCED = ["MP3 without a note", "AAC", "AC-3", "Vorbis", "MP3 behind a tag"]
UNANNOUNCED += ["FLAC", "FLAC without a length"]


@pytest.mark.parametrize("name", UNANNOUNCED)
@pytest.mark.parametrize("lacking", [1, 100])
def test_where_the_transport_proves_nothing_a_last_frame_without_its_end_is_cut_off(name, lacking):
    _, body = WHOLE[name]
    with pytest.raises(Unsound):
        told(body[:-lacking], assured=False)


def test_an_ogg_without_a_last_page_is_cut_off_where_the_transport_proves_nothing():
    whole = encoded("OGG", "VORBIS")
    last = whole.rindex(b"OggS")
    middle = bytearray(whole)
    middle[last + 5] &= ~4
    assert told(bytes(middle)) == Sound("ogg")
    with pytest.raises(Unsound, match="cut off"):
        told(bytes(middle), assured=False)


NOTHING = {
    "the header of a WAV": wave(b""),
    "the header of a WAV with a list behind": wave(b"", announced=0)[:4]
    + (48).to_bytes(4, "little")
    + wave(b"")[8:]
    + b"LIST\x04\x00\x00\x00INFO",
    "a streamed WAV that never began": wave(b"", announced=0xFFFF_FFFF),
    "a WAV without samples": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(256)) * 400,
    "a WAV without a form": b"RIFF\x24\x00\x00\x00WAVEdata\x04\x00\x00\x00" + bytes(4),
    "RIFF alone": b"RIFF\x04\x00\x00\x00WAVE",
    "an ID3 tag": tag(),
    "an ID3 tag that is longer than the file": tag()[:50],
    "two ID3 tags": tag() * 2,
    "an ID3 tag and zeros": tag() + bytes(3000),
    "an ID3 tag and text": tag() + b"no sound here" * 99,
    "an ID3v1 tag": b"TAG" + bytes(125),
    "OggS": b"OggS",
    "the head of an Ogg page": encoded("OGG", "VORBIS")[:27],
    "the first page of an Ogg": encoded("OGG", "VORBIS")[:58],
    "the headers of an Ogg": encoded("OGG", "VORBIS")[:3000],
    "fLaC": b"fLaC",
    "the header of a FLAC": encoded("FLAC", "PCM_16")[:42],
    "a FLAC of zeros": b"fLaC\x80\x00\x00\x22" + bytes(9000),
    "a frame of MP3, cut": mpeg(1)[:300],
    "the head of a frame of MP3": mpeg(1)[:4],
    "a tag and a frame of MP3, cut": tag() + mpeg(1)[:400],
    "an encoder's note alone": encoded("MP3", "MPEG_LAYER_III")[:313],
    "a frame of AAC, cut": adts(1)[:100],
    "ADIF": b"ADIF",
    "ftyp": brand(b"M4A "),
    "an MP4 without data": brand(b"M4A ") + MOOV,
    "an MP4 with empty data": brand(b"M4A ") + MOOV + box(b"mdat"),
    "an MP4 without an index": brand(b"M4A ") + MDAT,
    "a silent film": brand(b"isom") + SILENT + MDAT,
    "the head of a WebM": matroska(b"webm")[:30],
    "a WebM without a cluster": matroska(b"webm")[:90],
    "a silent WebM": matroska(b"webm", codec=b"V_VP9"),
    "the head of an AIFF": encoded("AIFF", "PCM_16")[:54],
    "the head of a CAF": encoded("CAF", "PCM_16")[:60],
    "the head of an AU": encoded("AU", "PCM_16")[:24],
    "the head of a WMA": asf()[:54],
    "the head of a WavPack": wavpack()[:32],
    "the head of a Monkey": monkeys()[:84],
    "#!AMR": b"#!AMR\n",
    "a MIDI file without a track": midi()[:14],
    "a MIDI file whose track is empty": midi()[:14] + b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
}


@pytest.mark.parametrize("kind", ["", "audio/wav", "audio/mpeg", "application/octet-stream"])
@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_a_file_without_sound_is_none_and_the_error_says_what_is_missing(body, kind):
    with pytest.raises(Unsound, match=r"^(\w+: |this is not audio|it holds nothing)"):
        told(body, kind=kind)


ODD = bytes(range(238, 0, -1)) * 9


@pytest.mark.parametrize(
    ("kind", "extension"),
    [
        ("audio/x-odd", "audio"),
        ("audio/x-s3m", "s3m"),
        ("audio/l16", "pcm"),
        ("audio/x-exe", "audio"),
    ],
)
def test_audio_of_an_unknown_kind_is_saved_as_it_came_and_not_verified(kind, extension):
    assert told(ODD, kind=kind) == Sound(extension, verified=False)


NO_AUDIO = {
    "a page": b"<!DOCTYPE html><html><body>sorry</body></html>",
    "a page in another encoding": "<html><p>d\u00e9sol\u00e9</p></html>".encode("latin-1"),
    "UTF-16": "<html>".encode("utf-16"),
    "JSON": b'{"error": "no"}',
    "XML": b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "text": b"no such file",
    "a picture": b"\x89PNG\r\n\x1a\n" + ODD,
    "a zip": b"PK\x03\x04" + ODD,
    "a program": b"MZ\x90\x00" + ODD,
    "another program": b"\x7fELF" + ODD,
    "a script": b"#!/bin/sh\n\xff" + ODD,
    "a PDF": b"%PDF-1.7\n\xff" + ODD,
    "gzip": b"\x1f\x8b\x08" + ODD,
    "a film of another kind": b"RIFF\x00\x10\x00\x00AVI " + ODD,
    "zeros": bytes(5000),
    "nothing": b"",
}


@pytest.mark.parametrize("kind", ["audio/x-odd", "audio/mpeg", "video/mp4", ""])
@pytest.mark.parametrize("body", NO_AUDIO.values(), ids=NO_AUDIO)
def test_what_is_no_audio_is_none_whatever_the_server_calls_it(body, kind):
    with pytest.raises(Unsound):
        told(body, kind=kind)


@pytest.mark.parametrize("kind", ["audio/mpeg", "audio/wav", "audio/flac", "application/json", ""])
def test_unknown_bytes_are_not_what_a_known_media_type_says(kind):
    with pytest.raises(Unsound, match="not audio"):
        told(ODD, kind=kind)


STARTS = st.sampled_from([body[:60] for _, body in WHOLE.values()])


@given(STARTS, st.binary(max_size=600), st.booleans())
def test_no_bytes_confuse_the_examination(head, rest, assured):
    with suppress(Unsound):
        assert told(head + rest, kind="audio/x-odd", assured=assured).container


@given(st.sampled_from(list(WHOLE.values())), st.data())
def test_a_damaged_file_is_sound_or_not_and_nothing_else(whole, data):
    body = bytearray(whole[1][:4000])
    for _ in range(4):
        body[data.draw(st.integers(0, min(len(body), 200) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unsound):
        told(bytes(body), assured=False)
