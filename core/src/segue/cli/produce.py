"""Generate one piece: from a task and options to a saved file, or a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from segue._engine.validate import OnUnsupported
from segue.cli import players, results
from segue.cli.job import SubmissionObserver, SubmitOptions, generate, submit
from segue.cli.outlet import outlet
from segue.cli.progress import display, warnings_as_notes
from segue.client import Client
from segue.config import Config

if TYPE_CHECKING:
    from segue.tasks import Task

_RECENT = 50
"""The number of recent jobs from which the duration of this one is estimated."""


class GenerateOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `segue generate` and similar commands, besides the task."""

    output: str | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    backend: tuple[str, ...] = ()
    timeout: float | None = None
    patience: float | None = None
    unsupported: OnUnsupported | None = None
    max_cost: str | None = None
    key: str | None = None
    labels: Mapping[str, str] = {}
    config: Path | None = None
    as_json: bool = False
    quiet: bool = False
    no_wait: bool = False
    play: bool = False

    def submission(self, to: str | Path) -> SubmitOptions:
        """The part of them that a submission needs."""
        return SubmitOptions(
            to=to,
            overwrite=self.overwrite,
            keep_original=self.keep_original,
            tags=self.tags,
            unsupported=self.unsupported,
            max_cost=self.max_cost,
            key=self.key,
            labels=self.labels,
        )


def produce(task: Task, options: GenerateOptions) -> None:
    """Generate the piece, and print the result."""
    loaded = Config.load(options.config)
    if options.play:
        suffix = Path(options.output or "").suffix.lower().lstrip(".")
        players.require_player(suffix or None)
    with outlet(options.output, loaded.settings.folder, as_json=options.as_json) as place:
        if options.no_wait:
            _submit(task, options, loaded, place.to)
            return
        console = Console(stderr=True)
        progress = display(console, quiet=options.quiet)
        observer = SubmissionObserver(progress)
        with (
            Client(
                list(options.backend) or None,
                config=loaded,
                timeout=options.timeout,
                patience=options.patience,
                plugins=[observer],
            ) as client,
            warnings_as_notes(progress) as warnings,
        ):
            progress.earlier(partial(client.jobs, limit=_RECENT))
            with progress.live():
                delivery = generate(client, task, options.submission(place.to), observer)
            results.print_delivery(
                delivery,
                console,
                as_json=options.as_json,
                quiet=options.quiet,
                notes=warnings,
                paths=not place.temporary,
            )
        place.write_to_stdout(delivery)
        if options.play:
            players.play_all(file.path for file in delivery.tracks)


def _submit(task: Task, options: GenerateOptions, loaded: Config, to: str | Path) -> None:
    progress = display(Console(stderr=True), quiet=options.quiet)
    with (
        Client(list(options.backend) or None, config=loaded, timeout=options.timeout) as client,
        warnings_as_notes(progress) as warnings,
    ):
        job = submit(client, task, options.submission(to))
        results.print_ticket(job.ticket, as_json=options.as_json, notes=warnings)
