"""Every block of every page does what the page says."""

from pathlib import Path

import pytest

from .pages import ROOT, pages
from .running import GENERATE, TEST

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_the_page_runs(page, reader):
    reader(page).read()


def test_the_readme_begins_with_the_two_promised_commands():
    readme = PAGES[0]
    promised = [block for block in readme.blocks if block.language == "sh"]
    assert [block.text.strip() for block in promised] == [GENERATE, TEST]
    assert promised[-1].line < 20  # the first screen


def test_the_promised_tests_are_what_continuous_integration_runs():
    assert TEST.rpartition("&& ")[2] in (ROOT / ".ci/run").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    known = {other.path.resolve(): other for other in PAGES}
    for link in page.links:
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path.resolve()
        assert path.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in known[Path(path)].anchors, f"{page.name}: {link}"
