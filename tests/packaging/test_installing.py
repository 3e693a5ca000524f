"""Every way of installing that the page shows, from a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from segue import __version__

ROOT = Path(__file__).parents[2]
UV = Path(shutil.which("uv") or os.environ["UV"]).parent
"""Where uv is: `uv run` sets the variable, and uv need not be on the PATH."""
PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "site", "dist", "*_cache", "__pycache__")
USE = "import segue; print(segue.Client('local').submit('a waltz').wait().status.name)"

pytestmark = pytest.mark.slow


def commands(section):
    """Each command of a section, and what is shown under it."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [part.partition("\n")[::2] for part in block.split("$ ")[1:]]


@pytest.fixture
def place(tmp_path):
    """The folder that holds the clone; commands run there, with a tool folder of their own."""
    shutil.copytree(ROOT, tmp_path / "segue", ignore=NOT_COPIED)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    return tmp_path


def run(place, command):
    """What a command prints there. `pip` is uv's, which finds dependencies in its cache."""
    foreign = ("PYTHON", "SEGUE_", "VIRTUAL_ENV", "UV_PROJECT", "UV_PYTHON", "UV_TOOL")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    scripts = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
    command = re.sub(r"^pip install", f"uv pip install --python '{place / 'venv'}'", command)
    done = subprocess.run(
        command,
        shell=True,
        cwd=place,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={
            **inherited,
            "PATH": os.pathsep.join(map(str, [place / "bin", scripts, inherited["PATH"], UV])),
            "UV_PYTHON": sys.executable,
            "UV_TOOL_DIR": str(place / "tools"),
            "UV_TOOL_BIN_DIR": str(place / "bin"),
            "SEGUE_JOURNAL": "off",
        },
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def follow(place, section):
    for command, shown in commands(section):
        printed = run(place, command)
        assert shown.strip() in printed.replace(__version__, "0.1.0")


def test_uv_tool_install_brings_the_command_with_all_backends(place):
    follow(place, "The command line")
    run(place, 'segue generate "a waltz, 1 second" -o waltz.wav')
    assert (place / "waltz.wav").stat().st_size > 44
    listed = re.findall(r"^(\w+)\t", run(place, "segue providers"), re.MULTILINE)
    assert set(listed) >= {"local", "marketplace", "musicapi", "venice"}


def test_a_project_adds_the_clone(place):
    follow(place, "In your own project")
    assert run(place / "my-music", f'uv run python -c "{USE}"').endswith("SUCCEEDED\n")


def test_a_project_adds_a_git_address(place):
    """The address is this computer's; the commit is a new one, of the copy."""
    git = "git -c user.name=n -c user.email=e@example.com"
    run(place / "segue", f"git init -q && git add -A && {git} commit -qm copy && git tag v0.1.0")
    run(place, "uv init -q other")
    run(place / "other", f"uv add 'git+{(place / 'segue').as_uri()}@v0.1.0'")
    assert run(place / "other", f'uv run python -c "{USE}"').endswith("SUCCEEDED\n")


def test_pip_installs_the_wheels_or_a_part_of_them(place):
    follow(place, "With pip")
    assert run(place, f'python -c "{USE}"') == "SUCCEEDED\n"
    assert run(place, "segue --version") == f"segue {__version__}\n"
    run(place, f"uv venv --clear '{place / 'venv'}'")
    follow(place, "Only a part of it")
    listed = "from segue._plugins.catalog import Catalogue; print(*Catalogue().names())"
    assert run(place, f'python -c "{listed}"') == "venice\n"


def test_every_distribution_and_extra_is_on_the_page():
    for path in (
        ROOT / "pyproject.toml",
        *ROOT.glob("*/pyproject.toml"),
        *ROOT.glob("providers/*/pyproject.toml"),
    ):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        names = [project["name"], *project.get("optional-dependencies", {})]
        assert [name for name in names if f"`{name}`" not in PAGE] == []
