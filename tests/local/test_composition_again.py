"""A piece goes on, is covered and taken apart; and its notes can be had as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

import segue
from segue.errors import Refused
from segue.job import Ticket
from segue.tasks import Task
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import names
from segue_local.metres import in_metre
from segue_local.motif import motif
from segue_local.provider import Local
from segue_local.score import Score
from segue_local.stems import stems
from segue_local.understand import understand

ORIGIN = Brief(prompt="dreamy pop in E minor", duration=30, seed=8)


@pytest.fixture
def client() -> Iterator[segue.Client]:
    with segue.Client(Local(), journal=None) as client:
        yield client


def score(brief: Brief) -> Score:
    return compose(understand(brief))


def made(client: segue.Client, **fields: object) -> Ticket:
    task = segue.Generate(**{"prompt": "lofi in D minor", "duration": 6, "seed": 2, **fields})
    return client.submit(task).ticket


@pytest.mark.parametrize("name", names())
def test_a_continuation_begins_where_the_piece_ended(name: str) -> None:
    origin = Brief(genre=name, duration=24, seed=4)
    first, more = score(origin), score(Brief(continues=origin, duration=20, seed=9))
    assert (more.genre, more.bpm, more.metre) == (first.genre, first.bpm, first.metre)
    assert (more.tonic, more.mode) == (first.tonic, first.mode)
    assert [p.instrument for p in more.parts] == [p.instrument for p in first.parts]
    assert more.sections[0].name in ("a", "b")
    assert more.sections[0].start == 0
    assert {c.symbol for c in first.chords[:2]} & {c.symbol for c in more.chords}
    assert more.duration == 20


def test_a_continuation_keeps_the_motifs_and_is_no_copy() -> None:
    first, more = understand(ORIGIN), understand(Brief(continues=ORIGIN, seed=1))
    style = in_metre(more.tune.genre, more.metre)
    assert motif(style, more.tune, "a") == motif(style, first.tune, "a")
    assert compose(more).parts != compose(first).parts
    assert compose(more) != score(Brief(continues=ORIGIN, seed=2))


def test_a_continuation_of_a_continuation_goes_on() -> None:
    second = Brief(continues=ORIGIN, duration=12)
    third = score(Brief(continues=second, duration=12))
    assert (third.bpm, third.tonic) == (score(ORIGIN).bpm, score(ORIGIN).tonic)
    assert third.parts != score(second).parts


def test_where_it_goes_on_decides_what_comes_next() -> None:
    early = understand(Brief(continues=ORIGIN, at=8.0))
    late = understand(Brief(continues=ORIGIN))
    assert (early.opening, late.opening) == ("b", "a")
    with pytest.raises(ValueError, match="not within the piece's 30 seconds"):
        understand(Brief(continues=ORIGIN, at=31.0))


@pytest.mark.parametrize("name", [name for name in names() if name != "pop"])
def test_a_cover_is_the_same_harmony_in_another_dress(name: str) -> None:
    first, again = score(ORIGIN), score(Brief(covers=ORIGIN, genre=name, seed=5))
    assert again.genre == name
    assert (again.tonic, again.mode, again.metre) == (first.tonic, first.mode, first.metre)
    assert {c.symbol for c in again.chords} & {c.symbol for c in first.chords}
    assert [p.instrument for p in again.parts] != [p.instrument for p in first.parts]


def test_closeness_keeps_the_tempo_then_the_tune_then_only_the_chords() -> None:
    first = understand(ORIGIN)
    close, usual, far = (
        understand(Brief(covers=ORIGIN, genre="metal", closeness=closeness, seed=5))
        for closeness in (1.0, 0.5, 0.0)
    )
    assert close.bpm == score(ORIGIN).bpm
    assert usual.bpm != close.bpm
    assert (close.tune, usual.tune) == (first.tune, first.tune)
    assert far.tune.genre == "metal"
    assert far.theme == first.theme


def test_extend_cover_and_stems_work_on_a_ticket(client: segue.Client, tmp_path: Path) -> None:
    source = segue.Source(ticket=Ticket.from_json(made(client).to_json()))
    more = client.generate_and_wait(segue.Extend(source=source, duration=3), to=tmp_path / "m.wav")
    assert more.snapshot.understood["key"] == {"value": "D minor", "from": "source"}
    assert soundfile.info(more.paths[0]).duration == 3.0
    again = client.submit(segue.Cover(source=source, prompt="as bossa nova", seed=1)).poll()
    assert again.understood["genre"] == {"value": "bossa", "from": "prompt"}


def test_stems_are_files_as_long_as_the_piece(client: segue.Client, tmp_path: Path) -> None:
    source = segue.Source(ticket=made(client, prompt="house", duration=6))
    job = client.submit(segue.Stems(source=source))
    found = {path.name: soundfile.info(path).duration for path in job.download(tmp_path / "s.wav")}
    assert {"s-drums.wav", "s-bass.wav", "s-harmony.wav"} <= set(found)
    assert set(found.values()) == {6.0}


def test_full_stems_are_every_part_by_itself() -> None:
    piece = score(ORIGIN)
    heard = {part.name for part in piece.parts if part.notes}
    assert set(stems(piece, full=True)) == heard
    assert frozenset().union(*stems(piece, full=False).values()) == heard


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (segue.Extend(source=segue.Source(url="https://example.org/a.mp3")), "source.url"),
        (segue.Cover(source=segue.Source()), "source.ticket=None"),
        (segue.Stems(source=segue.Source(ticket=Ticket(provider="venice", id="1"))), "'venice'"),
        (segue.Stems(source=segue.Source(ticket=Ticket(provider="local", id="1"))), "no piece"),
    ],
)
def test_only_its_own_pieces_can_be_worked_on(client: segue.Client, task: Task, words: str) -> None:
    with pytest.raises(Refused) as caught:
        client.submit(task)
    assert words in str(caught.value)


def test_a_moment_after_the_end_is_refused(client: segue.Client) -> None:
    source = segue.Source(ticket=made(client))
    with pytest.raises(Refused, match="0 to 6 seconds, where the piece ends"):
        client.submit(segue.Extend(source=source, at=7.0))


def test_notes_come_as_files_only_when_asked_for(client: segue.Client, tmp_path: Path) -> None:
    plain = client.resume(made(client, duration=1)).download(tmp_path / "plain" / "a.wav")
    assert [path.suffix for path in plain] == [".wav"]
    own = {"local": {"assets": ["midi", "chords"]}}
    job = client.resume(made(client, duration=1, extra=own))
    assert [path.suffix for path in job.download(tmp_path / "a.wav")] == [".wav", ".mid", ".txt"]
    with pytest.raises(Refused, match="a list of midi, chords"):
        made(client, extra={"local": {"assets": ["tabs"]}})
