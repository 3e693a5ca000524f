"""The page to listen to: its commands are real, and its pictures show what is played."""

import json
import os
import re
import shlex
import sys
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from gallery import site
from gallery.figures import figure
from gallery.labels import legend
from gallery.making import Piece, make
from gallery.page import PAGE, Block, blocks, with_figures
from gallery.roll import alone, picture, style
from gallery.scale import LEFT, RIGHT, bar_starts, end
from pieces import write
from segue.cli import main
from segue.job import Ticket
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import names
from segue_local.midi import midi
from segue_local.orders import remembered
from segue_local.understand import understand

TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [block.text.strip() for block in blocks(TEXT) if block.language == "console"]
SVG = "{http://www.w3.org/2000/svg}"
STROKE = re.compile(r"M(\S+) (\S+)h(\S+)v(\S+)h-\S+?z")
UNREAD = {"giraffe.mp3": ["tired", "giraffe"]}


def strokes(root):
    """The notes that are drawn, by the names of their parts: where each begins."""
    return {
        path.get("data-part"): [float(found[1]) for found in STROKE.finditer(path.get("d"))]
        for path in root.iter(f"{SVG}path")
        if path.get("data-part")
    }


def scores():
    metres = ("4/4", "3/4", "6/8")
    for place, genre in enumerate(names()):
        brief = Brief(genre=genre, seed=place, duration=6 + 3 * place, metre=metres[place % 3])
        yield compose(understand(brief))
    yield compose(understand(Brief(genre="house", duration=8, loop=True)))


