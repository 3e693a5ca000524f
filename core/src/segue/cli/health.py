"""`segue jobs --check`: verify the journal, and restore what can be read to a new file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Exit

from segue.cli.exits import Code, echo, echo_err, echo_json, one_line

if TYPE_CHECKING:
    from segue._journal.salvage import Health

_SHOWN = 20


def check(config: Path | None, restore: Path | None, *, as_json: bool) -> None:
    """Print what can be read of the journal; exit code 1 if anything cannot."""
    from segue._journal.salvage import read_health, restored_copy
    from segue.config import Config
    from segue.errors import ConfigError

    path = Config.load(config).journal()
    if path is None:
        raise ConfigError("the journal is off", advice="set SEGUE_JOURNAL to a file")
    health = read_health(path) if restore is None else restored_copy(path, restore)
    if as_json:
        echo_json({"ok": health.sound, **_facts(path, health, restore)})
    else:
        _print_report(path, health, restore)
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


def _print_report(path: Path, health: "Health", restore: Path | None) -> None:
    echo(one_line(f"{path}: {len(health.entries)} jobs and {health.events} events can be read"))
    if health.problem:
        echo_err(one_line(health.problem))
    for what in _shorten(health.unreadable):
        echo_err(f"cannot be read: {what}")
    if restore is not None:
        echo(one_line(f"written to {restore}; move it to {path} while no program uses that"))
    elif not health.sound:
        echo_err("`segue jobs --check --restore FILE` writes what can be read to a new file")


def _shorten(items: Sequence[str]) -> Sequence[str]:
    more = len(items) - _SHOWN
    return [*items[:_SHOWN], f"and {more} more"] if more > 0 else items
