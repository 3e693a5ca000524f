"""Where the music goes: into a file or folder, or out of the standard output.

`-o -` and `-o /dev/stdout` write the audio to the standard output, `-o /dev/null` drops it. For
both, the file is first saved and verified in a folder of its own, which is removed in the end;
unless the music could not be passed on: then it stays there, since it may be paid for.
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

from segue.cli.exits import complain

if TYPE_CHECKING:
    from segue.job import Delivery

_OUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_NOWHERE = frozenset({"/dev/null", os.devnull})
_PREFIX = "segue-out-"


class Outlet:
    """`to` is what the client is given; `pour` passes on what was saved there."""

    def __init__(self, to: str | Path, *, streams: bool = False, temporary: bool = False) -> None:
        self.to = to
        self.streams = streams
        self.temporary = temporary

    def pour(self, delivery: Delivery) -> None:
        """Write the music to the standard output, if that is where it goes."""
        if not self.streams:
            return
        with delivery.path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        if others := len(delivery) - 1:
            more = f"segue jobs resume {delivery.ticket.job} -o FOLDER"
            complain(f"note: {others} more of its files went nowhere: `{more}`")


@contextmanager
def outlet(output: str | None, folder: str | Path, *, as_json: bool = False) -> Iterator[Outlet]:
    """The place that `--output` names; without it, `folder`."""
    if output is None or output not in _OUT | _NOWHERE:
        yield Outlet(folder if output is None else output)
        return
    if output in _OUT:
        _refuse(as_json=as_json)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        yield Outlet(place, streams=output in _OUT, temporary=True)
    except BaseException:
        if any(place.iterdir()):
            complain(f"note: what was saved is in {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)
        raise
    shutil.rmtree(place, ignore_errors=True)


def streams(output: str | None) -> bool:
    """Whether the music does not stay in a file."""
    return output in _OUT | _NOWHERE


def lasting(to: str | Path | None) -> str | Path | None:
    """The place, unless it was one of those that are removed in the end."""
    return None if to is not None and Path(to).name.startswith(_PREFIX) else to


def _refuse(*, as_json: bool) -> None:
    if as_json:
        raise BadParameter("--json needs the standard output: name a file", param_hint="--output")
    if sys.stdout is None or sys.stdout.isatty():
        raise BadParameter(
            "the standard output is a terminal: name a file, or lead it into a pipe",
            param_hint="--output",
        )
