"""The options that filter `segue jobs`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from typer import BadParameter, Option

from segue.cli.exits import Usage
from segue.errors import ConfigError


def time(text: str) -> datetime:
    """A date, or a date with a time; without a zone it is local time."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise BadParameter(f"{text!r} is not a time: use 2026-05-01 or 2026-05-01T14:30") from error


def labels(texts: Iterable[str], command: str) -> dict[str, str]:
    """Labels from `NAME=VALUE`, each name once; raises `Usage`."""
    from segue._session.options import labels_allowed

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise Usage(f"{text!r} is not a label: use NAME=VALUE", command)
        found[name] = value
    try:
        labels_allowed(found)
    except ConfigError as error:
        raise Usage(str(error), command) from error
    return found


Labels = Annotated[
    list[str] | None,
    Option("--label", metavar="NAME=VALUE", help="Only jobs with this label; may be repeated."),
]
Backend = Annotated[
    str | None,
    Option("--backend", "-b", metavar="PROVIDER/MODEL", help="Only jobs of this backend."),
]
Since = Annotated[
    datetime | None,
    Option(parser=time, metavar="TIME", help="Only jobs created at or after this time."),
]
Until = Annotated[
    datetime | None, Option(parser=time, metavar="TIME", help="Only jobs created before this time.")
]
Text = Annotated[
    str | None,
    Option(metavar="TEXT", help="Only jobs with this text in the prompt or another field."),
]
After = Annotated[
    str | None,
    Option(metavar="CURSOR", help="The next page: `after` of the page before, from --json."),
]
