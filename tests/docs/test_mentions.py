"""Nothing that a user can name is missing from the documentation, and nothing in it is gone."""

import json
import os
import re
import sys
from pathlib import Path

import msgspec
import pytest

import segue
from segue import errors, events, flow, job, journal, tasks
from segue._config import settings
from segue._plugins import hookspecs
from segue.cli import main
from segue.cli.exits import Code
from segue_local.provider import Local

from .pages import ROOT, pages

PAGES = {page.name: page for page in pages()}
CLI = PAGES["docs/cli.md"]
COMMANDS = re.findall(r"^## segue ([\w-]+)", CLI.text, re.MULTILINE)
CORE = ROOT / "core/src/segue"


def named(page, name):
    """Whether `name` stands in the page's code: between backticks or in a block."""
    return re.search(rf"`[^`\n]*(?<![\w.]){re.escape(name)}(?!\w)[^`\n]*`", page.text) is not None


@pytest.mark.parametrize("name", segue.__all__)
def test_every_public_name_is_explained(name):
    assert named(PAGES["core/README.md"], name)


@pytest.mark.parametrize("face", [segue.Client, segue.AsyncClient, segue.Job, segue.AsyncJob])
def test_every_method_of_the_faces_is_listed(face):
    methods = [name for name in dir(face) if not name.startswith("_")]
    assert [name for name in methods if not named(PAGES["core/README.md"], name)] == []


TABLES = {(): settings.Settings, ("providers", "NAME"): settings.Access}
TABLES |= {
    (field.name,): field.type
    for field in msgspec.structs.fields(settings.Settings)
    if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
}
KEYS = {
    ".".join([*table, field.encode_name]): field
    for table, shape in TABLES.items()
    for field in msgspec.structs.fields(shape)
    if (field.name,) not in TABLES and field.name != "providers"
}


def test_every_key_of_the_configuration_has_its_row():
    told = PAGES["docs/configuration.md"].section("Keys of segue.toml")
    assert set(KEYS) >= {"backend", "budget.per_day", "http.proxy", "providers.NAME.key_env"}
    assert set(re.findall(r"^\| `(\S+)` \|", told, re.MULTILINE)) == set(KEYS)


@pytest.mark.parametrize("key", [key for key in KEYS if not key.startswith("providers.")])
def test_the_defaults_are_those_of_the_code(key):
    told = PAGES["docs/configuration.md"].section("Keys of segue.toml")
    row = re.search(rf"^\| `{re.escape(key)}` \|.*$", told, re.MULTILINE)[0]
    default = KEYS[key].default
    assert row.split(" | ")[2] == ("not set" if default is None else f"`{toml(default)}`")


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_every_environment_variable_is_explained():
    told = PAGES["docs/configuration.md"].section("Environment variables")
    sources = [path.read_text(encoding="utf-8") for path in CORE.rglob("*.py")]
    used = {name for text in sources for name in re.findall(r"\"(SEGUE_[A-Z_]+)\"", text)}
    assert used >= {"SEGUE_BACKEND", "SEGUE_CONFIG", "SEGUE_DISABLE", "SEGUE_JOURNAL"}
    assert {name for name in used if f"| `{name}` |" not in told} == set()
    assert any('f"SEGUE_{' in text and '_BASE_URL"' in text for text in sources)
    assert "| `SEGUE_<PROVIDER>_BASE_URL` |" in told


def test_every_error_is_explained():
    told = PAGES["docs/concepts.md"].section("Errors")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    names = {kind.__name__ for kind in kinds if issubclass(kind, errors.SegueError)}
    explained = {
        name for row in re.findall(r"^\| `.*?\|", told, re.MULTILINE) for name in words(row)
    }
    assert explained == names - {"SegueError"}


def test_the_codes_of_the_errors_are_those_of_the_code():
    told = PAGES["docs/concepts.md"].section("Error codes")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {k.__name__: k.error_code for k in kinds if issubclass(k, errors.SegueError)}
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", told, re.MULTILINE)
    assert {name: code for code, name in rows} == {
        name: code for name, code in codes.items() if name != "SegueError"
    }
    assert len(rows) == len(codes) - 1


def words(row):
    return re.findall(r"`(\w+)`", row)


def test_every_status_is_explained():
    told = PAGES["docs/concepts.md"].section("Status")
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \|", told, re.MULTILINE)
    assert dict(rows) == {s.name: "yes" if s.terminal else "no" for s in job.Status}


def test_every_state_of_the_journal_is_explained():
    told = PAGES["docs/concepts.md"].section("Resuming a job")
    assert re.findall(r"^\| `([A-Z]+)` \|", told, re.MULTILINE) == [s.name for s in journal.State]


def test_every_record_is_explained_in_the_order_of_the_events():
    told = PAGES["docs/architecture.md"].section("The order of the records")
    rows = re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)
    assert rows == [kind.__name__ for kind in events.Event.__args__]


def test_every_effect_is_explained():
    told = PAGES["docs/architecture.md"].section("Flows")
    effects = {kind.__name__ for kind in flow.Effect.__args__}
    assert set(re.findall(r"^\| `(\w+)\(", told, re.MULTILINE)) == effects


