"""The first screen: the README on the site, and what it says of the backends."""

import re
import shlex
import struct
from xml.etree import ElementTree as ET

import pytest

import front
from gallery.page import PAGE, blocks
from segue._plugins.catalog import FIRST_PARTY

from .pages import ROOT, Page

README = Page(ROOT / "README.md")
STATIC = ROOT / "docs/static"


def test_the_site_shows_the_picture_for_light_and_dark_and_a_player():
    shown = front.shown(README.text)
    assert "<picture>" not in shown
    for theme in ("light", "dark"):
        assert f"{{image}} docs/pictures/terminal-{theme}.svg" in shown
        assert f":class: only-{theme} " in shown
    (piece,) = re.findall(r'<audio controls preload="none" src="docs/listen/(.*?)"', shown)
    made = [shlex.split(block.text)[-1] for block in blocks(PAGE.read_text(encoding="utf-8"))]
    assert piece in made
    assert shown.index("{image}") < shown.index("A real run") < shown.index("<audio")


def test_a_readme_without_its_picture_is_told():
    with pytest.raises(RuntimeError, match="no <picture>"):
        front.shown("# Segue\n")


def test_every_backend_has_a_row_and_none_is_said_to_be_tried_live_that_is_not():
    """Cassettes are the trace of a live try: each says at its top what it was recorded from."""
    section = README.section("Backends, and how far each was tried")
    rows = dict(re.findall(r"^\| \[`(\w+)`\].* \| (.*?) \|$", section, re.MULTILINE))
    assert rows.keys() == FIRST_PARTY.keys()
    assert rows.pop("local") == "it runs here, in every test"
    for name, live in rows.items():
        heads = [path.read_text(encoding="utf-8")[:200] for path in cassettes(name)]
        assert heads
        tried = any("against Segue's sandbox" not in head for head in heads)
        assert live.startswith("no") is not tried


def cassettes(name):
    return (ROOT / "cassettes" / name).glob("*.yaml")


@pytest.mark.parametrize("name", ["logo.svg", "favicon.svg"])
def test_a_drawing_is_whole_and_fetches_nothing(name):
    text = (STATIC / name).read_text(encoding="utf-8")
    assert ET.fromstring(text).get("viewBox")
    assert "href" not in text
    assert "url(" not in text


def test_the_card_has_the_size_that_other_sites_expect():
    head = (STATIC / "card.png").read_bytes()[:24]
    assert struct.unpack(">II", head[16:]) == (1200, 630)
