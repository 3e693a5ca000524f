"""Several pieces by one command: `--count`, and prompts from a file with `--from`.

The same file again makes only what is missing. A line is known by what it asks for: its task with
all fields, its backend, and which of several equal lines it is. That name is the job's label in
the journal, so neither the file's name nor the order of its lines matters, and a line that is
added or changed is a new one. What was refused or failed is made again; what may have been
charged is not; and a job that runs is waited for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from typer import BadParameter

from segue._files.destination import destination
from segue._plugins.catalog import Catalogue
from segue.cli import batch_file, outlet, players
from segue.cli.batch_file import Line
from segue.cli.batch_run import Batch, Item
from segue.cli.batch_show import shown
from segue.config import Config
from segue.tasks import Generate

if TYPE_CHECKING:
    from segue.cli.produce import Asked


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """What `--from`, `--count`, `--at-once` and `--fresh` say."""

    source: str | None = None
    count: int = 1
    at_once: int = 4
    fresh: bool = False


def several(fields: dict[str, Any], asked: Asked, lot: Lot) -> int:
    """Make all of them, and print a table of what became of each; the exit code."""
    config = Config.load(asked.config)
    _refuse(fields, asked, lot)
    lines = _lines(fields, lot)
    items = list(_items(lines, asked, lot, config))
    refuse_backends(items)
    _refuse_places(items, asked)
    batch = Batch(items, asked, config, at_once=lot.at_once)
    return shown(batch, resumable=lot.source is not None)


def _refuse(fields: dict[str, Any], asked: Asked, lot: Lot) -> None:
    if lot.source is not None and "prompt" in fields:
        raise BadParameter("the prompts are in the file: leave out the other", param_hint="--from")
    if lot.fresh and lot.source is None:
        raise BadParameter("it is for --from", param_hint="--fresh")
    if outlet.streams(asked.output):
        raise BadParameter("several pieces need a folder, or a file's name to number")
    if asked.play:
        players.refuse_silence()


def _lines(fields: dict[str, Any], lot: Lot) -> list[Line]:
    if lot.source is not None:
        return batch_file.read(lot.source, fields)
    return [Line(number=1, task=Generate(**fields))]


def _items(lines: Sequence[Line], asked: Asked, lot: Lot, config: Config) -> Iterator[Item]:
    """Each line as often as `--count` says; of a seed, each the next."""
    met: Counter[str] = Counter()
    for line in lines:
        for copy in range(lot.count):
            task = _seeded(line.task, copy)
            backends = line.backend or asked.backend or tuple(config.chosen(None)[0])
            label = _label(task, backends, met) if lot.source is not None else None
            yield Item(
                number=line.number if lot.count == 1 else copy + 1,
                of=line.number,
                task=task,
                backend=backends,
                to=_place(line, asked, config, copy if lot.count > 1 else None),
                label=label,
                fresh=lot.fresh,
            )


def _seeded(task: Generate, copy: int) -> Generate:
    return task if task.seed is None else msgspec.structs.replace(task, seed=task.seed + copy)


def _label(task: Generate, backends: Sequence[str], met: Counter[str]) -> str:
    """The name of a line; equal ones are told apart by their number."""
    told = msgspec.json.encode([msgspec.to_builtins(task), backends], order="deterministic")
    name = hashlib.sha256(told).hexdigest()[:20]
    met[name] += 1
    return f"line-{name}-{met[name]}"


def _place(line: Line, asked: Asked, config: Config, copy: int | None) -> str | Path:
    """Where a piece goes: of several with one file's name, each has a number."""
    to = line.to or asked.output or config.settings.folder
    path = Path(to)
    is_file = bool(path.suffix) and not path.expanduser().is_dir() and str(to)[-1] not in "/\\"
    if copy is None or not is_file:
        return to
    return path.with_stem(f"{path.stem}-{copy + 1}")


def refuse_backends(items: Sequence[Item]) -> None:
    """Raise `PluginError` for a backend that is not here, before the first job is sent."""
    catalogue = Catalogue()
    for name in dict.fromkeys(name for item in items for name in item.backend):
        catalogue.load(name)


def _refuse_places(items: Sequence[Item], asked: Asked) -> None:
    """Make sure of every place before the first job is sent; no two may have one file's name."""
    taken = Counter(str(item.to) for item in items if Path(item.to).suffix)
    twice = next((name for name, times in taken.items() if times > 1), None)
    if twice is not None and not Path(twice).expanduser().is_dir():
        raise BadParameter(f"{twice} is one file, for several pieces: name a folder")
    for to in dict.fromkeys(str(item.to) for item in items):
        destination(to, overwrite=asked.overwrite, resuming=any(item.label for item in items))
