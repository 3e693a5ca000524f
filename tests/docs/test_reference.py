"""The reference holds everything that a plugin may import, and everything in it is explained."""

import ast
import inspect
import re
from importlib import import_module

import pytest

import segue
from segue.testing import ProviderKit

from .pages import ROOT

REFERENCE = ROOT / "docs/reference"
DIRECTIVE = re.compile(r"^\.\. auto(module|class|function|data):: (\S+)", re.MULTILINE)
FOUND = [
    (kind, name)
    for page in sorted(REFERENCE.glob("*.rst"))
    for kind, name in DIRECTIVE.findall(page.read_text(encoding="utf-8"))
]
PARTLY = re.compile(r"^\.\. automodule:: (\S+)\n   :no-members:", re.MULTILINE)
LISTED = sorted(
    name
    for page in sorted(REFERENCE.glob("*.rst"))
    for name in PARTLY.findall(page.read_text(encoding="utf-8"))
    if name != "segue.testing"  # whose page says what is shown of it
)
MODULES = sorted(name for kind, name in FOUND if kind == "module")
OTHERS = sorted(name for kind, name in FOUND if kind in {"class", "function"})


def public(thing):
    return {name: value for name, value in vars(thing).items() if not name.startswith("_")}


def own(module):
    """What a module defines, or names in `__all__`."""
    names = getattr(module, "__all__", public(module))
    for name in names:
        value = getattr(module, name)
        mine = getattr(value, "__module__", "") == module.__name__ or hasattr(module, "__all__")
        if mine and (inspect.isclass(value) or inspect.isroutine(value)):
            yield f"{module.__name__}.{name}", value


def members(name, thing):
    """The thing itself, and the methods and properties that it defines."""
    yield name, thing
    for member, value in public(thing).items() if inspect.isclass(thing) else ():
        if isinstance(value, property | classmethod | staticmethod) or inspect.isfunction(value):
            yield f"{name}.{member}", getattr(thing, member)


def unexplained(name, thing):
    return [name for name, one in members(name, thing) if not (inspect.getdoc(one) or "").strip()]


def resolved(name):
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_of_a_module_is_explained(name):
    module = import_module(name)
    assert module.__doc__
    things = dict(own(module))
    assert [lacking for name, thing in things.items() for lacking in unexplained(name, thing)] == []


@pytest.mark.parametrize("name", LISTED)
def test_a_page_that_lists_what_it_shows_leaves_nothing_out(name):
    assert [one for one, _ in own(import_module(name)) if one not in OTHERS] == []


@pytest.mark.parametrize("name", OTHERS)
def test_everything_else_of_the_reference_is_explained(name):
    assert unexplained(name, resolved(name)) == []


def test_a_name_that_is_not_explained_would_be_seen():
    class Dumb:
        def speak(self): ...

    assert unexplained("Dumb", Dumb) == ["Dumb", "Dumb.speak"]


@pytest.mark.parametrize("name", [name for name in segue.__all__ if not name.startswith("_")])
def test_every_public_name_of_segue_is_explained_in_the_reference(name):
    thing = getattr(segue, name)
    assert unexplained(name, thing) == []
    assert thing.__module__ in MODULES or f"{thing.__module__}.{name}" in OTHERS


def test_every_rule_of_the_kit_says_what_it_is():
    rules = [name for name in dir(ProviderKit) if name.startswith("test_")]
    assert len(rules) > 40
    assert [name for name in rules if not getattr(ProviderKit, name).__doc__] == []


def imported(text):
    """The names of Segue's that a source imports, as `module.name`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and re.match(r"segue(\.|$)", node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def known():
    for name in MODULES:
        module = import_module(name)
        yield from (f"{name}.{one}" for one in getattr(module, "__all__", public(module)))
    yield from (name for _, name in FOUND)
    yield from (f"segue.{name}" for name in segue.__all__)


SOURCES = [
    *(ROOT / "docs/example").rglob("*.py"),
    *(ROOT / "examples").glob("*.py"),
    *(ROOT / "providers").glob("*/src/**/*.py"),
]


def test_plugins_import_nothing_that_the_reference_does_not_hold():
    names = {name for path in SOURCES for name in imported(path.read_text(encoding="utf-8"))}
    assert len(names) > 40
    assert sorted(names - set(known()) - {"segue.hooks.hookimpl"}) == []


def test_every_page_is_in_the_table_and_the_contents():
    pages = {page.stem for page in REFERENCE.iterdir()} - {"contents"}
    contents = (REFERENCE / "contents.rst").read_text(encoding="utf-8")
    table = (REFERENCE / "index.md").read_text(encoding="utf-8")
    assert {name for name in pages if f"   {name}\n" not in contents} == set()
    assert {name for name in pages - {"index"} if f"({name}." not in table} == set()
