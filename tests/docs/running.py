"""Runs the blocks of a page, each by its language, top to bottom, in one folder and namespace.

python    executed; `await` is allowed at the top level. Lines that begin with `#> ` are what the
          block prints.
console   lines after `$ ` are run; what is shown under one is what it prints. A command that
          fails is an error, unless the next one is `echo $?`.
toml      a valid `segue.toml`, unless `<!-- not a config -->` stands before it.
json      parses.
text      a drawing.
sh        one of the two commands that the README promises, and nothing else.

`…` in shown output stands for anything. Any other language is an error: nothing escapes.
After `<!-- sandbox -->` the vendors that Segue talks to are those of the sandbox. What would
rewrite recordings or spend money stands after `<!-- only collected -->`: pytest is asked, in the
repository, which tests it would run, and runs none.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from segue.config import Config
from segue.errors import SegueError
from segue.plugins import Catalogue

from .offline import GUARD
from .pages import ROOT, Block, Page

NO_CONFIG = "<!-- not a config -->"
SANDBOX = "<!-- sandbox -->"
COLLECTED = "<!-- only collected -->"
INSTALL = "pip install uv && uv run "
GENERATE = f'{INSTALL}segue generate "uplifting lofi, 90 bpm, 20 seconds" -o song.wav'
TEST = f"{INSTALL}pytest"

_CHILD = Path(__file__).with_name("child")
_SECONDS = 120


class Wrong(AssertionError):
    """A block does not do what its page says."""


class Reader:
    """Someone who tries a page, block by block, in `folder` and in a namespace of its own."""

    def __init__(
        self, page: Page, folder: Path, module: ModuleType, vendors: Callable[[], None]
    ) -> None:
        self._page = page
        self._folder = folder
        self._module = module
        self._vendors = vendors

    def read(self) -> None:
        """Try the whole page; raise `Wrong`, or whatever a block raises."""
        for block in self._page.blocks:
            self.tries(block)

    def tries(self, block: Block) -> None:
        """Try one block."""
        if block.comment == SANDBOX:
            self._vendors()
        match block.language:
            case "python":
                self._python(block)
            case "console" if block.comment == COLLECTED:
                self._collected(block)
            case "console":
                self._console(block)
            case "toml":
                self._toml(block)
            case "json":
                _json(block)
            case "sh":
                self._promise(block)
            case "text":
                pass
            case other:
                raise Wrong(f"{block}: a block of {other or 'no language'} is not run")

    def _python(self, block: Block) -> None:
        tree = compile(
            "\n" * block.line + block.text,
            str(self._page.path),
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            result = eval(tree, vars(self._module))
            if inspect.iscoroutine(result):
                asyncio.run(_finished(result))
        if stray := re.search(r"^\s*#\s+>.*$", block.text, re.MULTILINE):
            raise Wrong(f"{block}: what is printed stands after `#> `, not so: {stray[0].strip()}")
        shown = re.findall(r"^\s*#> ?(.*)$", block.text, re.MULTILINE)
        if shown:
            _compare(block, "\n".join(shown), printed.getvalue())

    def _console(self, block: Block) -> None:
        before = 0
        commands = list(_commands(block))
        for (command, shown), (following, _) in pairwise([*commands, ("", "")]):
            done = self._shell(f"(exit {before}); {command}")
            before = done.returncode
            if before and following != "echo $?":
                raise Wrong(f"{block}: `{command}` failed with {before}:\n{done.stdout}")
            if shown:
                _compare(block, shown, done.stdout)

    def _collected(self, block: Block) -> None:
        for command, _ in _commands(block):
            done = self._shell(f"cd {shlex.quote(str(ROOT))}; {command} --collect-only -q")
            if done.returncode:
                raise Wrong(f"{block}: `{command}` would run no test:\n{done.stdout}")

    def _shell(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            shell=True,
            cwd=self._folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=_SECONDS,
            check=False,
        )

    def _toml(self, block: Block) -> None:
        try:
            tomllib.loads(block.text)
            if block.comment != NO_CONFIG:
                self._config(block)
        except (tomllib.TOMLDecodeError, SegueError) as error:
            raise Wrong(f"{block}: {error}") from error

    def _config(self, block: Block) -> None:
        file = self._folder / f"block-{block.line}.toml"
        file.write_text(block.text, encoding="utf-8")
        config = Config.load(environ={"SEGUE_CONFIG": str(file)})
        file.unlink()
        config.backends()
        catalogue = Catalogue()
        for name in config.settings.providers.keys() & set(catalogue.names()):
            config.options(catalogue.load(name), name)

    def _promise(self, block: Block) -> None:
        promised = block.text.strip()
        if promised not in {GENERATE, TEST}:
            raise Wrong(f"{block}: only the two promised commands are in sh; use console")
        if promised == GENERATE:
            done = self._shell(promised.removeprefix(INSTALL))
            if done.returncode or not (self._folder / "song.wav").is_file():
                raise Wrong(f"{block}: no song came:\n{done.stdout}")


def environment() -> dict[str, str]:
    """The environment of a page's commands: this Python's scripts first, and no colours."""
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join([str(_CHILD), str(ROOT)]),  # ROOT: for `benchmarks`
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """No connection leaves this computer until the end."""
    GUARD.install()
    try:
        yield
    finally:
        GUARD.on = False


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command, and what is shown under it."""
    if not block.text.startswith("$ "):
        raise Wrong(f"{block}: a console block begins with a command")
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command.strip(), shown.strip("\n")


def _compare(block: Block, shown: str, printed: str) -> None:
    """Raise `Wrong` unless `printed` is what is `shown`; blanks at the ends of lines are free."""
    pattern = "(?s:.*?)".join(re.escape(part) for part in _trimmed(shown).split("…"))
    if not re.fullmatch(pattern, _trimmed(printed)):
        raise Wrong(f"{block} shows:\n{shown}\n\nbut this was printed:\n{printed}")


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _json(block: Block) -> None:
    try:
        json.loads(block.text)
    except ValueError as error:
        raise Wrong(f"{block}: {error}") from error


async def _finished(result: object) -> None:
    await result
