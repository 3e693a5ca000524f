"""The page of what each backend takes says what the providers say."""

from typing import ClassVar

import pytest

import segue
import takes
from probing import FIELDS, Probe
from segue.provider import Capabilities, Model
from segue.tasks import Generate, Problem
from segue.testing import Silence

TEXT = takes.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_script_writes():
    assert takes.page() == TEXT, "write it anew: uv run python docs/takes.py"


def test_the_page_has_every_field_and_every_model_of_the_composer_and_musicapi():
    assert [name for name in FIELDS if f"\n| `{name}` |" not in TEXT] == []
    for backend in ("local", "musicapi"):
        with segue.Client(backend) as client:
            assert [one.id for one in client.models() if f"`{one.id}`" not in TEXT] == []


def row(model):
    """The cells of a model's row, by their fields."""
    lines = TEXT.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("| ") and f"`{model}`" in line)
    head = next(n for n in range(at, 0, -1) if lines[n].startswith("| model |"))
    names, cells = ([cell.strip() for cell in lines[n].split("|")[2:-1]] for n in (head, at))
    return {name.strip("`"): cell for name, cell in zip(names, cells, strict=True)}


@pytest.mark.parametrize(
    ("backend", "field", "cell", "fine", "refused"),
    [
        ("local/composer", "duration", "1 to 600 seconds", 600, 601),
        ("local/composer", "bpm", "30 to 300 beats a minute", 30, 29),
        ("local/composer", "instrumental", "only `True`", True, False),
        ("musicapi/sonic-v5", "title", "up to 80 characters", "x" * 80, "x" * 81),
        ("musicapi/producer", "duration", "1 to 240 seconds", 240, 241),
        ("musicapi/FUZZ-1.1", "seed", "—", None, 1),
    ],
)
def test_what_a_cell_says_is_what_a_client_does(backend, field, cell, fine, refused):
    provider, _, model = backend.partition("/")
    assert row(model).get(field, "—") == cell
    with segue.Client("local" if provider == "local" else backend) as client:
        client.quote(segue.Generate(prompt="a tune", **{field: fine}))
        with pytest.raises(segue.SegueError, match=field):
            client.quote(segue.Generate(prompt="a tune", **{field: refused}))


class Choosy(Silence):
    """Takes words of four letters, instrumentals, and the voices of some models."""

    name = "venice"  # whose catalogue says `supports_loop`
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "title", "instrumental", "voice", "loop"})}
    )
    many: ClassVar = ", ".join("abcdefg")

    def check(self, task, models):
        if task.title is not None and len(task.title) > 4:
            allowed = f"m takes at most 4 characters, not {len(task.title)}"
            yield Problem(field="title", value=task.title, allowed=allowed)
        if task.instrumental is False:
            yield Problem(field="instrumental", value=False, allowed="no", unsupported=True)
        if task.voice is not None:
            allowed = f"m has the voices {self.many}"
            yield Problem(field="voice", value=task.voice, allowed=allowed)


def test_a_cell_is_yes_no_a_limit_or_not_published():
    cells = Probe(Choosy(), Model(id="m"), []).cells()
    assert cells["prompt"] == "yes"
    assert cells["lyrics"] == "—"
    assert cells["title"] == "up to 4 characters"
    assert cells["instrumental"] == "only `True`"
    assert cells["voice"] == "one of 7 voices"
    assert cells["loop"] == "?"
    published = Model(id="m", details={"supports_loop": True})
    assert Probe(Choosy(), published, []).cells()["loop"] == "yes"
