"""Create the distribution of a new provider, which works before a line is changed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import msgspec

from segue._files.atomic import os_errors_as_target_error
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
    """The author's choices: the name, the base URL, and the variable of the API key."""

    name: str
    base_url: str
    key_env: str

    def problems(self) -> list[Problem]:
        """Every invalid choice."""
        if allowed := _allowed_name(self.name):
            return [Problem(field="name", value=self.name, allowed=allowed)]
        rules = (
            ("base_url", _ADDRESS, "a URL such as https://api.harmonia.example/v1"),
            ("key_env", _VARIABLE, "a variable name such as HARMONIA_API_KEY"),
        )
        return [
            Problem(field=field, value=getattr(self, field), allowed=allowed)
            for field, pattern, allowed in rules
            if not pattern.fullmatch(getattr(self, field))
        ]

    @property
    def distribution(self) -> str:
        """The name of the distribution: `segue-harmonia`."""
        return f"segue-{self.name.replace('_', '-')}"

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The values of the placeholders in the files."""
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


def default_plan(name: str) -> Plan:
    """The default plan for a name; its base URL is a reserved one (RFC 2606)."""
    return Plan(
        name=name,
        base_url=f"https://api.{name.replace('_', '-')}.example/v1",
        key_env=f"{name.upper()}_API_KEY",
    )


def target(plan: Plan, folder: Path) -> Path:
    """The folder to be created: the distribution's name, in `folder`.

    Raises `InvalidTask` for a plan with problems; `TargetError` if that already exists.
    """
    if problems := plan.problems():
        message = "; ".join(str(problem) for problem in problems)
        raise InvalidTask(message, problems=problems, advice="nothing was written")
    path = folder / plan.distribution
    if path.exists():
        raise TargetError(f"{path} already exists", advice="choose another name or folder")
    return path


def write(plan: Plan, folder: Path) -> Path:
    """Write the distribution to its `target` folder, and return that."""
    path = target(plan, folder)
    for template, name in _FILES.items():
        _write(path / name.format(name=plan.name), _filled(template, plan))
    return path


def _allowed_name(name: str) -> str:
    """What a name has to be, if this one is invalid; else empty."""
    if not _NAME.fullmatch(name):
        return "lowercase letters, digits and underscores, such as harmonia"
    if keyword.iskeyword(name):
        return "not a Python keyword"
    return f"not a name of Segue's own: {', '.join(sorted(_TAKEN))}" if name in _TAKEN else ""


def _filled(template: str, plan: Plan) -> str:
    text = (files("segue") / "cli" / "template" / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(plan.placeholders)


def _write(path: Path, text: str) -> None:
    with os_errors_as_target_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
