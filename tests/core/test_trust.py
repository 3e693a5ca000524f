"""A `segue.toml` that is only found: what of it counts, and how it is trusted."""

import json
import logging
import os
import sys
from pathlib import Path

import pytest
from toy_vendor import Toy

import segue
from segue import config as configuration
from segue._config import trust
from segue.cli.config_report import held_back
from segue.config import Config
from segue.errors import AuthenticationFailed, ConfigError
from segue.provider import Capabilities, Key, Options, Provider

posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and links are POSIX's here")


class VendorOptions(Options, frozen=True, kw_only=True):
    region: str = "eu"
    webhook_url: str = ""
    mood: str = ""


class Vendor(Provider):
    name = "venice"
    base_url = "https://vendor.example/v1"
    key = Key(env="VENICE_API_KEY")
    options = VendorOptions
    capabilities = Capabilities(tasks={})

    def check(self, task, models):
        return []

    def submit(self, task):
        raise NotImplementedError

    poll = download = submit


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Every test is warned as if it were the first."""
    monkeypatch.setattr(configuration, "_warned", set())


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "cloned"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def own(text):
    import platformdirs

    return write(Path(platformdirs.user_config_dir("segue")) / "segue.toml", text)


def loaded(project, text, **environ):
    write(project / "segue.toml", text)
    return Config.load(environ=environ)


def approve(project):
    file = project / "segue.toml"
    return trust.trust(file, file.read_bytes())


def names(config):
    return [held.name for _, held in config.held]


HELD = {
    "journal": "journal = 'jobs.sqlite3'",
    "journal off": "journal = 'off'",
    "to": "to = '../elsewhere'",
    "to, absolute": "to = '/tmp'",
    "to, at home": "to = '~/music'",
    "http.proxy": "[http]\nproxy = 'http://127.0.0.1:9'",
    "http.max_download_mb": "[http]\nmax_download_mb = 2049",
    "release": "release = true",
    "providers.venice.base_url": "[providers.venice]\nbase_url = 'https://evil.example'",
    "providers.venice.key_env": "[providers.venice]\nkey_env = 'AWS_SECRET_ACCESS_KEY'",
    "providers.venice.key_file": "[providers.venice]\nkey_file = '~/.ssh/id_rsa'",
    "providers.venice.key_command": "[providers.venice]\nkey_command = 'touch ran'",
    "providers.venice.webhook_url": "[providers.venice]\nwebhook_url = 'https://evil.example'",
    "providers.venice.mood, a place": "[providers.venice]\nmood = 'https://evil.example'",
    "providers.venice.mood, a file": "[providers.venice]\nmood = '~/.ssh/id_rsa'",
    "providers.venice.mood, above": "[providers.venice]\nmood = '../../secret'",
    "providers.venice.mood, nested": "[providers.venice]\nmood = {a = ['x', {host = 'evil'}]}",
}


@pytest.mark.parametrize("what", HELD)
def test_what_could_do_harm_does_not_count_until_the_file_is_trusted(what, project):
    config = loaded(project, HELD[what])
    name = what.split(",")[0].split()[0]
    assert names(config) == [name]
    assert config.where(*name.split(".")) == "default"
    approve(project)
    config = Config.load(environ={})
    assert config.held == ()
    assert config.where(*name.split(".")) == f"{project / 'segue.toml'}: {name}"


def test_what_is_harmless_counts_at_once(project):
    text = """
        backend = ["venice/a", "local"]
        timeout = 60
        to = "out/songs"
        unsupported = "ignore"
        max_cost = "0.10 USD"
        [budget]
        per_day = "1 USD"
        [http]
        timeout = 5
        max_download_mb = 10
        transport = "httpx"
        [providers.venice]
        region = "us"
        mood = "AC/DC, slow"
        """
    config = loaded(project, text)
    assert config.held == ()
    assert str(config.backends()[0]) == "venice/a"
    assert config.settings.to == "out/songs"
    assert config.options(Vendor) == VendorOptions(region="us", mood="AC/DC, slow")


@pytest.mark.parametrize(
    ("mine", "theirs", "held"),
    [
        ("max_cost = '0.50 USD'", "max_cost = '0.51 USD'", True),
        ("max_cost = '0.50 USD'", "max_cost = '0.5 USD'", False),
        ("max_cost = '0.50 USD'", "max_cost = '1 credits'", True),
        ("[budget]\nper_day = '5 USD'", "[budget]\nper_day = '6 USD'", True),
        ("[budget]\nper_day = '5 USD'", "[budget]\nper_day = '4 USD'", False),
        ("[http]\nmax_download_mb = 5", "[http]\nmax_download_mb = 6", True),
        ("[http]\nmax_download_mb = 5000", "[http]\nmax_download_mb = 4000", False),
        ("release = true", "release = true", False),
    ],
)
def test_a_limit_can_be_lowered_and_not_raised(project, mine, theirs, held):
    own(mine)
    config = loaded(project, theirs)
    assert bool(config.held) is held
    if held:
        where = names(config)[0].split(".")
        assert str(project) not in config.where(*where)


@posix
def test_links_lead_out_of_the_folder_too(project, tmp_path):
    (tmp_path / "outside").mkdir()
    (project / "out").symlink_to(tmp_path / "outside")
    (project / "inside").mkdir()
    (project / "in").symlink_to(project / "inside")
    assert names(loaded(project, "to = 'out/songs'")) == ["to"]
    assert names(loaded(project, "to = 'in/songs'")) == []


def test_a_place_inside_stays_there_when_the_folder_is_left(project, monkeypatch):
    (project / "deep").mkdir()
    monkeypatch.chdir(project / "deep")
    config = loaded(project, "to = '../out'")
    assert config.held == ()
    monkeypatch.chdir(project)
    assert config.settings.folder.absolute() == project / "out"


def test_any_change_of_the_file_needs_a_new_approval(project):
    config = loaded(project, HELD["journal"])
    approve(project)
    assert names(loaded(project, HELD["journal"] + "\n")) == ["journal"]
    assert names(loaded(project, HELD["journal"])) == []
    assert config.held


def test_another_folder_with_the_same_file_is_not_trusted(project, tmp_path, monkeypatch):
    loaded(project, HELD["journal"])
    approve(project)
    other = tmp_path / "another"
    other.mkdir()
    monkeypatch.chdir(other)
    assert names(loaded(other, HELD["journal"])) == ["journal"]


@posix
def test_a_link_to_a_trusted_file_is_not_trusted(project, tmp_path, monkeypatch):
    loaded(project, HELD["journal"])
    approve(project)
    other = tmp_path / "another"
    other.mkdir()
    (other / "segue.toml").symlink_to(project / "segue.toml")
    monkeypatch.chdir(other)
    assert names(Config.load(environ={})) == ["journal"]
    os.link(project / "segue.toml", tmp_path / "hard")
    (other / "segue.toml").unlink()
    (tmp_path / "hard").rename(other / "segue.toml")
    assert names(Config.load(environ={})) == ["journal"]


@posix
def test_a_trusted_link_that_leads_elsewhere_is_trusted_no_more(project, tmp_path):
    first = write(tmp_path / "a/one.toml", HELD["journal"])
    second = write(tmp_path / "b/two.toml", HELD["journal"])
    link = project / "segue.toml"
    link.symlink_to(first)
    approve(project)
    assert names(Config.load(environ={})) == []
    link.unlink()
    link.symlink_to(second)
    assert names(Config.load(environ={})) == ["journal"]


@posix
def test_the_folder_may_be_reached_by_a_link(project, tmp_path, monkeypatch):
    loaded(project, HELD["journal"])
    approve(project)
    (tmp_path / "short").symlink_to(project)
    monkeypatch.chdir(tmp_path / "short")
    assert names(Config.load(environ={}, folder=tmp_path / "short")) == []
    trust.revoke(tmp_path / "short" / "segue.toml")
    assert names(Config.load(environ={})) == ["journal"]


def test_what_was_read_is_what_is_checked(project, monkeypatch):
    """The file is replaced between the check and any later look at it."""
    loaded(project, "timeout = 5")
    approve(project)
    write(project / "segue.toml", HELD["journal"])
    known = trust.is_trusted

    def swapped(path, content):
        path.write_text("timeout = 5")
        return known(path, content)

    monkeypatch.setattr("segue._config.files.is_trusted", swapped)
    assert names(Config.load(environ={})) == ["journal"]


@posix
def test_records_are_for_their_owner_only_and_count_only_so(project):
    loaded(project, HELD["journal"])
    before = os.umask(0)
    try:
        approve(project)
    finally:
        os.umask(before)
    (record,) = trust._folder().iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert record.parent.stat().st_mode & 0o777 == 0o700
    assert names(Config.load(environ={})) == []
    record.chmod(0o622)
    assert names(Config.load(environ={})) == ["journal"]
    record.chmod(0o600)
    record.parent.chmod(0o777)
    assert names(Config.load(environ={})) == ["journal"]
    record.parent.chmod(0o700)
    elsewhere = record.rename(record.parent.parent / "elsewhere")
    record.symlink_to(elsewhere)
    assert names(Config.load(environ={})) == ["journal"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"path": 5}', b"\xff" * 70_000])
def test_a_damaged_record_is_none(project, content):
    loaded(project, HELD["journal"])
    approve(project)
    (record,) = trust._folder().iterdir()
    record.write_bytes(content)
    assert names(Config.load(environ={})) == ["journal"]
    approve(project)
    assert names(Config.load(environ={})) == []


@posix
def test_a_place_that_depends_on_the_current_folder_holds_no_trust(project, monkeypatch):
    """A repository could bring its own records, or its own `user's` file."""
    loaded(project, HELD["journal"])
    approve(project)
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: Path("state"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: "segue")
    write(project / "segue" / "segue.toml", "timeout = 7")
    config = Config.load(environ={})
    assert (names(config), config.settings.timeout) == (["journal"], 1800)
    with pytest.raises(ConfigError, match="XDG_STATE_HOME, or HOME, name an absolute path"):
        approve(project)


def test_files_that_are_named_and_the_users_own_are_trusted(project, home):
    text = HELD["journal"] + "\n" + HELD["providers.venice.base_url"]
    assert loaded(project, text).held
    file = project / "segue.toml"
    for config in (Config.load(file), Config.load(environ={"SEGUE_CONFIG": str(file)})):
        assert config.account(Vendor).base_url == "https://evil.example"
    file.unlink()
    own(text)
    assert Config.load(environ={}).account(Vendor).base_url == "https://evil.example"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root can give away")
def test_to_root_another_users_file_is_a_strangers(project):
    loaded(project, "timeout = 5\n" + HELD["journal"])
    os.chown(project / "segue.toml", 1234, -1)
    config = Config.load(environ={})
    assert (names(config), config.settings.timeout) == (["journal"], 5)


@posix
def test_another_users_file_can_be_trusted(project, monkeypatch):
    loaded(project, HELD["journal"])
    stranger = project.stat().st_uid + 4321
    os.chown(project / "segue.toml", stranger, -1) if os.geteuid() == 0 else None
    approve(project)
    real = os.geteuid()
    file = project / "segue.toml"
    if real == 0:
        monkeypatch.setattr("segue._config.files.os.geteuid", lambda: real)
        assert names(Config.load(environ={})) == []
    file.write_text(file.read_text() + "# changed")
    monkeypatch.setattr("segue._config.files._foreign", lambda owner: True)
    monkeypatch.setattr("segue._config.files.os.geteuid", lambda: 4711)
    with pytest.raises(ConfigError, match=r"belongs to another user; if you trust it.*segue trust"):
        Config.load(environ={})


def test_the_users_own_values_stay_where_the_projects_do_not_count(project, tmp_path):
    key = write(tmp_path / "key", "mine")
    key.chmod(0o600)
    own(f"journal = '/mine'\n[providers.venice]\nkey_file = '{key}'")
    config = loaded(project, HELD["journal"] + "\n" + HELD["providers.venice.key_command"])
    assert config.journal() == Path("/mine")
    assert config.account(Vendor).key == "mine"
    assert not (project / "ran").exists()


def test_a_held_key_is_still_checked(project):
    with pytest.raises(ConfigError, match=r"venice\.base_url = 3 is not allowed"):
        loaded(project, "[providers.venice]\nbase_url = 3")
    with pytest.raises(ConfigError, match="journal = 3 is not allowed"):
        loaded(project, "journal = 3")
    config = loaded(project, "[providers.venice]\nweb_hook_url = 'x'")
    with pytest.raises(ConfigError, match="did you mean 'webhook_url'"):
        config.options(Vendor)


def test_one_warning_names_the_file_the_keys_and_the_command(project, caplog):
    text = "backend = 'venice'\n" + HELD["journal"] + "\n" + HELD["providers.venice.key_env"]
    for _ in range(3):
        loaded(project, text)
    (warning,) = caplog.messages
    assert str(project / "segue.toml") in warning
    assert "journal, providers.venice.key_env" in warning
    assert f"segue trust {project / 'segue.toml'}" in warning
    assert "AWS_SECRET" not in warning


def test_a_warning_of_many_keys_is_short(project, caplog):
    tables = (f"[providers.p{number}]\nbase_url = 'https://a.example'" for number in range(3000))
    config = loaded(project, "\n".join(tables))
    assert len(config.held) == 3000
    assert len(caplog.messages[0]) < 1000
    assert "p11.base_url and 2988 more; if you" in caplog.messages[0]


def test_a_file_that_is_no_configuration_is_not_read_to_its_end(project):
    with (project / "segue.toml").open("wb") as file:
        file.truncate(20 << 30)
    with pytest.raises(ConfigError, match="is larger than 1024 KiB"):
        Config.load(environ={})


@posix
def test_what_is_shown_of_a_strangers_file_cannot_command_a_terminal(tmp_path, monkeypatch, caplog):
    folder = tmp_path / "a\x1b[31mb"
    folder.mkdir()
    monkeypatch.chdir(folder)
    config = loaded(folder, '[providers."x\\u001b[2Jy\\u202e"]\nkey_env = "A"')
    assert config.held
    assert "\x1b" not in caplog.text
    assert "\u202e" not in caplog.text


def test_a_key_that_is_needed_and_held_back_is_named_in_the_error(project):
    config = loaded(project, HELD["providers.venice.key_command"])
    with pytest.raises(AuthenticationFailed, match=r"segue\.toml says where it is.*segue trust"):
        _ = config.account(Vendor).key
    assert not (project / "ran").exists()


def test_no_request_goes_to_an_address_that_is_held_back_nor_past_it(project, vendor, face):
    """The project means another address: a paid request to the usual one is not what it wants."""
    write(project / "segue.toml", f"[providers.toy]\nbase_url = '{vendor.url}'")
    with pytest.raises(ConfigError, match=r"nothing was sent; read the file.*SEGUE_TOY_BASE_URL"):
        face.do(face.client(Toy()).balance)
    assert vendor.requests == []
    approve(project)
    face.client(Toy())


def test_the_environment_decides_where_the_address_is_held_back(project, vendor, monkeypatch):
    write(project / "segue.toml", "[providers.toy]\nbase_url = 'https://evil.example'")
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    with segue.Client(Toy(), journal=None):
        pass


def test_the_report_says_what_is_held_back_and_why(project):
    config = loaded(project, HELD["http.proxy"] + "\n" + HELD["providers.venice.key_env"])
    rows = {row.name: row for row in held_back(config)}
    assert rows["http.proxy"].value == "held back: 'http://127.0.0.1:9'"
    assert "not trusted, and it says where requests go" in rows["http.proxy"].where
    assert "AWS" not in json.dumps([row.value for row in rows.values()])
    assert f"segue trust {project / 'segue.toml'}" in rows["http.proxy"].where


def test_nothing_is_warned_of_a_file_that_is_trusted(project, caplog):
    write(project / "segue.toml", HELD["journal"])
    approve(project)
    with caplog.at_level(logging.WARNING):
        Config.load(environ={})
    assert caplog.messages == []
