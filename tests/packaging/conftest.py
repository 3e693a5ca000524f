"""The wheels of every distribution, built once, and environments that know nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or os.environ.get("UV", "uv")
"""`uv run` sets the variable: its own program need not be on the PATH."""


def uv(*arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    done = subprocess.run(
        [UV, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Environment:
    """A fresh environment, into which nothing but wheels of `wheels` and what they need comes."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self._wheels = wheels
        self._scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self._scripts / "python"
        uv("venv", "--python", sys.executable, str(folder))

    def install(self, name: str, extras: str = "", wheels: Path | None = None) -> None:
        (wheel,) = (wheels or self._wheels).glob(f"{name}-*.whl")
        where = ["--python", str(self.python), "--find-links", str(self._wheels)]
        uv("pip", "install", *where, f"{wheel}{extras}")

    def run(self, command: str, *arguments: str, cwd: Path | None = None, **extra: str) -> str:
        """What one of its commands prints; it finds nothing of this repository by itself."""
        foreign = ("PYTHON", "PYTEST", "SEGUE_", "VIRTUAL_ENV")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        done = subprocess.run(
            [self._scripts / command, *arguments],
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**kept, **extra},
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def few_certificates() -> None:
    """uv meets registries: the certificates of this machine, whatever they are."""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    uv("build", "--all-packages", "--wheel", "--out-dir", str(folder))
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment") / "venv", wheels)


@pytest.fixture
def built(tmp_path: Path):
    """Builds the wheel of a project; returns the folder that it is in."""

    def built(project: Path) -> Path:
        uv("build", "--wheel", "--out-dir", str(tmp_path / "dist"), str(project))
        return tmp_path / "dist"

    return built
