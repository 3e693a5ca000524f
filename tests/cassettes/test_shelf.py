"""The files of `cassettes/`: listed, honest, without secrets, small, and with audio that plays."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import soundfile

from segue.testing.cassettes import Head, heard
from segue.testing.cassettes.secrets import secrets_in
from segue_venice import Venice

from .venice_recordings import RECORDINGS, made

SHELF = Path(__file__).parents[2] / "cassettes"
FILES = sorted(SHELF.rglob("*.yaml"))


def table() -> str:
    """The table of Venice's cassettes, as the page must have it."""
    rows = [
        f"| [{name}.yaml](venice/{name}.yaml) | {told.about} | {made(told)} |"
        for name, told in RECORDINGS.items()
    ]
    return "\n".join(["| file | what it holds | how it was made |", "|---|---|---|", *rows])


def test_the_page_lists_every_file_and_how_it_was_made():
    page = (SHELF / "README.md").read_text(encoding="utf-8")
    assert table() in page, f"cassettes/README.md needs this table:\n{table()}"


def test_no_file_is_there_without_a_story():
    files = {file.relative_to(SHELF).as_posix() for file in FILES}
    assert files == {f"venice/{name}.yaml" for name in RECORDINGS}


def test_all_of_them_are_small():
    assert sum(file.stat().st_size for file in FILES) < 400_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_where_it_is_from_and_holds_only_what_it_should(file):
    assert Head.read(file).against
    assert secrets_in(file.read_text(encoding="utf-8")) == []
    told = heard(file)
    assert secrets_in([[one.request, one.response] for one in told]) == []
    assert {urlsplit(one.url).netloc for one in told} == {urlsplit(Venice.base_url).netloc}
    for one in told:
        check_answer(file, one.response["headers"]["content-type"][0], one.response["body"])


def check_answer(file, kind, body):
    """It is JSON, or audio that plays, or the one page that is neither."""
    if kind.startswith("audio/") and body["string"]:
        assert soundfile.info(io.BytesIO(body["string"])).frames > 100
    elif not kind.startswith("audio/"):
        assert kind == "application/json" or file.stem == "html-page"


def test_what_was_not_recorded_live_says_so():
    page = (SHELF / "README.md").read_text(encoding="utf-8")
    live = [file.stem for file in FILES if Head.read(file).live]
    assert ("None of them is a recording of a live vendor." in page) == (not live)
