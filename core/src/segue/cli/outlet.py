"""Where the music goes: to a file or folder, or to standard output.

`-o -` and `-o /dev/stdout` write the audio to standard output, `-o /dev/null` drops it. For both,
the file is first saved and verified in a temporary folder. The folder is removed in the end, except
after an error: then the file stays, since it may be paid for.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from typer import BadParameter

from segue.cli.exits import echo_err

if TYPE_CHECKING:
    from segue.job import Delivery

_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_NULL = frozenset({"/dev/null", os.devnull})
_PREFIX = "segue-out-"


class Outlet:
    """`to` is the destination for the client; `temporary` if the files do not stay there."""

    def __init__(self, to: str | Path, *, streams: bool = False, temporary: bool = False) -> None:
        self.to = to
        self.streams = streams
        self.temporary = temporary

    def write_to_stdout(self, delivery: Delivery) -> None:
        """Copy the first file to standard output, if that is the destination."""
        if not self.streams:
            return
        with delivery.path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        if others := len(delivery) - 1:
            more = f"segue jobs resume {delivery.ticket.job} -o FOLDER"
            echo_err(f"note: {others} more files were not written; to save them: `{more}`")


@contextmanager
def outlet(output: str | None, folder: str | Path, *, as_json: bool = False) -> Iterator[Outlet]:
    """The destination that `--output` names; without it, `folder`."""
    if output is None or output not in _STDOUT | _NULL:
        yield Outlet(folder if output is None else output)
        return
    if output in _STDOUT:
        _check_stdout(as_json=as_json)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        yield Outlet(place, streams=output in _STDOUT, temporary=True)
    except BaseException:
        if any(place.iterdir()):
            echo_err(f"note: the saved files are in {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)
        raise
    shutil.rmtree(place, ignore_errors=True)


def streams(output: str | None) -> bool:
    """Whether the destination is standard output or the null device."""
    return output in _STDOUT | _NULL


def permanent(to: str | Path | None) -> str | Path | None:
    """The destination, unless it was a temporary folder."""
    return None if to is not None and Path(to).name.startswith(_PREFIX) else to


def _check_stdout(*, as_json: bool) -> None:
    if as_json:
        raise BadParameter("--json writes to standard output: name a file", param_hint="--output")
    if sys.stdout is None or sys.stdout.isatty():
        raise BadParameter(
            "standard output is a terminal: name a file, or use a pipe",
            param_hint="--output",
        )
