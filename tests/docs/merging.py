"""What a reader does with a block that is to go into a file of Python: whatever has the name of
something that is there takes its place, and the rest is added."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

_IMPORTS = (ast.Import, ast.ImportFrom)
_NAMES = (ast.Assign, ast.AnnAssign)


class Part:
    """A statement with what belongs to it: the comment above, the string below."""

    def __init__(self, node: ast.stmt, first: int, last: int) -> None:
        self.node, self.first, self.last = node, first, last  # lines, from 0; `last` is not in it

    @property
    def name(self) -> str:
        """By what it is found again; an import by where it imports from."""
        match self.node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                return name
            case ast.ClassDef(name=name):
                return name
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                return ast.unparse(target)
            case ast.ImportFrom(module=module):
                return f"from {module}"
        return ast.unparse(self.node)


def merged(text: str, block: str, folder: Path) -> str:
    """The text of a file in `folder`, with the block in it."""
    lines = _merged(text.splitlines(), block.splitlines(), _module, blank=2)
    return "\n".join(_sorted(lines, folder)) + "\n"


def _sorted(lines: list[str], folder: Path) -> list[str]:
    """The imports in their groups: the language's, others', and Segue's with the folder's own."""
    imports = [part for part in _parts(_module(lines), lines) if isinstance(part.node, _IMPORTS)]
    if not imports:
        return lines
    groups: list[list[str]] = [[], [], [], []]
    for part in sorted(imports, key=_rank):
        groups[_group(part, folder)] += lines[part.first : part.last]
    shown = [line for group in groups if group for line in (*group, "")]
    return [*lines[: imports[0].first], *shown[:-1], *lines[imports[-1].last :]]


def _rank(part: Part) -> tuple[bool, str]:
    return isinstance(part.node, ast.ImportFrom), part.name


def _group(part: Part, folder: Path) -> int:
    root = part.name.split()[1].partition(".")[0]
    if root == "__future__":
        return 0
    if root.startswith("segue") or (folder / f"{root}.py").exists():
        return 3
    return 1 if root in sys.stdlib_module_names else 2


def _merged(
    lines: list[str], added: list[str], body: Callable[[list[str]], list[ast.stmt]], *, blank: int
) -> list[str]:
    for new in _parts(body(added), added):
        shown = added[new.first : new.last]
        parts = _parts(body(lines), lines)
        old = next((part for part in parts if part.name == new.name), None)
        if old is None:
            at, gap = _place(new, parts, blank)
            lines = [*lines[:at], *gap, *shown, *lines[at:]]
            continue
        if isinstance(new.node, ast.ClassDef):
            shown = _merged(lines[old.first : old.last], shown, _members, blank=1)
        lines = [*lines[: old.first], *shown, *lines[old.last :]]
    return lines


def _place(new: Part, parts: Sequence[Part], blank: int) -> tuple[int, list[str]]:
    """After which line something new is put, and the blank lines before it."""
    for kinds, after, gap in ((_IMPORTS, _IMPORTS, 0), (_NAMES, _NAMES + _IMPORTS, blank - 1)):
        if isinstance(new.node, kinds):
            same = [part for part in parts if isinstance(part.node, after)]
            return (same or parts)[-1].last, [""] * gap
    return parts[-1].last, [""] * blank


def _module(lines: list[str]) -> list[ast.stmt]:
    return ast.parse("\n".join(lines)).body


def _members(lines: list[str]) -> list[ast.stmt]:
    (kind,) = _module(lines)
    assert isinstance(kind, ast.ClassDef)
    return kind.body


def _parts(nodes: Sequence[ast.stmt], lines: Sequence[str]) -> list[Part]:
    """The statements, each with its decorators, its comment and the string that explains it."""
    found: list[Part] = []
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if found:
                found[-1].last = node.end_lineno or 0
            continue
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]) - 1
        while first and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        found.append(Part(node, first, node.end_lineno or 0))
    assert all(one.last <= other.first for one, other in pairwise(found))
    return found
