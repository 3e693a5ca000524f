"""Every special word of the model stands in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue_sandbox.marketplace import address, errors, fate, keys, music, offers

DOCS = Path(__file__).parents[3] / "docs"
MARKS = [
    *(one.value for one in (*fate.Outcome, *fate.Mark) if one.value),
    *music.REFUSALS,
    *(f"[sandbox:{code}]" for code in errors.MARKED),
]
NAMES = [*offers.EMPTY, *offers.SICK, *offers.COMING, *keys.FORMS, address.STORAGE]


@pytest.fixture(scope="module")
def told():
    return "\n".join(page.read_text(encoding="utf-8") for page in DOCS.glob("sandbox*.md"))


@pytest.mark.parametrize("word", [*MARKS, *NAMES])
def test_a_special_word_is_explained(told, word):
    assert word in told
