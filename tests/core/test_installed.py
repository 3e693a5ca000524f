"""What is installed is read once, and again when something was installed or removed."""

import os
import shutil
import time

import importlib_metadata
import pytest

from segue._plugins import entry_points
from segue._plugins.entry_points import PROVIDERS, installed

LONG_AGO = time.time() - 3600


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path; nothing in it changed of late."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr("sys.path", [str(folder)])
    monkeypatch.setattr(entry_points, "_read", {})
    return folder


@pytest.fixture
def readings(monkeypatch):
    """How often entry points were read."""
    real, found = importlib_metadata.entry_points, []

    def counted(**wanted):
        found.append(wanted)
        return real(**wanted)

    monkeypatch.setattr(importlib_metadata, "entry_points", counted)
    return found


def settle(folder, when=LONG_AGO):
    for one in (*folder.iterdir(), folder):
        os.utime(one, (when, when))


def install(folder, name, version="1.0"):
    info = folder / f"segue_{name}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: segue-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[segue.providers]\n{name} = made_{name}:Made\n")
    return info


def names():
    return [entry.name for entry in installed(PROVIDERS)]


def test_while_nothing_changes_it_is_read_once(site, readings):
    install(site, "acme")
    settle(site)
    assert names() == names() == names() == ["acme"]
    assert len(readings) == 1


def test_what_is_installed_or_removed_meanwhile_is_noticed(site, readings):
    install(site, "acme")
    settle(site)
    assert names() == ["acme"]
    other = install(site, "other")
    assert names() == ["acme", "other"]
    settle(site, LONG_AGO + 60)
    assert names() == names() == ["acme", "other"]
    shutil.rmtree(other)
    assert names() == ["acme"]


def test_metadata_that_is_written_after_its_folder_is_noticed(site):
    info = site / "segue_acme-1.0.dist-info"
    info.mkdir()
    settle(site)
    assert names() == []
    install(site, "acme")
    os.utime(site, (LONG_AGO, LONG_AGO))  # as if only the folder of the metadata had changed
    assert names() == ["acme"]


def test_another_path_is_another_reading(site, tmp_path, monkeypatch):
    install(site, "acme")
    settle(site)
    assert names() == ["acme"]
    more = tmp_path / "more"
    more.mkdir()
    install(more, "other")
    monkeypatch.setattr("sys.path", [str(more), str(site)])
    assert names() == ["acme", "other"]


def test_what_changed_just_now_is_not_taken_for_settled(site, readings):
    # a second change within the resolution of the file system's clock would not be seen
    install(site, "acme")
    assert names() == names() == ["acme"]
    assert len(readings) == 2


def test_a_path_with_what_is_no_folder_is_read(site, tmp_path, monkeypatch):
    install(site, "acme")
    (tmp_path / "file").write_text("no archive")
    monkeypatch.setattr("sys.path", ["", str(tmp_path / "none"), str(tmp_path / "file"), str(site)])
    monkeypatch.chdir(tmp_path)
    assert names() == ["acme"]
