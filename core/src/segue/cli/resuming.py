"""Resume jobs of the journal: one of them with the output of `generate`, or several in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from typer import BadParameter

from segue._files.destination import destination
from segue.cli import lookup, players, prompts, results, summary
from segue.cli.describe import outcome_unknown, relative, unknown_summary
from segue.cli.exits import echo, echo_err, echo_json
from segue.cli.job import SubmitOptions, resume, wait_and_download
from segue.cli.outcomes import Outcome, failed, line, overall_code, summary_line
from segue.cli.outlet import outlet, permanent, streams
from segue.cli.progress import display, warnings_as_notes
from segue.client import Client
from segue.errors import JobBusy, JobExpired, SpendingRefused
from segue.job import Delivery, Saved
from segue.journal import Entry, State

if TYPE_CHECKING:
    from segue._journal.sqlite import SqliteJournal
    from segue.cli.progress import Silent
    from segue.config import Config

_SAVED = (State.DELIVERED, State.RELEASED)


class ResumeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `segue jobs resume`."""

    output: str | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    again: bool = False
    as_json: bool = False
    quiet: bool = False
    play: bool = False


class Resumer:
    """Resumes jobs, while the client and the journal are open."""

    def __init__(
        self, config: Config, client: Client, journal: SqliteJournal, options: ResumeOptions
    ) -> None:
        self._config = config
        self._client = client
        self._journal = journal
        self._options = options
        self._console = Console(stderr=True)

    def resume_one(self, name: str) -> None:
        """Download this job, and print what `segue generate` prints."""
        if self._options.play:
            players.require_player()
        entry = self._find(name)
        if self._options.again and outcome_unknown(entry):
            _confirm(entry)
        if self._is_downloaded(entry):
            self._print_downloaded(entry)
            return
        options = self._options
        with outlet(options.output, "", as_json=options.as_json) as place:
            self._options = msgspec.structs.replace(options, output=str(place.to) or None)
            progress = display(self._console, quiet=options.quiet, doing="resuming")
            with warnings_as_notes(progress) as notes, progress.live():
                delivery = self._download(entry, progress)
            results.print_delivery(
                delivery,
                self._console,
                as_json=options.as_json,
                quiet=options.quiet,
                notes=notes,
                paths=not place.temporary,
            )
            place.write_to_stdout(delivery)
            if options.play:
                players.play_all(file.path for file in delivery.tracks)

    def resume_several(self, names: Sequence[str]) -> int:
        """Download these jobs, or all if there are no names; returns the exit code."""
        self._require_folder()
        outcomes = list(self._outcomes(names))
        code = overall_code(outcomes)
        if self._options.as_json:
            jobs = [msgspec.to_builtins(outcome) for outcome in outcomes]
            echo_json({"ok": code == 0, "exit_code": code, "jobs": jobs})
        if not self._options.quiet:
            echo_err(summary_line(outcomes))
        return code

    def _outcomes(self, names: Sequence[str]) -> Iterator[Outcome]:
        entries = [] if names else lookup.unfinished(self._journal)
        for name in names or [entry.job for entry in entries]:
            outcome = self._outcome(name)
            if outcome.code or not self._options.quiet:
                echo_err(line(outcome))
            for path in () if self._options.as_json else outcome.paths:
                echo(path)
            yield outcome

    def _outcome(self, name: str) -> Outcome:
        outcome = Outcome(job=name, backend="", result="failed")
        try:
            entry = self._find(name)
            outcome = msgspec.structs.replace(outcome, job=entry.job, backend=entry.backend)
            paths = self._paths(entry)
        except JobBusy as error:
            return msgspec.structs.replace(outcome, result="busy", message=error.message)
        except Exception as error:  # the other jobs go on
            return failed(outcome, error)
        return msgspec.structs.replace(outcome, result="saved", paths=tuple(paths))

    def _paths(self, entry: Entry) -> list[str]:
        if self._is_downloaded(entry):
            return [str(relative(file.path)) for file in entry.files]
        progress = display(self._console, quiet=self._options.quiet, doing="resuming")
        with warnings_as_notes(progress), progress.live():
            return [str(path) for path in self._download(entry, progress).paths]

    def _find(self, name: str) -> Entry:
        return lookup.find_job(self._client, self._journal, name)

    def _download(self, entry: Entry, progress: Silent) -> Delivery:
        if entry.state is State.RELEASED and entry.ticket is not None:
            raise JobExpired(
                f"the files of job {entry.job} are missing, and the vendor's copy was deleted"
                " after the download",
                ticket=entry.ticket,
            )
        if entry.state is State.DELIVERED and self._options.output is None:
            progress.note(f"a file of job {entry.job} is missing: downloading it again")
        to = self._options.output or permanent(entry.to) or self._config.settings.folder
        overwrite = self._options.overwrite or entry.overwrite
        destination(to, overwrite=overwrite, resuming=True)
        job = resume(self._client, entry.job, again=self._options.again)
        progress.resumed(job.ticket)
        options = SubmitOptions(
            to=to,
            overwrite=overwrite,
            keep_original=self._options.keep_original,
            tags=self._options.tags,
        )
        return wait_and_download(job, progress, options)

    def _is_downloaded(self, entry: Entry) -> bool:
        """Whether it is saved and every file still exists, so that there is nothing to do."""
        if self._options.output is not None and entry.state is State.DELIVERED:
            return False
        return entry.state in _SAVED and all(file.path.exists() for file in entry.files)

    def _print_downloaded(self, entry: Entry) -> None:
        if not self._options.quiet:
            echo_err(f"job {entry.job} is already downloaded; -o saves another copy")
        if self._options.as_json:
            echo_json(_facts(entry))
            return
        for file in entry.files:
            echo(str(relative(file.path)))
        if self._options.play:
            players.play_all([file.path for file in entry.files])

    def _require_folder(self) -> None:
        output = self._options.output
        if streams(output):
            raise BadParameter(f"{output} is one stream: name a folder for several jobs")
        if output is not None and destination(output, resuming=True).file is not None:
            raise BadParameter(f"{output} is one file: name a folder for several jobs")


@contextmanager
def open_resumer(
    config: Config, options: ResumeOptions, *, timeout: float | None, patience: float | None
) -> Iterator[Resumer]:
    """A `Resumer` with the journal and a client of its own."""
    with (
        lookup.open_journal(config) as journal,
        Client(config=config, journal=journal, timeout=timeout, patience=patience) as client,
    ):
        yield Resumer(config, client, journal, options)


def _confirm(entry: Entry) -> None:
    """Ask before a task is submitted again that may have been charged."""
    if not prompts.confirm(
        f"{unknown_summary(entry)}. Submit it again, and possibly pay twice?", otherwise=True
    ):
        raise SpendingRefused(
            f"job {entry.job} was not submitted again", advice="nothing was sent or spent"
        )


def _facts(entry: Entry) -> dict[str, object]:
    """A job that was already downloaded, with the keys of `segue generate --json`."""
    saved = (
        Saved(path=f.path, bytes=f.bytes, sha256=f.sha256, container=f.path.suffix.lstrip("."))
        for f in entry.files
    )
    return {
        "job": entry.job,
        "backend": entry.backend,
        "status": "succeeded",
        "partial": False,
        "files": [summary.Piece(file).facts() for file in saved],
        **results.costs(entry.cost, entry.quoted),
        "notes": [*(f"dropped: {field}" for field in entry.dropped), "already downloaded"],
        "understood": {},
    }
