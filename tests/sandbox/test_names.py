"""What the files of a job are called in a folder: of one shape, whichever backend made them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import segue
from segue.provider import Cadence, Limits
from segue.testing import Silence
from segue_marketplace import Marketplace
from segue_musicapi import MusicAPI
from segue_venice import Venice

BACKENDS = [
    "local",
    "venice/ace-step-15",
    "marketplace/venice-ace-step-15",
    "musicapi/sonic-v5",
    "musicapi/producer",
]
UNTITLED = {"silence", "venice/ace-step-15", "marketplace/venice-ace-step-15"}
"""Those that give a piece no title of their own."""

PROMPTS = {
    "plain": ("rainy night, soft piano", "rainy-night-soft-piano"),
    "quotes": ("\"rainy\" night, it's Anna\u2019s 'hour'", "rainy-night-its-Annas-hour"),
    "slashes": ("../../etc/rain \\ night: soft|piano?", "etc-rain-night-soft-piano"),
    "emoji": ("🎵 rainy night 👨\u200d👩\u200d👧 soft piano 🌧️", "rainy-night-soft-piano"),
    "lines": ("rainy night\n\tsoft   piano\r\n", "rainy-night-soft-piano"),
    "long": ("rain and more " * 21 + "rain", "rain-and-more-rain-and-more-rain-and-more-rain"),
    "one word": ("夜" * 300, "夜" * 48),
}


@pytest.fixture(autouse=True)
def _there(led_there, monkeypatch):
    for provider in (Venice, Marketplace, MusicAPI):  # the sandbox's time is 600 times as fast
        monkeypatch.setattr(provider, "cadence", Cadence(first=0.02, growth=1.2, cap=0.1))
        monkeypatch.setattr(provider, "limits", Limits())


def made(backend, **how):
    """A client of that backend; `silence` is the one of the tests."""
    return segue.Client(Silence() if backend == "silence" else backend, **how)


def shaped(delivery, words=r"[\w.]+(?:-[\w.]+)*", parts=("",)):
    """Whether its files are called `WORDS-JOB`, and so on, as the parts say."""
    job = delivery.ticket.job
    assert len(job) == 10
    for path, part in zip(delivery.paths, parts, strict=True):
        shape = rf"({words})-{job}{part}\.(wav|mp3|flac|m4a|mid|txt)"
        assert re.fullmatch(shape, path.name), path.name
        assert path.is_file()
    return True


@pytest.mark.parametrize("journal", ["on", "off"])
@pytest.mark.parametrize("backend", ["silence", *BACKENDS])
def test_one_program_gives_names_of_one_shape_on_every_backend(backend, journal, tmp_path):
    with made(backend, **({} if journal == "on" else {"journal": None})) as client:
        delivery = client.generate_and_wait("rainy night, soft piano", to=tmp_path / "out")
    tracks = range(1, len(delivery) + 1)
    words = {"words": "rainy-night-soft-piano"} if backend in UNTITLED else {}
    assert shaped(delivery, parts=["" if track == 1 else f"-{track}" for track in tracks], **words)
    assert len(delivery) == (2 if "sonic" in backend else 1)


@pytest.mark.parametrize("backend", ["silence", "local", "musicapi/sonic-v5"])
def test_the_users_title_comes_before_the_prompt(backend, tmp_path):
    with made(backend) as client:
        delivery = client.generate_and_wait("calm rain", title="Sea & Sky", to=tmp_path)
    assert shaped(delivery, "Sea-Sky", ["", "-2"][: len(delivery)])


@pytest.mark.parametrize(("prompt", "words"), PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("backend", sorted(UNTITLED))
def test_any_prompt_makes_a_name_that_is_safe(backend, prompt, words, tmp_path):
    with made(backend) as client:
        delivery = client.generate_and_wait(prompt, to=tmp_path / "out")
    assert shaped(delivery, words)
    assert delivery.path.parent == tmp_path / "out"


@pytest.mark.parametrize("prompt", [prompt for prompt, _ in PROMPTS.values()], ids=PROMPTS)
@pytest.mark.parametrize("backend", ["local", "musicapi/sonic-v5"])
def test_no_blank_is_in_the_name_of_a_piece_with_a_title_of_its_own(backend, prompt, tmp_path):
    with made(backend) as client:
        delivery = client.generate_and_wait(prompt, duration=5, to=tmp_path, unsupported="ignore")
    assert shaped(delivery, parts=["", "-2"][: len(delivery)])


@pytest.mark.parametrize("prompt", ["🎵🎵🎵", "?!", "..."])
def test_a_prompt_without_a_letter_has_a_name_all_the_same(prompt, tmp_path):
    with made("silence") as client:
        assert shaped(client.generate_and_wait(prompt, to=tmp_path), "track")


def test_the_parts_of_a_piece_are_told_apart_behind_the_job(tmp_path):
    own = {"local": {"assets": ["midi", "chords"]}}
    with segue.Client("local") as client:
        piece = client.generate_and_wait(
            "folk", title="Far Home", duration=4, extra=own, to=tmp_path
        )
        assert shaped(piece, "Far-Home", ["", "-midi", "-chords"])
        source = segue.Source(ticket=piece.ticket)
        stems = client.generate_and_wait(segue.Stems(source=source), to=tmp_path)
    assert shaped(
        stems, "Far-Home", [f"-{part}" for part in ("drums", "bass", "harmony", "melody")]
    )


def test_a_file_that_the_user_named_has_that_name(tmp_path):
    own = {"local": {"assets": ["midi"]}}
    with segue.Client("local") as client:
        piece = client.generate_and_wait("folk", duration=4, extra=own, to=tmp_path / "my song.wav")
    assert [path.name for path in piece.paths] == ["my song.wav", "my song-midi.mid"]


@pytest.mark.parametrize("journal", ["on", "off"])
def test_a_job_has_the_same_name_in_another_process(journal, tmp_path):
    """Of a bare ticket nobody knows the prompt without the journal: then it is the provider's."""
    with made("silence") as client:
        ticket = client.submit("rainy night").ticket
    with made("silence", **({} if journal == "on" else {"journal": None})) as client:
        (path,) = client.resume(ticket).download(tmp_path)
    words = "rainy-night" if journal == "on" else "silence"
    assert path == tmp_path / f"{words}-{ticket.job}.wav"


