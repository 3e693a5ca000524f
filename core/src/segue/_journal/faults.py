"""Errors of the journal's file as one `JournalError` with the next step.

It never quotes a row: rows hold job tokens, and so do the errors of their decoders.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from segue._data.redaction import printable
from segue.errors import JournalError

T = TypeVar("T")

_MISREAD = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


_CHECK = "make a copy of it, then see what can be read with `segue jobs --check`"


class Unreadable(Exception):
    """A row that cannot be decoded; `where` names it without its content."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def row(where: str, read: Callable[[], T]) -> T:
    """Read a row; raise `Unreadable` for any failure."""
    with suppress(*_MISREAD):
        return read()
    raise Unreadable(where)  # here, so that no error that quotes the row is chained


@contextmanager
def explained(
    path: Path, *, called: str = "journal", variable: str = "SEGUE_JOURNAL"
) -> Iterator[None]:
    """Convert errors of the file to `JournalError`."""
    what, advice = "", ""
    cause: Exception | None = None
    try:
        yield
    except sqlite3.Error as error:
        what, advice, cause = _of_sqlite(error)
    except OSError as error:
        what, cause = f"cannot be used: {error.strerror or error}", error
    except Unreadable as error:
        what, advice = f"is damaged: {error.where} cannot be read", _CHECK
    except UnicodeError:
        what = "cannot hold this: it is no valid text"
    if what:
        raise unusable(path, what, advice, called=called, variable=variable) from cause


def unusable(
    path: Path,
    what: str,
    advice: str = "",
    *,
    called: str = "journal",
    variable: str = "SEGUE_JOURNAL",
) -> JournalError:
    """The error for an unusable file."""
    way_out = f"move it away, or name another with {variable}; nothing in it was changed"
    return JournalError(
        f"the {called} {printable(str(path))} {what}",
        advice=f"{advice}, or {way_out}".removeprefix(", or "),
    )


def damaged(path: Path, what: str) -> JournalError:
    """The error for a damaged file."""
    return unusable(path, f"is damaged: {what}", _CHECK)


def busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the file."""
    return _kind(error) == "SQLITE_BUSY"


def _of_sqlite(error: sqlite3.Error) -> tuple[str, str, Exception]:
    name: str = getattr(error, "sqlite_errorname", "")
    kind = _kind(error)
    if kind in _DAMAGED or not name:
        error.args = (name,)  # without a name, it is Python's, and quotes the unreadable value
        what = f"is damaged: {_DAMAGED.get(kind, 'a row is no text')}"
        return what, _CHECK, sqlite3.DatabaseError(name)
    what, advice = _FAULTS.get(kind, (f"cannot be used ({name})", _CHECK))
    if kind == "SQLITE_ERROR" and str(error).startswith("no such "):
        what = f"cannot be used: {printable(str(error))}"
    return what, advice, type(error)(name)


# By SQLite's primary result codes (https://sqlite.org/rescode.html).
_DAMAGED = {
    "SQLITE_NOTADB": "it is not a journal, or its beginning is gone",
    "SQLITE_CORRUPT": "its pages do not fit together",
    "SQLITE_MISMATCH": "a value is of another kind",
    "SQLITE_FORMAT": "its format is unknown",
}
_FAULTS = {
    "SQLITE_BUSY": ("is in use by another process for too long", "try again"),
    "SQLITE_FULL": ("cannot be written: the disk is full", "make room"),
    "SQLITE_READONLY": ("cannot be written: it, or its folder, is read-only", ""),
    "SQLITE_CANTOPEN": ("cannot be opened; it, or its folder, is not open to this user", ""),
    "SQLITE_IOERR": ("cannot be read or written", "see to its disk"),
}


def _kind(error: sqlite3.Error) -> str:
    name: str = getattr(error, "sqlite_errorname", "")
    return "_".join(name.split("_")[:2])
