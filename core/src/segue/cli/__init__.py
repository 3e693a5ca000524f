"""The command line, `segue`: an extra, so that programs need neither Typer nor Rich.

Each command is a function in a file of its own kind, and `app.py` lists them. Nothing here is
imported by the rest of Segue, and nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the `segue` script; it ends the process."""
    if missing := [name for name in ("typer", "rich") if find_spec(name) is None]:
        sys.exit(_report_missing(missing))
    from segue.cli.app import app

    app(prog_name="segue")


def _report_missing(missing: list[str]) -> int:
    message = f"the command line needs {' and '.join(missing)}: pip install 'segue-core[cli]'"
    sys.stderr.write(f"error: {message}\n")
    return 2