def test_every_hook_is_explained_with_its_arguments():
    told = PAGES["docs/hooks.md"].text
    hooks = {n: f for n, f in vars(hookspecs).items() if n.startswith("segue_")}
    rows = re.findall(r"^\| `(\w+)\((.*?)\)` \|", told, re.MULTILINE)
    assert {name: names.split(", ") for name, names in rows} == {
        name: list(hook.__annotations__)[:-1] for name, hook in hooks.items()
    }


ARCHITECTURE = PAGES["docs/architecture.md"]


def test_every_path_that_the_architecture_names_is_there():
    names = re.findall(r"`([\w/]+(?:\.py|/))`", ARCHITECTURE.text)
    names = [name for name in names if "NAME" not in name]
    wings = {row[0]: row[1] for row in wing_rows()}
    assert len(names) > 100
    places = [CORE, CORE.parent, ROOT, CORE / "_engine", *(CORE / wing for wing in wings)]
    assert [name for name in names if not any((place / name).exists() for place in places)] == []


def wing_rows():
    table = ARCHITECTURE.section("The wings of core").split("### ")[0]
    return re.findall(r"^\| `(\w+/)` \| (.*) \|$", table, re.MULTILINE)


def test_every_wing_has_a_row_and_every_module_of_it_is_in_that():
    rows = dict(wing_rows())
    wings = {f"{path.parent.name}/" for path in CORE.glob("_*/__init__.py")}
    assert wings == {name for name in rows if name.startswith("_")}
    for wing in wings:
        named = set(re.findall(r"`(\w+(?:\.py|/))`", rows[wing]))
        modules = {path.name for path in (CORE / wing).glob("*.py")} - {"__init__.py"}
        packages = {f"{path.parent.name}/" for path in (CORE / wing).glob("*/__init__.py")}
        assert named == modules | packages, wing


def test_every_public_module_is_in_the_picture():
    picture = ARCHITECTURE.section("The wings of core").split("```")[1]
    public = {path.name for path in CORE.glob("*.py") if not path.name.startswith("_")}
    assert {name for name in public if name not in picture} == set()


def test_every_field_that_the_composer_takes_is_explained():
    told = PAGES["providers/local/README.md"].section("What it takes")
    rows = {name for row in re.findall(r"^\| `.*?\|", told, re.MULTILINE) for name in words(row)}
    assert rows == Local.capabilities.tasks[tasks.Generate]


@pytest.fixture
def prints(desk, monkeypatch, capsys):
    """Runs `segue` and returns what it prints on the standard output."""
    monkeypatch.setenv("COLUMNS", "200")

    def prints(*arguments):
        monkeypatch.setattr(sys, "argv", ["segue", *arguments])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out

    return prints


def test_every_command_has_its_section(prints):
    assert commands(prints("--help")) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_of_a_command_are_those_of_its_help(command, prints):
    told = prints(command, "--help")
    real = options(told)
    for further in commands(told):
        real |= options(prints(command, further, "--help"))
    real -= {"--help", "-h"}
    assert told_options(CLI.section(f"segue {command}")) == real


def test_the_options_of_segue_are_those_of_its_help(prints):
    assert told_options(CLI.text.partition("\n## ")[0]) == options(prints("--help"))


def test_the_exit_codes_are_those_of_the_code():
    rows = re.findall(r"^\| (\d+) \|", CLI.section("Exit codes"), re.MULTILINE)
    assert [int(row) for row in rows] == [0, *Code]


JSON = [json.loads(block.text) for block in CLI.blocks if block.language == "json"]


def test_the_json_of_a_piece_is_as_shown(prints):
    real = json.loads(prints("generate", "a waltz", "--duration", "1", "--json"))
    assert real.keys() == JSON[0].keys()
    assert real["files"][0].keys() == JSON[0]["files"][0].keys()


def test_the_json_of_an_error_is_as_shown(prints):
    real = json.loads(prints("models", "--backend", "locl", "--json"))
    assert real == JSON[1]


@pytest.mark.parametrize("command", ["generate --no-wait", "providers", "models", "config"])
def test_the_json_of_the_other_commands_has_the_keys_that_are_listed(command, prints):
    row = re.search(rf"^\| `segue {command}` \| (.*) \|$", CLI.section("JSON"), re.MULTILINE)
    given = ["a waltz"] if command.startswith("generate") else []
    real = json.loads(prints(*command.split(), *given, "--json"))
    assert [key for key in real if key != "ok"] == words(row[1])


def commands(text):
    """The commands that a help lists, in its order."""
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  (\w[\w-]*)", listed[1], re.MULTILINE) if listed else []


def options(text):
    """The options at the beginning of the help's lines."""
    lines = re.findall(r"^  (-.*)", text, re.MULTILINE)
    return {name for line in lines for name in _OPTION.findall(line.partition("  ")[0])}


def told_options(text):
    """The options in the first column of a page's tables."""
    rows = re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE)
    return {name for row in rows for name in _OPTION.findall(row)}


_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_pages_speak_of_the_product_alone(page):
    """No address of this machine, and no name of a place that packages come from."""
    for word in (os.sep + "work" + os.sep, os.sep + "tmp" + os.sep, "py" + "pi", str(Path.home())):
        assert word.lower() not in page.text.lower(), word
