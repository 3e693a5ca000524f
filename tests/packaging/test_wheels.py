"""The wheels: one for each distribution, and core stands alone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from segue import __version__

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = (
    "segue",
    "segue_core",
    "segue_local",
    "segue_marketplace",
    "segue_musicapi",
    "segue_sandbox",
    "segue_venice",
)
LIST = "from segue.plugins import Catalogue; print(list(Catalogue().names()))"


def uv(*arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    done = subprocess.run(
        ["uv", *arguments], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    uv("build", "--all-packages", "--wheel", "--out-dir", str(folder))
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    uv("venv", "--python", sys.executable, str(folder))
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def install(python: Path, wheels: Path, name: str) -> None:
    (wheel,) = wheels.glob(f"{name}-*.whl")
    uv("pip", "install", "--python", str(python), "--find-links", str(wheels), str(wheel))


def listed(python: Path) -> str:
    done = subprocess.run([python, "-c", LIST], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_distribution_builds_a_wheel_of_the_one_version(wheels):
    names = {path.name.split("-py3")[0] for path in wheels.glob("*.whl")}
    assert names == {f"{name}-{__version__}" for name in DISTRIBUTIONS}


def test_every_wheel_is_licensed_and_typed(wheels):
    for path in wheels.glob("*.whl"):
        files = zipfile.ZipFile(path).namelist()
        assert any(name.endswith("licenses/LICENSE") for name in files)
        if not path.name.startswith("segue-"):
            assert any(name.endswith("/py.typed") for name in files)
        assert not [name for name in files if "test" in name.split("/")[0]]


def test_core_alone_lists_no_provider_and_core_with_local_lists_one(wheels, environment):
    install(environment, wheels, "segue_core")
    assert listed(environment) == "[]"
    install(environment, wheels, "segue_local")
    assert listed(environment) == "['local']"
