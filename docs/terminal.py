"""Makes the pictures of a terminal in `docs/pictures`: `uv run python docs/terminal.py`.

The commands are really run, one after the other, in an empty folder with a journal of its own.
Venice is the sandbox, on this computer: nothing is sent anywhere else, and nothing is spent. What
the terminal shows in the end is written as SVG, once for light pages and once for dark ones.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import pexpect  # type: ignore[import-untyped] # it comes without types
import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from sandboxed import sandbox

PICTURES = Path(__file__).parent / "pictures"
COLUMNS, LINES = 80, 60
COMMANDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ('segue generate "uplifting lofi, 90 bpm, 20 seconds" --seed 7 -o song.wav', {}),
    ("export SEGUE_BACKEND=venice/ace-step-15", {"SEGUE_BACKEND": "venice/ace-step-15"}),
    ('segue generate "uplifting lofi, 90 bpm" -o paid.flac', {}),
    ("segue jobs", {}),
)
"""What is typed, and what it sets for the commands after it."""

_FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen(pyte.Screen):
    """A screen that shows faint text in bright black: pyte knows no faintness."""

    def select_graphic_rendition(self, *attributes: int, **kind: bool) -> None:
        """Called by pyte for a change of colours."""
        faint = attributes == (2,)
        super().select_graphic_rendition(*((90,) if faint else attributes), **kind)


def ran() -> list[Text]:
    """The lines that the terminal shows after all commands."""
    screen = Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as folder, sandbox() as vendors:
        environment = {**_plain(Path(folder)), **vendors}
        for typed, sets in COMMANDS:
            stream.feed(f"\x1b[1m$ {typed}\x1b[0m\r\n".encode())
            environment |= sets
            if not sets:
                stream.feed(_run(typed, environment, folder))
    lines = [_line(screen.buffer[row]) for row in range(LINES)]
    while not lines[-1].plain.strip():
        lines.pop()
    return lines


def _plain(folder: Path) -> dict[str, str]:
    """The environment of somebody who has set up nothing."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    (folder / "none.toml").touch()
    return {
        **{name: value for name, value in inherited.items() if name not in {"NO_COLOR", "COLUMNS"}},
        "PATH": scripts,
        "TERM": "xterm-256color",
        "TZ": "UTC",
        "SEGUE_CONFIG": str(folder / "none.toml"),
        "SEGUE_JOURNAL": str(folder / "journal.sqlite3"),
    }


def _run(command: str, environment: Mapping[str, str], folder: str) -> bytes:
    """What a command writes to its terminal."""
    done = pexpect.spawn(
        "/bin/sh", ["-c", command], cwd=folder, env=dict(environment), dimensions=(LINES, COLUMNS)
    )
    done.expect(pexpect.EOF, timeout=120)
    done.close()
    shown = bytes(done.before or b"")
    if done.exitstatus:
        raise RuntimeError(f"`{command}` failed: {shown.decode()}")
    return shown


def _line(cells: Mapping[int, Char]) -> Text:
    """A row of the screen, in runs of one style."""
    line = Text()
    for style, run in groupby((cells[column] for column in range(COLUMNS)), _style):
        line.append("".join(cell.data for cell in run), style)
    line.rstrip()
    return line


def _style(cell: Char) -> Style:
    bright = "bright_" if cell.fg.startswith("bright") else ""
    name = {"brown": "yellow"}.get(word := cell.fg.removeprefix("bright"), word)
    colour = None if name == "default" else f"{bright}{name}"
    if re.fullmatch("[0-9a-f]{6}", name):
        colour = f"#{name}"
    return Style(color=colour, bold=cell.bold, underline=cell.underscore)


def picture(lines: list[Text], theme: TerminalTheme) -> str:
    """The lines as an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title="", theme=theme, code_format=_FORMAT, unique_id="terminal")
    return drawn.replace('stroke="rgba(255,255,255,0.35)"', 'stroke="rgba(128,128,128,0.35)"')


def _theme(paper: str, text: str, faint: str, colours: str) -> TerminalTheme:
    """A theme; black is the text's colour, and bright black the faint one."""
    rest = [_rgb(colour) for colour in colours.split()]
    return TerminalTheme(_rgb(paper), _rgb(text), [_rgb(text), *rest], [_rgb(faint), *rest])


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


THEMES = {
    "light": _theme(
        "f6f8fa", "24292f", "57606a", "cf222e 116329 7d4e00 0550ae 8250df 0f6b74 57606a"
    ),
    "dark": _theme(
        "161b22", "c9d1d9", "8b949e", "ff7b72 7ee787 e3b341 79c0ff d2a8ff 56d4dd c9d1d9"
    ),
}
"""Red, green, yellow, blue, magenta, cyan and white, for each kind of page."""


def main() -> int:
    """The script."""
    lines = ran()
    PICTURES.mkdir(exist_ok=True)
    for name, theme in THEMES.items():
        (PICTURES / f"terminal-{name}.svg").write_text(picture(lines, theme), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
