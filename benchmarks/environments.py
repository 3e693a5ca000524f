"""Environments of their own: each holds what `pip install` brings for one contender, no more.

uv makes them, once, in the user's cache folder. Those with distributions of a checkout of this
repository are made anew when its files change, and they hold wheels, as an installation does. All
have the versions that `pyproject.toml` pins, and their modules are compiled beforehand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

ROOT = Path(__file__).parents[1]

_FOREIGN = ("PYTHON", "PYTEST", "SEGUE_", "VIRTUAL_ENV", "UV_PROJECT", "UV_PYTHON")
_FOLDERS = {
    "segue": ".", "segue-core": "core", "segue-sandbox": "sandbox", "segue-server": "server",
}  # fmt: skip
_SEVERAL, _BUSY = 4, 3600.0
"""How many environments for the same requirements remain when another is made, and the seconds
within which one was used that remains beyond those."""


class Environments:
    """Pythons to run contenders with. With `here` all share the one that is running, and who is
    not installed in it is left out."""

    def __init__(self, *, here: bool = False) -> None:
        self._here = here
        self._made: dict[tuple[Path, tuple[str, ...]], Path] = {}

    def python(self, wanted: Sequence[str], checkout: Path = ROOT) -> Path:
        """The interpreter of an environment for `pip install *wanted`; ours are the checkout's.

        Raises `subprocess.CalledProcessError` where an installation fails.
        """
        if self._here and checkout == ROOT:
            return Path(sys.executable)
        key = checkout, tuple(wanted)
        if key not in self._made:
            self._made[key] = _python_of(_environment(wanted, checkout))
        return self._made[key]

    def absent(self, wanted: Sequence[str]) -> str:
        """Why there is no such environment, if there is none."""
        missing = [one for one in wanted if not _is_installed(one)] if self._here else []
        return f"{', '.join(missing)} not installed here" if missing else ""


def alone(**more: str) -> dict[str, str]:
    """The variables of a process that is to find nothing but what its environment holds."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**mine, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore", **more}


def _environment(wanted: Sequence[str], checkout: Path) -> Path:
    """The folder of the environment; made where it is not there yet."""
    local = dict(_local(wanted, checkout))
    needed = [f"{one} @ {folder.as_uri()}" for one, folder in local.items()]
    needed += [one for one in wanted if not _ours(one)]
    print_of = _fingerprint([sys.version, *needed, *_pins()], [*local.values()])
    stem = re.sub(r"[^a-z]+", "-", "-".join(wanted)).strip("-")
    place = user_cache_path("segue-benchmarks") / f"{stem}-{print_of}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        tidy(place.parent, stem)
        _make(place, needed)
    os.utime(place)
    return place


def _make(place: Path, needed: Sequence[str]) -> None:
    """Made beside its place, and moved there whole: another process may be about to do the same."""
    with tempfile.TemporaryDirectory(dir=place.parent, prefix="unfinished-") as name:
        folder, pins = Path(name) / "environment", Path(name) / "pins.txt"
        pins.write_text("\n".join(_pins()), encoding="utf-8")
        _uv(name, "venv", "--relocatable", "--python", sys.executable, str(folder))
        ours = [one.partition("[")[0].split(" ")[0] for one in needed if " @ " in one]
        _uv(
            name, "pip", "install", "--python", str(_python_of(folder)), "--constraints", str(pins),
            "--no-sources", "--compile-bytecode",
            *(f"--refresh-package={one}" for one in ours), *needed,
        )  # fmt: skip
        with suppress(OSError):  # it is there by now
            folder.rename(place)


def _uv(folder: str, *arguments: str) -> None:
    uv = shutil.which("uv") or os.environ.get("UV", "uv")  # `uv run` sets it
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    done = subprocess.run(
        [uv, *arguments], cwd=folder, env=environment, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, ["uv", *arguments])


def _local(wanted: Sequence[str], checkout: Path) -> Iterator[tuple[str, Path]]:
    """Distributions of ours among `wanted` and in what they need, each once with all its extras,
    and their folders."""
    extras: dict[str, set[str]] = {}
    left = [one for one in wanted if _ours(one)]
    while left:
        name, more = _split(left.pop())
        if name not in extras:
            project = _project(_folder(name, checkout))["project"]
            left += [one for one in project["dependencies"] if _ours(one)]
        extras.setdefault(name, set()).update(more)
    for name, several in sorted(extras.items()):
        chosen = f"[{','.join(sorted(several))}]" if several else ""
        yield name + chosen, _folder(name, checkout)


def _folder(name: str, checkout: Path) -> Path:
    return checkout / _FOLDERS.get(name, f"providers/{name.removeprefix('segue-')}")


def _split(requirement: str) -> tuple[str, list[str]]:
    """`segue-core[cli,tags]` as its name and its extras."""
    name, _, extras = requirement.replace("]", "").partition("[")
    return name.strip(), [one.strip() for one in extras.split(",") if one.strip()]


def _ours(requirement: str) -> bool:
    return requirement.startswith("segue")


def _project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def _pins() -> list[str]:
    pins: list[str] = _project(ROOT)["tool"]["uv"]["constraint-dependencies"]
    return pins


def _fingerprint(words: Sequence[str], folders: Sequence[Path]) -> str:
    """Of what an environment is made of: the requirements, and every file of the distributions."""
    digest = sha256("\n".join(words).encode())
    for folder in folders:
        for file in [folder / "pyproject.toml", *sorted((folder / "src").rglob("*"))]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def tidy(cache: Path, stem: str) -> None:
    """Remove older environments of that stem: each change of our own files makes another."""
    same = [one for one in cache.iterdir() if re.fullmatch(rf"{stem}-[0-9a-f]{{16}}", one.name)]
    used = sorted(((one.stat().st_mtime, one) for one in same), reverse=True)
    for when, old in used[_SEVERAL:]:
        if time.time() - when > _BUSY:
            shutil.rmtree(old, ignore_errors=True)


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_installed(requirement: str) -> bool:
    """Whether a distribution, and all that its extras need, is installed here."""
    name, extras = _split(requirement)
    try:
        version(name)
    except PackageNotFoundError:
        return False
    chosen = re.compile(rf"extra == ['\"]({'|'.join(extras)})['\"]")
    needed = [re.split(r"[^\w.-]", one)[0] for one in requires(name) or () if chosen.search(one)]
    return all(map(_is_installed, needed))
