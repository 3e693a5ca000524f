"""The files of `cassettes/`: listed, honest, without secrets, small, and with audio that plays."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
import soundfile

from segue.containers import container_of
from segue.testing.cassettes import Head, heard
from segue.testing.cassettes.secrets import secrets_in

from .recordings import Shelf, made
from .shelves import PLACE, SHELVES

FILES = [(shelf, file) for shelf in SHELVES for file in sorted(PLACE.glob(f"{shelf.name}/*.yaml"))]
PAGES = {"html-page", "page", "fenced-key", "not-a-verdict", "signature-expired"}
"""Cassettes that hold an answer in HTML or XML."""


def table(shelf: Shelf) -> str:
    """The table of a vendor's cassettes, as the page must have it."""
    rows = [
        f"| [{name}.yaml]({shelf.name}/{name}.yaml) | {told.about} | {made(told)} |"
        for name, told in shelf.recordings.items()
    ]
    return "\n".join(["| file | what it holds | how it was made |", "|---|---|---|", *rows])


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.name)
def test_the_page_lists_every_file_and_how_it_was_made(shelf):
    page = (PLACE / "README.md").read_text(encoding="utf-8")
    assert table(shelf) in page, f"cassettes/README.md needs this table:\n{table(shelf)}"


def test_no_file_is_there_without_a_story():
    files = {file.relative_to(PLACE).as_posix() for file in PLACE.rglob("*.yaml")}
    assert files == {f"{shelf.name}/{name}.yaml" for shelf in SHELVES for name in shelf.recordings}


def test_all_of_them_are_small():
    assert sum(file.stat().st_size for _, file in FILES) < 800_000


@pytest.mark.parametrize(("shelf", "file"), FILES, ids=lambda part: getattr(part, "stem", ""))
def test_a_file_says_where_it_is_from_and_holds_only_what_it_should(shelf, file):
    assert Head.read(file).against
    shapes = shelf.scrub.shapes
    assert secrets_in(file.read_text(encoding="utf-8"), [shelf.key], shapes) == []
    told = heard(file)
    assert secrets_in([[one.request, one.response] for one in told], [shelf.key], shapes) == []
    known = (shelf.provider.base_url, *shelf.hosts.values())
    assert {urlsplit(one.url).netloc for one in told} <= {urlsplit(url).netloc for url in known}
    for one in told:
        check_answer(file, one.response["headers"]["content-type"][0], one.response["body"])


def check_answer(file, kind, body):
    """It is JSON, or audio that plays, or one of the pages that are neither."""
    if kind == "audio/mp4":  # which libsndfile does not read
        assert container_of(body["string"][:64]) == "m4a"
    elif kind.startswith("audio/") and body["string"]:
        assert soundfile.info(io.BytesIO(body["string"])).frames > 100
    elif not kind.startswith("audio/"):
        assert kind == "application/json" or file.stem in PAGES


def test_what_was_not_recorded_live_says_so():
    page = (PLACE / "README.md").read_text(encoding="utf-8")
    live = [file.stem for _, file in FILES if Head.read(file).live]
    assert ("None of them is a recording of a live vendor." in page) == (not live)