def test_a_ticket_without_a_job_of_ours_is_named_by_the_vendors_id(tmp_path):
    with made("silence", journal=None) as client:
        ticket = client.submit("rainy night").ticket
        bare = segue.Ticket(provider="silence", id="../up/and away", state=ticket.state)
        (path,) = client.resume(bare).download(tmp_path / "out")
    assert path == tmp_path / "out" / "silence-up-and-aw.wav"


@pytest.mark.parametrize("job", ["../../out", "a/b", "x" * 300, "\0"])
def test_no_ticket_leads_out_of_the_folder(job, tmp_path):
    with made("silence", journal=None) as client:
        ticket = client.submit("rainy night").ticket
        odd = segue.Ticket(provider="silence", id=ticket.id, job=job, state=ticket.state)
        (path,) = client.resume(odd).download(tmp_path / "out")
    assert path.resolve().parent == tmp_path / "out"


def test_what_an_earlier_version_saved_of_a_job_stays_and_nothing_is_lost(tmp_path):
    with made("silence") as client:
        job = client.submit("rainy night")
        old = tmp_path / "silence.wav"
        old.write_bytes(b"of the old name")
        (path,) = client.resume(job.ticket).download(tmp_path)
    assert old.read_bytes() == b"of the old name"
    assert path.name == f"rainy-night-{job.ticket.job}.wav"


def test_files_of_one_job_are_not_saved_twice(tmp_path):
    with made("local") as client:
        job = client.submit("folk", duration=3, seed=1)
        first = job.download(tmp_path)
        assert client.resume(job.ticket).download(tmp_path) == first
        other = client.submit("folk", duration=3, seed=1).download(tmp_path)
    assert other != first
    assert len(list(Path(tmp_path).glob("*.wav"))) == 2
