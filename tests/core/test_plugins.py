"""The catalogue of providers, against distributions that are made on disk."""

import sys
import threading

import pytest

from segue._plugins.catalog import Catalogue
from segue.errors import AmbiguousPlugin, BrokenPlugin, UnknownProvider

PROVIDER = """
from segue.provider import Capabilities, Provider
from segue.tasks import Generate

class Made(Provider):
    name = {name!r}
    capabilities = Capabilities(tasks={{Generate: frozenset()}}, cancel=True, quote=True)
    def check(self, task, models): return []
    def submit(self, task): ...
    def poll(self, ticket): ...
    def download(self, ticket, snapshot): ...
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a distribution that provides one name; tells the module's name."""
    before = set(sys.modules)
    monkeypatch.delenv("SEGUE_DISABLE", raising=False)

    def installing(name, source=None, *, dist=None, version="1.0", target=None, folder="site"):
        dist = dist or f"segue-{name}"
        module = f"made_{dist}_{name}".replace("-", "_").lower()
        site = tmp_path / folder
        info = site / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n")
        points = f"[segue.providers]\n{name} = {target or module + ':Made'}\n"
        (info / "entry_points.txt").write_text(points)
        (site / f"{module}.py").write_text(source or PROVIDER.format(name=name))
        monkeypatch.syspath_prepend(str(site))
        return module

    yield installing
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


def message(error, key, distribution=None):
    with pytest.raises(error) as caught:
        Catalogue().load(key, distribution)
    return str(caught.value)


def test_listing_imports_nothing(install):
    module = install("acme")
    catalogue = Catalogue()
    assert "acme" in catalogue.names()
    entry = next(entry for entry in catalogue.entries if entry.name == "acme")
    assert (entry.value, entry.distribution, entry.version) == (
        f"{module}:Made",
        "segue-acme",
        "1.0",
    )
    assert module not in sys.modules


def test_naming_one_imports_that_one(install):
    acme, other = install("acme"), install("other")
    assert Catalogue().load("acme").name == "acme"
    assert acme in sys.modules
    assert other not in sys.modules


@pytest.mark.parametrize("key", ["acme", "acme/a model", "acme@segue-acme", "acme@Segue_Acme/m"])
def test_a_backends_key_names_its_provider(install, key):
    install("acme")
    catalogue = Catalogue()
    assert catalogue.load(key) is catalogue.load("acme", "segue-acme")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import no_such_module_here", "cannot be imported: ModuleNotFoundError: No module named"),
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def (", "SyntaxError"),
        ("x = 1", "AttributeError"),
        ("Made = 3", "is not a subclass of segue's Provider"),
        ("class Made: pass", "is not a subclass of segue's Provider"),
        (PROVIDER.format(name="acme") + "    plugin_api = 2", "plugin API 2, and this is 1"),
        (PROVIDER.format(name="ACME"), "calls itself 'ACME'"),
        (PROVIDER.format(name="acme") + "    capabilities = None", "capabilities"),
        (
            "from segue.provider import Provider\nclass Made(Provider):\n    name = 'acme'",
            "does not define check, download, poll, submit",
        ),
    ],
)
def test_a_broken_one_is_told_with_entry_point_distribution_version_and_cause(
    install, source, told
):
    module = install("acme", source, version="1.2")
    text = message(BrokenPlugin, "acme")
    assert told in text
    assert f"plugin 'acme' ({module}:Made, of segue-acme 1.2)" in text
    assert "pip install --upgrade" in text


