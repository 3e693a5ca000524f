"""The pictures of a terminal show what the commands do today."""

import os
import re
from xml.etree import ElementTree as ET

import pytest

import terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")

VARYING = {r"\b[0-9a-f]{10}\b": "JOB", r"\d\d-\d\d \d\d:\d\d": "WHEN", r"[\u2800-\u28ff]": "~"}
"""Names, times, and the last bit of a waveform, which processors may round otherwise."""


def lasting(svg):
    for pattern, word in VARYING.items():
        svg = re.sub(pattern, word, svg.replace("&#160;", " "))
    return svg


def test_the_pictures_are_what_the_script_makes():
    lines = terminal.ran()
    for name, theme in terminal.THEMES.items():
        committed = (terminal.PICTURES / f"terminal-{name}.svg").read_text(encoding="utf-8")
        made = terminal.picture(lines, theme)
        assert lasting(made) == lasting(committed), "make them anew: uv run python docs/terminal.py"


@pytest.mark.parametrize("name", terminal.THEMES)
def test_a_picture_shows_the_commands_and_reaches_nothing_elsewhere(name):
    svg = (terminal.PICTURES / f"terminal-{name}.svg").read_text(encoding="utf-8")
    shown = " ".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
    assert [typed for typed, _ in terminal.COMMANDS if f"$ {typed}" not in shown] == []
    assert "://" not in svg.replace("http://www.w3.org/2000/svg", "")
