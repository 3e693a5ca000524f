"""`segue compare`: one task, several backends, a page that needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from segue._data import presentation as presenting

TWO = ("-b", "silence", "-b", "billing")


class Page(HTMLParser):
    """The tags of a page, and where each leads."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sources = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]


def test_every_backend_makes_its_own_and_the_page_has_them_all(segue):
    done = segue("compare", "hush <now>", "--title", "a&b", *TWO)
    assert done.exit_code == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:4] for row in rows[:2]] == [
        ["1", "silence", "saved", "0 USD"],
        ["2", "billing", "saved", "0.06 USD"],
    ]
    assert rows[2] == ["compare.html"]
    assert done.stderr.splitlines()[-1] == "2 of 2 saved; 0.06 USD"
    text = Path("compare.html").read_text()
    page = Page(text)
    assert (page.tags.count("article"), page.tags.count("audio")) == (2, 2)
    assert all(source.startswith("data:audio/wav;base64,") for source in page.sources)
    assert "<title>hush &lt;now&gt;</title>" in text
    assert "a&amp;b" in text
    assert not re.search(r"https?://", text)  # it asks nobody for anything


def test_a_large_piece_is_led_to_from_the_page(segue, monkeypatch, journal):
    monkeypatch.setattr(presenting, "EMBEDDED", 100)
    segue("compare", "hush", *TWO, "-o", "pages/my page.html")
    page = Page(Path("pages/my page.html").read_text())
    jobs = {entry.backend: entry.job for entry in journal.entries()}
    names = [f"hush-{jobs[backend]}.wav" for backend in ("silence", "billing")]
    assert page.sources == [f"my%20page/{name}" for name in names]
    assert all(Path("pages/my page", name).is_file() for name in names)


def test_one_that_fails_has_its_reason_on_the_page(segue):
    done = segue("compare", "hush", "-b", "silence", "-b", "free", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], told["page"]) == (1, False, "compare.html")
    assert [piece["result"] for piece in told["pieces"]] == ["saved", "failed"]
    text = Path("compare.html").read_text()
    assert "nobody took it" in text
    assert Page(text).tags.count("audio") == 1


def test_a_field_that_one_cannot_honour_is_dropped_there_and_told(segue):
    done = segue("compare", "hush", "-b", "keen", "-b", "silence", "--voice", "Ann", "-q")
    assert (done.exit_code, done.stdout) == (0, "compare.html\n")
    assert Path("compare.html").read_text().count("dropped: voice=") == 1
    done = segue("compare", "hush", *TWO, "--voice", "Ann", "--unsupported", "error", "--overwrite")
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["hush", "-b", "silence"], "at least two are needed"),
        (["hush", "-b", "silence", "-b", "silence"], "at least two are needed"),
        (["hush", "-b", "silence", "-b", "nobody"], "no installed distribution"),
        (["hush", *TWO, "-o", "page.wav"], "page.wav is not an .html file"),
        (["hush", *TWO, "-o", "there.html"], "there.html already exists"),
        ([*TWO], "missing argument 'PROMPT'"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_sent(segue, args, told, journal):
    Path("there.html").write_text("mine")
    done = segue("compare", *args)
    assert (done.exit_code, told in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert journal.entries() == []
    assert Path("there.html").read_text() == "mine"


def test_a_folder_gets_a_page_of_the_usual_name(segue):
    assert segue("compare", "hush", *TWO, "-o", "out/", "-q").stdout == "out/compare.html\n"
