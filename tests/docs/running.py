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

A page may write files, too. What is said before a block says what becomes of it:

<!-- file: PATH -->   it is the text of that file, whatever its language; it is not run by itself
<!-- in: PATH -->     it is Python for that file: what has the name of something there takes its
                      place (methods, too), and the rest is added; see `merging.py`
<!-- of: PATH -->     it stands in that file already, from top to bottom; `…` may leave lines out
<!-- install -->      `pip install` of folders of the page: see `installed.py`

`<!-- shown only: tests/FOLDER does it -->` names the tests that do what a console block says; in
the place of tests, the commands may stand in `.ci/run`.
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
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from segue._plugins.catalog import Catalogue
from segue.config import Config
from segue.errors import SegueError

from .installed import SITE, install
from .offline import GUARD
from .pages import ROOT, Block, Page
from .shown import Wrong, compare
from .writing import written

NO_CONFIG = "<!-- not a config -->"
SANDBOX = "<!-- sandbox -->"
COLLECTED = "<!-- only collected -->"
INSTALLED = "<!-- install -->"
SHOWN = re.compile(r"<!-- shown only: (tests/\S+|\.ci/run) \S.* -->")
INSTALL = "pip install uv && uv run "
GENERATE = f'{INSTALL}segue generate "uplifting lofi, 90 bpm, 20 seconds" -o song.wav'
TEST = f"{INSTALL}pytest"

_CHILD = Path(__file__).with_name("child")
_SECONDS = 120


class Reader:
    """Someone who tries a page, block by block, in `folder` and in a namespace of its own."""

    def __init__(
        self, page: Page, folder: Path, module: ModuleType, vendors: Callable[[], None]
    ) -> None:
        self._page = page
        self._folder = folder
        self._module = module
        self._vendors = vendors
        self._paths: list[str] = []

    def read(self) -> None:
        """Try the whole page; raise `Wrong`, or whatever a block raises."""
        for block in self._page.blocks:
            self.tries(block)

    def tries(self, block: Block) -> None:
        """Try one block."""
        if block.comment == SANDBOX:
            self._vendors()
        if written(block, self._folder):
            return
        match block.language:
            case "python":
                self._python(block)
            case "console" if block.comment == COLLECTED:
                self._collected(block)
            case "console" if shown := SHOWN.fullmatch(block.comment):
                _is_done_there(block, ROOT / shown[1])
            case "console" if block.comment == INSTALLED:
                self._install(block)
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
            compare(block, "\n".join(shown), printed.getvalue())

    def _install(self, block: Block) -> None:
        for command, _ in _commands(block):
            for word in shlex.split(command.removeprefix("pip install -e ")):
                project = self._folder / word.partition("[")[0]
                for path in map(str, install(project, self._folder.parent / SITE)):
                    self._paths = [path, *(known for known in self._paths if known != path)]
                    if path not in sys.path:
                        sys.path.insert(0, path)

    def _console(self, block: Block) -> None:
        before = 0
        commands = list(_commands(block))
        for (command, shown), (following, _) in pairwise([*commands, ("", "")]):
            done = self._shell(f"(exit {before}); {command}")
            before = done.returncode
            if before and following != "echo $?":
                raise Wrong(f"{block}: `{command}` failed with {before}:\n{done.stdout}")
            if shown:
                compare(block, shown, done.stdout)

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
            env=environment(self._paths),
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


def _is_done_there(block: Block, place: Path) -> None:
    if not place.exists():
        raise Wrong(f"{block}: there is no {place.name} that would try this")
    for command, _ in _commands(block) if place.is_file() else ():
        if command not in place.read_text(encoding="utf-8").splitlines():
            raise Wrong(f"{block}: {place.name} does not run `{command}`")


def environment(paths: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a page's commands: this Python's scripts first, what the page has
    installed, no colours, and no more garbage from the kit than is needed."""
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join([str(_CHILD), str(ROOT), *paths]),  # ROOT: for `benchmarks`
        "SEGUE_KIT_EXAMPLES": "5",
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


def _json(block: Block) -> None:
    try:
        json.loads(block.text)
    except ValueError as error:
        raise Wrong(f"{block}: {error}") from error


async def _finished(result: object) -> None:
    await result
