"""Bringing jobs of the journal home: one of them as `generate` does it, or all in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from typer import BadParameter

from segue._files.destination import destination
from segue.cli import lookup, players, prompts, results, summary
from segue.cli.describe import doubtful, known, near
from segue.cli.exits import complain, say, say_json
from segue.cli.job import Terms, bring_home, resumed
from segue.cli.outcomes import Outcome, failed, line, summed_up, worst
from segue.cli.outlet import lasting, outlet, streams
from segue.cli.progress import display, warnings_noted
from segue.client import Client
from segue.errors import JobBusy, JobExpired, SpendingRefused
from segue.job import Delivery, Saved
from segue.journal import Entry, State

if TYPE_CHECKING:
    from segue._journal.sqlite import SqliteJournal
    from segue.cli.progress import Silent
    from segue.config import Config

_HOME = (State.DELIVERED, State.RELEASED)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the options of `segue jobs resume` say."""

    output: str | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    again: bool = False
    as_json: bool = False
    quiet: bool = False
    play: bool = False


class Porter:
    """Brings jobs home, for as long as the client and the journal are open."""

    def __init__(self, config: Config, client: Client, journal: SqliteJournal, wish: Wish) -> None:
        self._config = config
        self._client = client
        self._journal = journal
        self._wish = wish
        self._console = Console(stderr=True)

    def one(self, wanted: str) -> None:
        """Bring this job home, and end as `segue generate` ends."""
        if self._wish.play:
            players.refuse_silence()
        entry = self._found(wanted)
        if self._wish.again and doubtful(entry):
            _confirm(entry)
        if self._is_home(entry):
            self._tell_home(entry)
            return
        wish = self._wish
        with outlet(wish.output, "", as_json=wish.as_json) as place:
            self._wish = msgspec.structs.replace(wish, output=str(place.to) or None)
            shown = display(self._console, quiet=wish.quiet, doing="resuming")
            with warnings_noted(shown) as notes, shown.shown():
                delivery = self._brought(entry, shown)
            results.tell(
                delivery,
                self._console,
                as_json=wish.as_json,
                quiet=wish.quiet,
                notes=notes,
                paths=not place.temporary,
            )
            place.pour(delivery)
            if wish.play:
                players.play_all(file.path for file in delivery.tracks)

    def several(self, wanted: Sequence[str]) -> int:
        """Bring these jobs home, or all; go on after a failure. The exit code."""
        self._refuse_a_file()
        outcomes = list(self._outcomes(wanted))
        code = worst(outcomes)
        if self._wish.as_json:
            jobs = [msgspec.to_builtins(outcome) for outcome in outcomes]
            say_json({"ok": code == 0, "exit_code": code, "jobs": jobs})
        if not self._wish.quiet:
            complain(summed_up(outcomes))
        return code

    def _outcomes(self, wanted: Sequence[str]) -> Iterator[Outcome]:
        entries = [] if wanted else lookup.unfinished(self._journal)
        for name in wanted or [entry.job for entry in entries]:
            outcome = self._outcome(name)
            if outcome.code or not self._wish.quiet:
                complain(line(outcome))
            for path in () if self._wish.as_json else outcome.paths:
                say(path)
            yield outcome

    def _outcome(self, wanted: str) -> Outcome:
        known = Outcome(job=wanted, backend="", result="failed")
        try:
            entry = self._found(wanted)
            known = msgspec.structs.replace(known, job=entry.job, backend=entry.backend)
            paths = self._paths(entry)
        except JobBusy as error:
            return msgspec.structs.replace(known, result="busy", message=error.message)
        except Exception as error:  # the other jobs are not to suffer from it
            return failed(known, error)
        return msgspec.structs.replace(known, result="saved", paths=tuple(paths))

    def _paths(self, entry: Entry) -> list[str]:
        if self._is_home(entry):
            return [str(near(file.path)) for file in entry.files]
        shown = display(self._console, quiet=self._wish.quiet, doing="resuming")
        with warnings_noted(shown), shown.shown():
            return [str(path) for path in self._brought(entry, shown).paths]

    def _found(self, wanted: str) -> Entry:
        return lookup.found(self._client, self._journal, wanted)

    def _brought(self, entry: Entry, shown: Silent) -> Delivery:
        if entry.state is State.RELEASED and entry.ticket is not None:
            raise JobExpired(
                f"the files of job {entry.job} are gone from here, and the vendor's copy was"
                " deleted after they had been saved",
                ticket=entry.ticket,
            )
        if entry.state is State.DELIVERED and self._wish.output is None:
            shown.note(f"a file of job {entry.job} is gone from here: saving it once more")
        to = self._wish.output or lasting(entry.to) or self._config.settings.folder
        overwrite = self._wish.overwrite or entry.overwrite
        destination(to, overwrite=overwrite, resuming=True)
        job = resumed(self._client, entry.job, again=self._wish.again)
        shown.resumed(job.ticket)
        terms = Terms(
            to=to,
            overwrite=overwrite,
            keep_original=self._wish.keep_original,
            tags=self._wish.tags,
        )
        return bring_home(job, shown, terms)

    def _is_home(self, entry: Entry) -> bool:
        """Whether there is nothing to do: it is saved, and every file is still there."""
        if self._wish.output is not None and entry.state is State.DELIVERED:
            return False
        return entry.state in _HOME and all(file.path.exists() for file in entry.files)

    def _tell_home(self, entry: Entry) -> None:
        if not self._wish.quiet:
            complain(f"job {entry.job} is home already; -o saves it once more")
        if self._wish.as_json:
            say_json(_facts(entry))
            return
        for file in entry.files:
            say(str(near(file.path)))
        if self._wish.play:
            players.play_all([file.path for file in entry.files])

    def _refuse_a_file(self) -> None:
        output = self._wish.output
        if streams(output):
            raise BadParameter(f"{output} is one stream: name a folder for several jobs")
        if output is not None and destination(output, resuming=True).file is not None:
            raise BadParameter(f"{output} is one file: name a folder for several jobs")


@contextmanager
def porter(
    config: Config, wish: Wish, *, timeout: float | None, patience: float | None
) -> Iterator[Porter]:
    """A `Porter` with the journal and a client of its own."""
    with (
        lookup.opened(config) as journal,
        Client(config=config, journal=journal, timeout=timeout, patience=patience) as client,
    ):
        yield Porter(config, client, journal, wish)


def _confirm(entry: Entry) -> None:
    """Ask before a task is submitted anew that may have been charged already."""
    if not prompts.confirmed(
        f"{known(entry)}. Submit it again, and perhaps pay twice?", otherwise=True
    ):
        raise SpendingRefused(
            f"job {entry.job} was not submitted again", advice="nothing was sent, nothing spent"
        )


def _facts(entry: Entry) -> dict[str, object]:
    """A job that was home already, with the keys that `segue generate --json` has."""
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
        "notes": [*(f"dropped: {told}" for told in entry.dropped), "it was home already"],
        "understood": {},
    }
