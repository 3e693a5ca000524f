"""A new provider's distribution: what its author begins with. It works before a line is changed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import msgspec

from segue._files.atomic import told
from segue._plugins.catalog import FIRST_PARTY
from segue._version import __version__
from segue.errors import InvalidTask, TargetError
from segue.tasks import Problem

_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "init.py": "src/segue_{name}/__init__.py",
    "provider.py": "src/segue_{name}/provider.py",
    "wire.py": "src/segue_{name}/wire.py",
    "py.typed": "src/segue_{name}/py.typed",
    "test_provider.py": "tests/test_provider.py",
}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_ADDRESS = re.compile(r"https?://[^\s/?#@\"\\]+(/[^\s?#\"\\]*)?")
_TAKEN = frozenset({*FIRST_PARTY, "core", "sandbox", "testing"})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the author says: the backend's name, where the vendor is, what its key is called."""

    name: str
    base_url: str
    key_env: str

    def problems(self) -> list[Problem]:
        """Every reason why no distribution can be written for this."""
        if told := _unfit(self.name):
            return [Problem(field="name", value=self.name, allowed=told)]
        rules = (
            ("base_url", _ADDRESS, "an address such as https://api.harmonia.example/v1"),
            ("key_env", _VARIABLE, "a variable's name such as HARMONIA_API_KEY"),
        )
        return [
            Problem(field=field, value=getattr(self, field), allowed=allowed)
            for field, pattern, allowed in rules
            if not pattern.fullmatch(getattr(self, field))
        ]

    @property
    def distribution(self) -> str:
        """`segue-harmonia`: what is installed."""
        return f"segue-{self.name.replace('_', '-')}"

    @property
    def words(self) -> Mapping[str, str]:
        """What is filled into the files."""
        parts = self.name.split("_")
        return {
            "name": self.name,
            "distribution": self.distribution,
            "cls": "".join(part.capitalize() for part in parts),
            "title": " ".join(part.capitalize() for part in parts),
            "base_url": self.base_url.rstrip("/"),
            "env": self.key_env,
            "version": __version__,
        }


def usual(name: str) -> Plan:
    """The plan for a name of which nothing else is known; its address is nobody's (RFC 2606)."""
    return Plan(
        name=name,
        base_url=f"https://api.{name.replace('_', '-')}.example/v1",
        key_env=f"{name.upper()}_API_KEY",
    )


def place(plan: Plan, folder: Path) -> Path:
    """Where it would be written: the distribution's name, in `folder`.

    Raises `InvalidTask` for a plan with problems; `TargetError` if that exists already.
    """
    if problems := plan.problems():
        said = "; ".join(str(problem) for problem in problems)
        raise InvalidTask(said, problems=problems, advice="nothing was written")
    home = folder / plan.distribution
    if home.exists():
        raise TargetError(f"{home} exists already", advice="choose another name or folder")
    return home


def write(plan: Plan, folder: Path) -> Path:
    """Write the distribution to its `place`, and return that."""
    home = place(plan, folder)
    for template, path in _FILES.items():
        _write(home / path.format(name=plan.name), _filled(template, plan))
    return home


def _unfit(name: str) -> str:
    """What a name has to be, where this one is not."""
    if not _NAME.fullmatch(name):
        return "small letters, digits and underscores, such as harmonia"
    if keyword.iskeyword(name):
        return "not a word of Python's own"
    return f"not one of Segue's own: {', '.join(sorted(_TAKEN))}" if name in _TAKEN else ""


def _filled(template: str, plan: Plan) -> str:
    text = (files("segue") / "cli" / "template" / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(plan.words)


def _write(path: Path, text: str) -> None:
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