def test_the_cause_is_chained(install):
    install("acme", "1 / 0")
    with pytest.raises(BrokenPlugin) as caught:
        Catalogue().load("acme")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_interrupted_import_is_no_broken_plugin(install):
    install("acme", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Catalogue().load("acme")


def test_an_entry_point_that_is_not_one_is_a_broken_plugin(install):
    install("acme", target="not a reference!")
    assert "segue-acme 1.0" in message(BrokenPlugin, "acme")


def test_a_newer_plugin_asks_for_a_newer_core_and_an_older_for_a_newer_plugin(install):
    install("acme", PROVIDER.format(name="acme") + "    plugin_api = 2")
    install("old", PROVIDER.format(name="old") + "    plugin_api = 0")
    assert "upgrade segue-core" in message(BrokenPlugin, "acme")
    assert "upgrade segue-old" in message(BrokenPlugin, "old")


def test_two_distributions_with_one_name_are_both_named(install):
    install("acme")
    install("acme", dist="other-acme", version="2.0")
    text = message(AmbiguousPlugin, "acme")
    assert "other-acme 2.0" in text
    assert "segue-acme 1.0" in text
    assert "acme@other-acme or acme@segue-acme" in text
    assert Catalogue().load("acme@other-acme").__module__ == "made_other_acme_acme"
    assert Catalogue().load("acme", "segue-acme").__module__ == "made_segue_acme_acme"


def test_a_distribution_that_does_not_have_it_is_told(install):
    install("acme")
    text = message(UnknownProvider, "acme@other")
    assert "other does not provide 'acme'; segue-acme 1.0 does" in text
    assert "write acme@segue-acme" in text


def test_one_distribution_in_two_places_is_no_conflict(install):
    install("acme")
    install("acme", folder="editable")
    assert Catalogue().load("acme").name == "acme"
    assert Catalogue().names().count("acme") == 1


def test_a_damaged_distribution_does_not_hide_the_others(install, tmp_path):
    install("acme")
    info = tmp_path / "site" / "damaged-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[segue.providers]\nbad = nothing:here\n")
    assert {"acme", "bad"} <= set(Catalogue().names())
    assert "cannot be imported" in message(BrokenPlugin, "bad")


def test_a_disabled_one_is_hidden_and_loading_it_says_why(install, monkeypatch):
    module = install("acme")
    monkeypatch.setenv("SEGUE_DISABLE", "other, acme")
    assert "acme" not in Catalogue().names()
    assert "take acme out of SEGUE_DISABLE" in message(UnknownProvider, "acme")
    assert "acme" in Catalogue(disabled=()).names()
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Acme", "did you mean 'acme'?"),
        ("acne", "did you mean 'acme'?"),
        ("musicapi", "pip install segue-musicapi"),
        ("musikapi", "did you mean 'musicapi'? pip install segue-musicapi"),
        ("zzz", "pip install segue-zzz"),
        ("z;z", "letters, digits, dots and dashes only"),
    ],
)
def test_a_missing_one_says_what_is_installed_and_what_to_install(name, told):
    from importlib_metadata import EntryPoint

    point = EntryPoint(name="acme", value="nothing:here", group="segue.providers")
    with pytest.raises(UnknownProvider) as caught:
        Catalogue([point], disabled=()).load(name)
    assert told in str(caught.value)
    assert "installed are acme" in str(caught.value)


def test_with_nothing_installed_it_says_so():
    with pytest.raises(UnknownProvider, match="none is installed; install it: pip install segue-l"):
        Catalogue([], disabled=()).load("local")


def test_a_key_that_names_nothing_is_unknown():
    assert "names no provider" in message(UnknownProvider, "/model")


def test_the_report_tells_of_each_and_a_broken_one_stops_no_other(install, monkeypatch):
    install("acme")
    install("bad", "1 / 0", version="3")
    install("off")
    install("twice")
    install("twice", dist="other-twice")
    monkeypatch.setenv("SEGUE_DISABLE", "off")
    told = {(row.name, row.distribution): row for row in Catalogue().report()}
    acme = told["acme", "segue-acme"]
    assert acme.ok
    assert (acme.version, acme.plugin_api) == ("1.0", 1)
    assert acme.capabilities == ("generate", "cancel", "quote")
    assert "ZeroDivisionError" in told["bad", "segue-bad"].problem
    assert told["off", "segue-off"].problem == "disabled by SEGUE_DISABLE"
    assert "twice@other-twice" in told["twice", "segue-twice"].problem
    assert told["twice", "other-twice"].capabilities


SLOW = """
import threading
from segue.testing import Silence

imported_by = threading.get_ident()

class Made(Silence):
    name = "slow"
"""


def test_a_provider_given_by_its_name_is_imported_beside_the_event_loop(install, face):
    module = install("slow", SLOW)
    client = face.client("slow")
    for _ in range(2):
        assert face.do(client.submit, "a waltz", duration=3).ticket.provider == "slow"
    own = threading.get_ident() if face.driver == "sync" else face.do(_thread)
    assert (sys.modules[module].imported_by == own) is (face.driver == "sync")


async def _thread():
    return threading.get_ident()
