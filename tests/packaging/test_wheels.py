"""The wheels: one for each distribution, and core stands alone."""

import zipfile

from segue import __version__

DISTRIBUTIONS = (
    "segue",
    "segue_core",
    "segue_local",
    "segue_marketplace",
    "segue_musicapi",
    "segue_sandbox",
    "segue_server",
    "segue_venice",
)
LIST = "from segue._plugins.catalog import Catalogue; print(list(Catalogue().names()))"


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


def test_core_alone_lists_no_provider_and_core_with_local_lists_one(environment):
    environment.install("segue_core")
    assert environment.run("python", "-c", LIST) == "[]\n"
    environment.install("segue_local")
    assert environment.run("python", "-c", LIST) == "['local']\n"
