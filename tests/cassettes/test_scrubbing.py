"""What scrubbing makes of requests and answers, and of audio that is too long."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.containers import container_of
from segue.testing.cassettes.audio import LONGEST, trimmed
from segue.testing.cassettes.origin import Origin
from segue.testing.cassettes.scrub import Scrub, even_form
from segue.testing.cassettes.secrets import secrets_in


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://a.example/x?page=2", "https://a.example/x?page=2"),
        ("https://a.example/x?sig=1&page=2", "https://a.example/x?sig=hidden&page=hidden"),
        ("https://a.example/x?Key-Pair-Id=1&Policy=2", "Policy=hidden"),
        ("https://a.example/x?api_key=1", "https://a.example/x?api_key=hidden"),
        ("https://a.example/x?exp=17&sgn=1f", "https://a.example/x?exp=hidden&sgn=hidden"),
        ("/files/x.wav?signature=1f", "/files/x.wav?signature=hidden"),
        ("//[x?sig=1", "//[x?sig=1"),
    ],
)
def test_the_query_of_a_signed_address_is_masked(url, clean):
    assert Scrub().address(url).endswith(clean)


def test_a_signed_address_is_masked_wherever_it_stands_in_an_answer():
    told = b'{"url": "/files/x.wav?signature=1f", "note": "or //[ and https://a.example/?sig=2"}'
    clean = Scrub().body(told).decode()
    assert "/files/x.wav?signature=hidden" in clean
    assert "https://a.example/?sig=hidden" in clean
    assert secrets_in(clean) == []


def test_what_a_vendor_signs_its_addresses_with_can_be_named():
    url = "https://a.example/x?proof=1f&page=2"
    assert Scrub().address(url) == url
    assert Scrub(signed=("proof",)).address(url).endswith("?proof=hidden&page=hidden")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(
        ["a@b.example", "https://x.example/?token=1", "/x?sig=1", "https://x.example/a"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["job_token", "id", "user_id", "url"]), inner)
    ),
)


@settings(max_examples=50)
@given(JSON)
def test_scrubbing_twice_is_scrubbing_once(value):
    scrub = Scrub(fields=("id",))
    once = scrub.body(json.dumps(value).encode())
    assert scrub.body(once) == once
    assert secrets_in(once) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Authorization: Bearer <api-key>", []),
        ("a bearer authentication is wanted", []),
        ("Authorization: Bearer x", ["a bearer token"]),
        ("bearer abcdefg7", ["a bearer token"]),
        ("eyJhbGc.eyJzdWI.abc", []),
        ("eyJhbGciOiJ9AA.eyJzdWIiOiIxMjM0", ["a JSON web token"]),
        ("https://cdn.example/a?x=1&Signature=abc", ["a signed address"]),
        ("https://cdn.example/a?Signature=hidden", []),
        ("write to ann@firm.example", ["an e-mail address"]),
        ("write to support@venice.ai", []),
        ("dG95LWtleS1vZi0wMTIzNDU2Nzg5", ["the API key"]),
        ("?key=toy-key-of-0123456789", ["the API key"]),
    ],
)
def test_what_looks_like_a_secret_is_told_apart_from_what_does_not(text, found):
    assert secrets_in({"body": [text]}, ["toy-key-of-0123456789"]) == found


def test_fields_that_differ_from_run_to_run_can_be_named():
    assert Scrub(fields=("job-id",)).body(b'{"jobId":"7","n":1}') == b'{"jobId":"hidden","n":1}'


def test_a_form_has_always_the_same_boundary():
    def form(boundary):
        return even_form(
            {"content-type": f"multipart/form-data; boundary={boundary}"},
            f"--{boundary}\r\nfile\r\n--{boundary}--".encode(),
        )

    assert form("abc123") == form("def456")


def test_a_large_upload_is_told_by_its_digest():
    body = bytes(range(256)) * 100
    _, told = even_form({}, body)
    assert told.startswith(b"25600 bytes, SHA-256 ")
    assert even_form({}, b"x" * 30_000)[1] == b"x" * 30_000  # text is kept


@pytest.mark.parametrize(
    ("real", "shown", "url", "becomes"),
    [
        ("http://h:1/v/api/v1", "https://v.ai/api/v1", "/v/api/v1/models", "/api/v1/models"),
        ("http://h:1/market/v1", "https://v.ai/v1", "/market/api/markets", "/api/markets"),
        ("http://h:1/acme", "https://v.ai/v2", "/acme/jobs", "/v2/jobs"),
        ("http://h:1", "https://v.ai", "/elsewhere", "/elsewhere"),
    ],
)
def test_an_address_of_the_sandbox_is_the_vendors(real, shown, url, becomes):
    assert Origin.of(real, shown).vendors(f"http://h:1{url}") == f"https://v.ai{becomes}"


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("/v/files.v.ai/a.mp3?x=1", "https://files.v.ai/a.mp3?x=1"),
        ("/v/api/v1/jobs", "https://v.ai/api/v1/jobs"),
    ],
)
def test_a_folder_of_the_sandbox_can_stand_for_another_host_of_the_vendor(url, becomes):
    hosts = {"/v/files.v.ai": "https://files.v.ai"}
    origin = Origin.of("http://h:1/v/api/v1", "https://v.ai/api/v1", hosts)
    assert origin.vendors(f"http://h:1{url}") == becomes
    assert origin.rewritten(f'{{"url":"http://h:1{url}"}}'.encode()) == (
        f'{{"url":"{becomes}"}}'.encode()
    )


FORMATS = [
    ("WAV", "PCM_16", 48_000),
    ("WAV", "FLOAT", 44_100),
    ("MP3", "MPEG_LAYER_III", 16_000),
    ("MP3", "MPEG_LAYER_III", 44_100),
    ("FLAC", "PCM_16", 24_000),
    ("FLAC", "PCM_24", 44_100),
    ("OGG", "VORBIS", 48_000),
    ("OGG", "OPUS", 48_000),
]


def noise(form: str, subtype: str, rate: int, seconds: float) -> bytes:
    rng = np.random.default_rng(1)
    samples = rng.standard_normal(int(seconds * rate)).astype("float32") / 8
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("tag", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)])
@pytest.mark.parametrize(("form", "subtype", "rate"), FORMATS)
def test_long_audio_is_cut_to_a_short_file_of_the_same_kind(form, subtype, rate, tag):
    whole = noise(form, subtype, rate, 3)
    cut = trimmed(tag + whole)
    assert len(cut) < max(2 * LONGEST, len(whole) / 2)
    assert container_of(cut[len(tag) :]) == form.lower()
    samples, told = soundfile.read(io.BytesIO(cut[len(tag) :]))
    assert told == rate
    assert len(samples) > 500
    if form in {"WAV", "FLAC"}:
        assert (samples == soundfile.read(io.BytesIO(whole))[0][: len(samples)]).all()
    assert trimmed(cut) == cut


def test_short_audio_and_what_cannot_be_cut_are_left_alone():
    short = noise("FLAC", "PCM_16", 16_000, 0.05)
    assert trimmed(short) == short
    unknown = b"\x00\x00\x00\x20ftypM4A " + bytes(20_000)
    assert trimmed(unknown) == unknown


@settings(max_examples=50)
@given(
    st.sampled_from([b"RIFF\x00\x00\x00\x00WAVE", b"fLaC", b"OggS", b"\xff\xfb\x90\x00", b"ID3"]),
    st.binary(max_size=60),
)
def test_broken_audio_is_cut_without_an_error(start, more):
    assert isinstance(trimmed(start + more * 400, longest=100), bytes)
