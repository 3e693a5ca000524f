"""`segue jobs --check`: what can be read of the journal, and a new file with all of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Exit

from segue.cli.exits import Code, complain, one_line, say, say_json

if TYPE_CHECKING:
    from segue._journal.salvage import Health

_SHOWN = 20


def check(config: Path | None, restore: Path | None, *, as_json: bool) -> None:
    """Say how the journal is; leave with 1 where something of it cannot be read."""
    from segue._journal.salvage import checked, restored
    from segue.config import Config
    from segue.errors import ConfigError

    path = Config.load(config).journal()
    if path is None:
        raise ConfigError("the journal is off", advice="let SEGUE_JOURNAL name a file")
    health = checked(path) if restore is None else restored(path, restore)
    if as_json:
        say_json({"ok": health.sound, **_facts(path, health, restore)})
    else:
        _tell(path, health, restore)
    if not health.sound:
        raise Exit(Code.FAILED)


def _facts(path: Path, health: "Health", restore: Path | None) -> dict[str, object]:
    return {
        "journal": str(path),
        "jobs": len(health.entries),
        "events": health.events,
        "unreadable": list(health.unreadable),
        "problem": health.problem,
        "restored": None if restore is None else str(restore),
    }


def _tell(path: Path, health: "Health", restore: Path | None) -> None:
    say(one_line(f"{path}: {len(health.entries)} jobs and {health.events} events can be read"))
    if health.problem:
        complain(one_line(health.problem))
    for what in _short(health.unreadable):
        complain(f"cannot be read: {what}")
    if restore is not None:
        say(one_line(f"{restore} holds them; move it to {path} once no program uses that"))
    elif not health.sound:
        complain("`segue jobs --check --restore FILE` writes what can be read into a new file")


def _short(told: Sequence[str]) -> Sequence[str]:
    more = len(told) - _SHOWN
    return [*told[:_SHOWN], f"and {more} more"] if more > 0 else told
