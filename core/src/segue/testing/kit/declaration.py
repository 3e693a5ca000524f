"""Tests of what a provider declares."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from segue._config.base_url import check_address
from segue._plugins.entry_points import PROVIDERS, installed
from segue.errors import SegueError
from segue.provider import PLUGIN_API, Options, Provider
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs, maker
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden

_OFFERED = ("cancel", "release", "models", "quote", "balance")
_LISTED = {"ask": "queries", "stream": "streams"}


class Declaration(KitInputs):
    """The class, its capabilities, its pace, and its entry point."""

    def test_its_name_can_stand_in_a_backend_key(self) -> None:
        """`name` can be the part before the slash of `metronome/slow`."""
        name = Bench(self).made().name
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name), (
            f"name = {name!r} cannot be written as a backend: use lower-case letters, digits,"
            " dots and dashes"
        )

    def test_it_is_made_for_this_plugin_api(self) -> None:
        """`plugin_api` is this version: core loads no plugin of another."""
        number = Bench(self).made().plugin_api
        assert number == PLUGIN_API, (
            f"plugin_api is {number!r}, and this is {PLUGIN_API}:"
            f" write `plugin_api = {PLUGIN_API}`, and depend on the segue-core"
            " that it was written for"
        )

    def test_it_can_be_made_without_settings(self) -> None:
        """Every option has a default, for a user who sets nothing under `[providers.NAME]`."""
        made = Bench(self).made()
        kind = made.options
        assert _is_options(kind), (
            f"options is {kind!r}: make it a subclass of segue.provider.Options"
        )
        if not isinstance(maker(self), type):
            return
        try:
            type(made)(kind())
        except Exception as error:  # reported in any case
            raise AssertionError(
                f"{type(made).__name__}({kind.__name__}()) failed with {error!r}: give every"
                " option a default, and let __init__ take the settings and no more"
            ) from error

    def test_its_capabilities_are_what_it_defines(self) -> None:
        """Every declared method is defined, and every defined one is declared."""
        made = Bench(self).made()
        declared = {name: bool(getattr(made.capabilities, name)) for name in _OFFERED}
        declared |= {do: bool(getattr(made.capabilities, of)) for do, of in _LISTED.items()}
        for name, declares in declared.items():
            there = getattr(type(made), name) is not getattr(Provider, name)
            word = _LISTED.get(name, name)
            assert there or not declares, f"capabilities say {word}, and {name}() is not defined"
            assert declares or not there, f"{name}() is defined, and capabilities do not say {word}"

    def test_its_tasks_have_the_fields_that_it_lists(self) -> None:
        """Every listed field is a field of the task."""
        bench = Bench(self)
        tasks = bench.able.tasks
        assert type(bench.task) in tasks, (
            f"capabilities.tasks do not list {type(bench.task).__name__}, the type of `task`"
        )
        for kind, fields in tasks.items():
            unknown = sorted({*fields} - {*kind.__struct_fields__} | {*fields} & {"model", "extra"})
            assert not unknown, (
                f"capabilities.tasks[{kind.__name__}] lists {', '.join(unknown)}, which"
                f" {'is' if len(unknown) == 1 else 'are'} no field of it that a provider lists"
            )

    def test_it_says_whether_a_job_can_be_stopped(self) -> None:
        """A provider that cannot cancel has a sentence for the user that says so."""
        bench = Bench(self)
        declares = bench.able.cannot_cancel.strip()
        assert not (bench.able.cancel and declares), (
            "capabilities say cancel=True and cannot_cancel: leave out the sentence"
        )
        assert bench.able.cancel or len(declares.split()) > 2, (
            "capabilities say neither cancel=True nor why not: write cannot_cancel="
            f'"{bench.name.title()} cannot stop a job; it goes on and stays billed"'
        )

    def test_its_address_can_be_used(self) -> None:
        """`base_url` is https without user, query or fragment; empty if it makes no requests."""
        made = Bench(self).made()
        if not made.base_url:
            assert not Bench(self).talks, "submit() makes a request, and base_url is empty"
            return
        try:
            check_address(made.base_url, keyed=made.key is not None, where="base_url")
        except SegueError as error:
            raise AssertionError(str(error)) from error

    def test_its_pace_can_be_kept(self) -> None:
        """Cadence and limits are within their ranges."""
        made = Bench(self).made()
        pace, limits = made.cadence, made.limits
        valid = 0 <= pace.first <= pace.cap and pace.growth >= 1
        assert valid, f"{pace!r}: first is 0 to cap seconds, and growth at least 1"
        for name in limits.__struct_fields__:
            limit = getattr(limits, name)
            assert limit is None or limit > 0, (
                f"limits.{name} is {limit!r}: leave out what is unknown"
            )

    def test_its_entry_point_leads_to_it(self) -> None:
        """Where it is installed, its name resolves to this class."""
        made = Bench(self).made()
        named = [entry for entry in installed(PROVIDERS) if entry.name == made.name]
        if not named:
            pytest.skip(f"no installed distribution declares the provider {made.name!r}")
        for entry in named:
            found = entry.load()
            assert found is type(made), (
                f"the entry point {entry.name} = {entry.value!r} of {entry.origin} leads to"
                f" {found!r}, and not to {type(made)!r}"
            )

    def test_importing_it_asks_nothing_of_the_network(self) -> None:
        """Listing providers must be quick, and work offline."""
        kind = type(Bench(self).made())
        limit = subprocess.run(
            [sys.executable, "-c", _IMPORTING, kind.__module__],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if limit.returncode == _UNIMPORTABLE:
            pytest.skip(f"{kind.__module__} cannot be imported by its name from outside this test")
        assert limit.returncode == 0, (
            f"importing {kind.__module__} {limit.stdout.strip() or limit.stderr[-300:]}: make"
            " connections in flows, by `call`, and nowhere else"
        )


def _is_options(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Options)


_UNIMPORTABLE = 3
_IMPORTING = f"""
import importlib, importlib.util, os, sys
try:
    found = importlib.util.find_spec(sys.argv[1])
except ModuleNotFoundError:
    found = None
if found is None:
    os._exit({_UNIMPORTABLE})
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print(f"wanted the network ({{event}})", flush=True)
        os._exit(4)
sys.addaudithook(watch)
importlib.import_module(sys.argv[1])
"""