SCORES = list(scores())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.rpartition(" ")[2])
def test_every_command_of_the_page_is_taken_and_its_prompt_is_read(
    command, desk, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", [*shlex.split(command.removeprefix("$ ")), "--no-wait"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    plan = understand(remembered(Ticket.from_json(capsys.readouterr().out)))
    unread = plan.understood.get("unread", {"value": []})
    assert unread["value"] == UNREAD.get(sys.argv[sys.argv.index("-o") + 1], [])
    assert 8 <= plan.duration <= 20
    assert all(line.startswith("not understood: ") for line in plan.ignored)
    assert bool(plan.ignored) is bool(unread["value"])


def test_the_page_has_pieces_in_many_genres_metres_and_containers():
    plans = [understand(Brief(prompt=shlex.split(line)[3])) for line in COMMANDS]
    assert len({plan.genre for plan in plans}) >= 10
    assert {plan.metre for plan in plans} == {"4/4", "3/4", "6/8"}
    assert len({line.rpartition("-o ")[2] for line in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: f"{score.genre}, {score.metre}")
def test_a_picture_has_every_note_and_every_bar_where_it_sounds(score):
    root = ET.fromstring(picture(score, "piece"))
    scale = (RIGHT - LEFT) / end(score)
    drawn = strokes(root)
    for part in score.parts:
        told = [LEFT + note.start * scale for note in part.notes if note.start < end(score)]
        assert drawn.get(part.name, []) == pytest.approx(told, abs=0.06)
    (bars,) = (path.get("d") for path in root.iter(f"{SVG}path") if path.get("class") == "bars")
    told = [LEFT + at * score.meter * scale for at in range(len(bar_starts(score)))]
    assert [float(x) for x in re.findall(r"M(\S+) ", bars)] == pytest.approx(told, abs=0.06)
    assert len(told) == sum(section.bars for section in score.sections)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: f"{score.genre}, {score.metre}")
def test_a_picture_stays_in_its_frame_and_has_a_colour_for_each_part(score):
    root = ET.fromstring(alone(score, "piece"))
    width, height = map(float, root.get("viewBox").split()[2:])
    for path in root.iter(f"{SVG}path"):
        for x, y, wide, high in STROKE.findall(path.get("d")):
            assert LEFT <= float(x) <= float(x) + float(wide) <= RIGHT + 1.6
            assert 0 < float(y) <= float(y) + float(high) < height
    for word in root.iter(f"{SVG}text"):
        assert 0 <= float(word.get("x")) <= width
        assert 0 < float(word.get("y")) < height
    shown = list(legend(score).values())
    assert len(set(shown) - {"mist"}) == len([tint for tint in shown if tint != "mist"])
    assert all(
        f".{tint}," in style() and f"--roll-{tint}: light-dark(" in style() for tint in shown
    )


def test_a_picture_says_what_is_to_be_seen():
    score = SCORES[0]
    root = ET.fromstring(picture(score, "piece"))
    told = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby").split()) == set(told)
    assert score.title in told["piece-title"]
    assert all(part.name in told["piece-desc"] for part in score.parts if part.notes)


@pytest.fixture
def loop(tmp_path, monkeypatch):
    """The page's loop, as the script makes it, while Segue is set up for something else."""
    monkeypatch.setenv("SEGUE_BACKEND", "venice/ace-step-15")
    (block,) = (block for block in blocks(TEXT) if "loop.flac" in block.text)
    (made,) = write([block], tmp_path)
    return made


def test_a_command_of_the_page_makes_its_piece_picture_and_notes(loop, tmp_path):
    assert {path.name for path in tmp_path.iterdir()} == {"loop.flac", "loop.mid", "loop.svg"}
    assert (tmp_path / "loop.mid").read_bytes() == midi(loop.score)
    drawn = strokes(ET.fromstring((tmp_path / "loop.svg").read_text(encoding="utf-8")))
    assert {name: len(found) for name, found in drawn.items()} == {
        part.name: len(part.notes) for part in loop.score.parts if part.notes
    }
    assert os.environ["SEGUE_BACKEND"] == "venice/ace-step-15"
    html = figure(loop, "here/")
    addresses = re.findall(r'(?:src|href)="(.*?)"', html)
    assert sorted(addresses) == ["here/loop.flac", "here/loop.mid", "here/loop.svg"]
    assert re.search(r"<audio controls preload=\"none\" loop .*?aria-label=\"\w+", html)
    assert "\n\n" not in html  # it would end there for Markdown


def test_pieces_of_an_earlier_composer_are_small_and_belong_to_the_page(tmp_path):
    earlier = sorted((PAGE.parent / "gallery" / "before").glob("*.ogg"))
    names = {line.rpartition("-o ")[2].removesuffix(".mp3") for line in COMMANDS}
    assert len(earlier) >= 6
    assert {path.name.removesuffix("-before.ogg") for path in earlier} <= names
    assert sum(path.stat().st_size for path in earlier) < 500_000
    (block,) = (block for block in blocks(TEXT) if "harp.mp3" in block.text)
    (made,) = write([block], tmp_path)
    assert (tmp_path / "harp-before.ogg").read_bytes()[:4] == b"OggS"
    assert figure(made, "here/").count("<audio ") == 2


def test_a_command_that_fails_says_so(tmp_path):
    failing = Block(language="console", text='$ segue generate "lofi" --lyrics "la" -o a.ogg\n')
    with pytest.raises(RuntimeError, match="lyrics"):
        list(make([failing], tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_figures_stand_below_their_blocks_and_the_rest_stays():
    last = len(blocks(TEXT)) - 1
    shown = with_figures(TEXT, {0: "<p>first</p>", last: "<p>last</p>"})
    first = COMMANDS[0]
    assert f"{first}\n```\n\n<p>first</p>\n" in shown
    assert shown.endswith("```\n\n<p>last</p>\n")
    assert shown.replace("\n<p>first</p>\n", "").replace("\n<p>last</p>\n", "") == TEXT


def test_the_site_makes_its_pieces_anew_only_when_something_has_changed(tmp_path, monkeypatch):
    page = tmp_path / "listen.md"
    monkeypatch.setattr(site, "PAGE", page)
    monkeypatch.setattr(site.pieces, "write", lambda todo, _: runs.append(todo) or [])
    runs = []
    html = SimpleNamespace(
        outdir=tmp_path / "site",
        builder=SimpleNamespace(format="html"),
        config=SimpleNamespace(html_static_path=[]),
    )
    for text in ("once", "once", "twice"):
        page.write_text(text)
        site.made(html)
    assert len(runs) == 2
    kept = json.loads((tmp_path / "site/docs/listen/figures.json").read_text())
    assert kept["figures"] == {}


def test_stems_are_players_with_the_names_of_what_is_in_them():
    plan = understand(Brief(prompt="folk", duration=4))
    piece = Piece(
        block=0, files=("a-drums.mp3", "a-bass.mp3"), stems=("drums", "bass"),
        plan=plan, score=compose(plan),
    )  # fmt: skip
    labels = re.findall(r'aria-label="(\w+) of', figure(piece, ""))
    assert labels == ["drums", "bass"]
