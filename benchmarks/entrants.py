"""Who takes part in a tournament: a contender, whose Segue it plays with, and how.

With `--against CHECKOUT` each of ours plays twice in every round, with this checkout's Segue and
with the other's, under the same benchmark: what a change of the code changes is the ratio.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Entry
from benchmarks.environments import ROOT, Environments
from benchmarks.tables import ratios


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """`choices` are fields of `Round` that are this entrant's own; `before` is the label of the
    same with the other checkout."""

    label: str
    contender: str
    checkout: Path = ROOT
    choices: Mapping[str, object] = field(default_factory=dict)
    before: str = ""

    @property
    def entry(self) -> Entry:
        """Where the contender is, and what it requires."""
        return CONTENDERS[self.contender]


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen wherever contenders take turns."""
    parser.add_argument(
        "--against", type=checkout, metavar="CHECKOUT",
        help="another checkout of this repository, whose Segue takes turns with this one's",
    )  # fmt: skip
    parser.add_argument(
        "--here", action="store_true",
        help="all in the environment that is running, in place of one for each",
    )  # fmt: skip


def entered(
    names: Iterable[str], environments: Environments, skipped: dict[str, str]
) -> list[Entrant]:
    """The contenders of these names that can play; `skipped` gets the others, with the reason."""
    found = []
    for name in names:
        if why := environments.absent(CONTENDERS[name].requires):
            skipped[name] = why
        else:
            found.append(Entrant(label=name, contender=name))
    return found


def paired(entrants: Sequence[Entrant], other: Path | None) -> list[Entrant]:
    """The same, and after each of ours the other checkout's, if there is one."""
    return list(entrants if other is None else _paired(entrants, other))


def _paired(entrants: Sequence[Entrant], other: Path) -> Iterator[Entrant]:
    for entrant in entrants:
        if not entrant.contender.startswith("segue"):
            yield entrant
            continue
        label = f"{entrant.label} ({other.name})"
        yield replace(entrant, before=label)
        yield replace(entrant, label=label, checkout=other)


def changes(
    entrants: Sequence[Entrant], measured: Mapping[str, Sequence[float]], other: Path | None
) -> dict[str, dict[str, str]]:
    """A column for each row that has a pair: its figure over that of the other checkout, the
    median of the rounds."""
    if other is None:
        return {}
    return {
        entrant.label: {
            f"CPU / {other.name}": ratios(measured, entrant.before)[entrant.label]
            if entrant.before
            else ""
        }
        for entrant in entrants
    }


def checkout(text: str) -> Path:
    """The folder of a checkout, as it is named on the command line."""
    folder = Path(text).resolve()
    if not (folder / "core/pyproject.toml").is_file():
        raise argparse.ArgumentTypeError(f"{text} is no checkout of this repository")
    return folder
