"""The page of this backend leaves nothing out that a user can name or that can be sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import segue_musicapi
from segue_musicapi.prices import table
from segue_musicapi.provider import FAMILIES

from .test_requests_match_spec import polls, sends

PAGE = (Path(__file__).parents[2] / "docs/backends/musicapi.md").read_text("utf-8")
METHODS = PAGE.partition("## All methods")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", segue_musicapi.__all__)
def test_every_public_name_is_on_the_page(name):
    assert name == "MusicAPI" or re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", PAGE)


def test_every_public_name_can_be_imported():
    assert all(getattr(segue_musicapi, name) for name in segue_musicapi.__all__)
    assert sorted(segue_musicapi.__all__) == sorted(
        name for names in segue_musicapi.NAMES.values() for name in names
    )


def test_every_model_is_on_the_page():
    known = [model.id for family in FAMILIES.values() for model in family.models()]
    missing = [id_ for id_ in known if f"`{id_}`" not in PAGE]
    assert all(id_.startswith("suno/") for id_ in missing)


def test_every_request_has_its_row(musicapi):
    for sent in [*sends(musicapi), *polls(musicapi)]:
        path = re.sub(r"/[0-9a-f-]{36}$", "/{id}", sent.url)
        assert f"`{path}`" in METHODS, path


def test_every_published_price_is_in_the_table_of_methods():
    for row in table().values():
        path, _, kind = row.operation.partition("/create/")
        path = f"/{path}/create" if kind else f"/{path}"
        lines = [line for line in METHODS.splitlines() if f"`{path}`" in line]
        told = [line for line in lines if not kind or f"`{kind}`" in line]
        assert any(f"{row.credits}" in line for line in told), row.operation
