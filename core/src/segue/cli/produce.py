"""Making one piece: from a task and what the options say to a saved file, or a ticket."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from segue._engine.validate import OnUnsupported
from segue.cli import players, results
from segue.cli.job import Terms, Way, made, submitted
from segue.cli.outlet import outlet
from segue.cli.progress import display, warnings_noted
from segue.client import Client
from segue.config import Config

if TYPE_CHECKING:
    from segue.tasks import Task

_EARLIER = 50
"""Jobs of the journal that are read, to judge how long this one takes."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the options of `segue generate` and its kin say, besides the music."""

    output: str | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    backend: tuple[str, ...] = ()
    timeout: float | None = None
    patience: float | None = None
    unsupported: OnUnsupported | None = None
    max_cost: str | None = None
    config: Path | None = None
    as_json: bool = False
    quiet: bool = False
    no_wait: bool = False
    play: bool = False

    def terms(self, to: str | Path) -> Terms:
        """The same as the terms of a submission."""
        return Terms(
            to=to,
            overwrite=self.overwrite,
            keep_original=self.keep_original,
            tags=self.tags,
            unsupported=self.unsupported,
            max_cost=self.max_cost,
        )


def produce(task: Task, asked: Asked) -> None:
    """Make the piece, and print what `segue generate` prints."""
    loaded = Config.load(asked.config)
    if asked.play:
        suffix = Path(asked.output or "").suffix.lower().lstrip(".")
        players.refuse_silence(suffix or None)
    with outlet(asked.output, loaded.settings.folder, as_json=asked.as_json) as place:
        if asked.no_wait:
            _submit(task, asked, loaded, place.to)
            return
        console = Console(stderr=True)
        shown = display(console, quiet=asked.quiet)
        way = Way(shown)
        with (
            Client(
                list(asked.backend) or None,
                config=loaded,
                timeout=asked.timeout,
                patience=asked.patience,
                plugins=[way],
            ) as client,
            warnings_noted(shown) as warnings,
        ):
            shown.earlier(partial(client.jobs, limit=_EARLIER))
            with shown.shown():
                delivery = made(client, task, asked.terms(place.to), way)
            results.tell(
                delivery,
                console,
                as_json=asked.as_json,
                quiet=asked.quiet,
                notes=warnings,
                paths=not place.temporary,
            )
        place.pour(delivery)
        if asked.play:
            players.play_all(file.path for file in delivery.tracks)


def _submit(task: Task, asked: Asked, loaded: Config, to: str | Path) -> None:
    shown = display(Console(stderr=True), quiet=asked.quiet)
    with (
        Client(list(asked.backend) or None, config=loaded, timeout=asked.timeout) as client,
        warnings_noted(shown) as warnings,
    ):
        job = submitted(client, task, asked.terms(to))
        results.tell_ticket(job.ticket, as_json=asked.as_json, notes=warnings)
