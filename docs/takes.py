"""Writes the page of what each backend takes: `uv run python docs/takes.py`.

Nothing in its tables is written by hand. What a provider can do is in its `capabilities`; what a
model takes is what its provider's `check` says of probes (`probing.py`). The models are those
that `segue models` lists. A vendor's catalogue comes from the sandbox, which has it from the
vendor's documents; what the sandbox assumes beyond them is taken out first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import msgspec

import segue
from probing import FIELDS, NO, UNPUBLISHED, YES, Probe
from sandboxed import environment, sandbox
from segue._plugins.catalog import Catalogue
from segue.provider import Model, Provider
from segue.tasks import Cover, Extend, Generate, Replace, Stems, Task, Upload
from segue_sandbox.venice.catalogue import rows

PAGE = Path(__file__).parent / "backends/fields.md"
BACKENDS = ("local", "venice", "marketplace", "musicapi")

Rows = list[tuple[list[str], dict[str, str]]]
"""Models that take the same, and what they take."""

_TASKS: Sequence[type[Task]] = (Generate, Extend, Cover, Replace, Stems, Upload)
_ABILITIES = {
    "cancel": "stop a job",
    "release": "delete the vendor's copy",
    "quote": "report a price beforehand",
    "balance": "report the balance",
    "models": "list its models",
    "settles": "settle a submission whose answer was lost",
}
_INTRODUCTION = """\
# What each backend takes

Written by `uv run python docs/takes.py` from what the providers declare and check; a test compares
this page with them.

| in a cell | meaning |
|---|---|
| yes | taken |
| a limit | taken within it; anything else is refused before anything is sent |
| — | refused before anything is sent, or dropped with `unsupported="ignore"` |
| ? | not published: Segue sends it, within the limit if one is shown; the vendor decides |

Models and limits are as the vendors published them; `segue models --backend venice` lists today's.
A vendor's own fields go into `extra`: see [Venice](venice.md), [the marketplace](marketplace.md),
[MusicAPI](musicapi.md) and [the composer](local.md).
"""
_FAMILIES = """\
[MusicAPI's page](musicapi.md) says which of its families takes which task, and which tasks only it
has.
"""


def page() -> str:
    """The whole page."""
    providers = [Catalogue().load(name)() for name in BACKENDS]
    with sandbox() as vendors, environment({**vendors, "SEGUE_JOURNAL": "off"}):
        found = {one.name: _rows(one, _models(one.name)) for one in providers}
    parts = [
        _INTRODUCTION,
        "## Fields of Generate\n",
        _table(["field", *BACKENDS], ([f"`{f}`", *_merged(found, f)] for f in FIELDS)),
        "## Tasks\n",
        _table(["task", *BACKENDS], (_task(kind, providers) for kind in _TASKS)),
        _FAMILIES,
        "## What else it can do\n",
        _table(["", *BACKENDS], (_ability(name, providers) for name in _ABILITIES)),
        *chain.from_iterable(_section(name, rows) for name, rows in found.items()),
    ]
    return "\n".join(parts)


def _models(backend: str) -> list[Model]:
    with segue.Client(backend) as client:
        return list(client.models())


def _assumed(model: Model) -> frozenset[str]:
    """The details of a model that the sandbox has made up, for want of a document."""
    row = rows().get(model.id)
    return row.hidden.assumed if row else frozenset()


def _documented(model: Model) -> Model:
    details = {k: v for k, v in model.details.items() if k not in _assumed(model)}
    return msgspec.structs.replace(model, details=details)


def _rows(provider: Provider, listed: Sequence[Model]) -> Rows:
    """The models by what they take."""
    found: Rows = []
    models = [_documented(model) for model in listed]
    for model in models:
        cells = Probe(provider, model, models, _assumed(model)).cells()
        same = next((names for names, known in found if known == cells), None)
        if same is None:
            found.append(([model.id], cells))
        else:
            same.append(model.id)
    return found


def _merged(found: dict[str, Rows], field: str) -> list[str]:
    """A field at each backend, over all of its models."""
    return [_over({cells[field] for _, cells in found[name]}) for name in found]


def _over(cells: set[str]) -> str:
    kinds = {cell if cell == NO else cell[:1] if cell[0] == UNPUBLISHED else YES for cell in cells}
    return kinds.pop() if len(kinds) == 1 else "by model"


def _task(kind: type[Task], providers: Iterable[Provider]) -> list[str]:
    return [f"`{kind.__name__}`", *(_mark(kind in one.capabilities.tasks) for one in providers)]


def _ability(name: str, providers: Iterable[Provider]) -> list[str]:
    can = (_mark(bool(getattr(one.capabilities, name))) for one in providers)
    return [_ABILITIES[name], *can]


def _mark(can: bool) -> str:
    return YES if can else NO


def _section(name: str, rows_: Rows) -> list[str]:
    """A backend: its models, and the fields that one of them takes."""
    taken = [field for field in FIELDS if any(cells[field] != NO for _, cells in rows_)]
    lines = (
        [_named(names, every=len(rows_) == 1), *(cells[field] for field in taken)]
        for names, cells in rows_
    )
    return [f"## {name}\n", _table(["model", *(f"`{field}`" for field in taken)], lines)]


def _named(models: Sequence[str], *, every: bool) -> str:
    listed = ", ".join(f"`{model}`" for model in models)
    return f"every one of {len(models)}, such as `{models[0]}`" if every and models[1:] else listed


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    shown = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in shown)


def main() -> int:
    """The script."""
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
