"""Several pieces by one command: `--count`, and prompts from a file with `--from`.

Run again, the same file generates only what is missing. A line is identified by its content: its
task with all fields, its backend, and which of several equal lines it is. That hash is the job's
label in the journal, so neither the file's name nor the order of its lines matters, and a line that
is added or changed is a new one. What was refused or failed is submitted again; what may have been
charged is not; and a running job is waited for.
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
from segue.cli.batch_show import run_batch
from segue.config import Config
from segue.tasks import Generate

if TYPE_CHECKING:
    from segue.cli.produce import GenerateOptions


class BatchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The values of `--from`, `--count`, `--at-once` and `--fresh`."""

    source: str | None = None
    count: int = 1
    at_once: int = 4
    fresh: bool = False


def generate_batch(fields: dict[str, Any], options: GenerateOptions, batch: BatchOptions) -> int:
    """Generate all pieces and print a table of the results; returns the exit code."""
    config = Config.load(options.config)
    _check_options(fields, options, batch)
    lines = _lines(fields, batch)
    items = list(_items(lines, options, batch, config))
    check_backends(items)
    _check_destinations(items, options)
    running = Batch(items, options, config, at_once=batch.at_once)
    return run_batch(running, resumable=batch.source is not None)


def _check_options(fields: dict[str, Any], options: GenerateOptions, batch: BatchOptions) -> None:
    if batch.source is not None and "prompt" in fields:
        raise BadParameter("the file holds the prompts: omit PROMPT", param_hint="--from")
    if batch.fresh and batch.source is None:
        raise BadParameter("requires --from", param_hint="--fresh")
    if options.key is not None:
        raise BadParameter("a key is for one piece", param_hint="--key")
    if outlet.streams(options.output):
        raise BadParameter("several pieces need a folder, or a file name to number")
    if options.play:
        players.require_player()


def _lines(fields: dict[str, Any], batch: BatchOptions) -> list[Line]:
    if batch.source is not None:
        return batch_file.read(batch.source, fields)
    return [Line(number=1, task=Generate(**fields))]


def _items(
    lines: Sequence[Line], options: GenerateOptions, batch: BatchOptions, config: Config
) -> Iterator[Item]:
    """Each line `--count` times; with a seed, each copy has the next one."""
    seen: Counter[str] = Counter()
    for line in lines:
        for copy in range(batch.count):
            task = _seeded(line.task, copy)
            backends = line.backend or options.backend or tuple(config.chosen(None)[0])
            label = _label(task, backends, seen) if batch.source is not None else None
            yield Item(
                number=line.number if batch.count == 1 else copy + 1,
                of=line.number,
                task=task,
                backend=backends,
                to=_destination(line, options, config, copy if batch.count > 1 else None),
                label=label,
                fresh=batch.fresh,
            )


def _seeded(task: Generate, copy: int) -> Generate:
    return task if task.seed is None else msgspec.structs.replace(task, seed=task.seed + copy)


def _label(task: Generate, backends: Sequence[str], seen: Counter[str]) -> str:
    """The label of a line: a hash of its content, and a number among equal lines."""
    identity = msgspec.json.encode([msgspec.to_builtins(task), backends], order="deterministic")
    digest = hashlib.sha256(identity).hexdigest()[:20]
    seen[digest] += 1
    return f"line-{digest}-{seen[digest]}"


def _destination(
    line: Line, options: GenerateOptions, config: Config, copy: int | None
) -> str | Path:
    """Where a piece is saved; copies that share a file name are numbered."""
    to = line.to or options.output or config.settings.folder
    path = Path(to)
    is_file = bool(path.suffix) and not path.expanduser().is_dir() and str(to)[-1] not in "/\\"
    if copy is None or not is_file:
        return to
    return path.with_stem(f"{path.stem}-{copy + 1}")


def check_backends(items: Sequence[Item]) -> None:
    """Load every backend before the first job is submitted; raises `PluginError`."""
    catalogue = Catalogue()
    for name in dict.fromkeys(name for item in items for name in item.backend):
        catalogue.load(name)


def _check_destinations(items: Sequence[Item], options: GenerateOptions) -> None:
    """Check every destination before the first job is submitted; no two may share a file."""
    uses = Counter(str(item.to) for item in items if Path(item.to).suffix)
    shared = next((name for name, count in uses.items() if count > 1), None)
    if shared is not None and not Path(shared).expanduser().is_dir():
        raise BadParameter(f"{shared} is one file for several pieces: name a folder")
    for to in dict.fromkeys(str(item.to) for item in items):
        destination(to, overwrite=options.overwrite, resuming=any(item.label for item in items))
