"""The configuration: where values come from, what wins, and what is refused."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segue._config.files import Document
from segue._config.settings import Access, Http, Settings
from segue._data.backend_key import BackendKey
from segue.cli.config_report import settings_in_force
from segue.config import Config
from segue.errors import ConfigError
from segue.provider import Capabilities, Key, Options, Provider


class VendorOptions(Options, frozen=True, kw_only=True):
    region: str = "eu"
    retries: int = 3


class Vendor(Provider):
    name = "venice"
    base_url = "https://vendor.example/v1"
    key = Key(env="VENICE_API_KEY", page="https://vendor.example/keys")
    options = VendorOptions
    capabilities = Capabilities(tasks={})

    def check(self, task, models):
        return []

    def submit(self, task):
        raise NotImplementedError

    poll = download = submit


class Keyless(Vendor):
    name = "local"
    base_url = ""
    key = None
    options = Options


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user's configuration folder of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(folder / name))
    return folder / "segue"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "work" / "song"
    folder.mkdir(parents=True)
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(project, text="", **environ):
    write(project / "segue.toml", text)
    return Config.load(environ=environ, folder=project)


def refusal(project, text):
    with pytest.raises(ConfigError) as caught:
        load(project, text)
    return str(caught.value)


def test_without_any_file_every_value_is_the_default(project):
    config = Config.load(environ={}, folder=project)
    assert config.settings == Settings()
    assert config.backends() == (BackendKey(provider="local"),)
    assert config.where("timeout") == "default"


def test_the_nearest_parent_has_the_projects_file(project):
    write(project.parent / "segue.toml", "timeout = 5")
    write(project.parent.parent / "segue.toml", "timeout = 6")
    config = Config.load(environ={}, folder=project)
    assert config.settings.timeout == 5
    assert config.where("timeout") == f"{project.parent / 'segue.toml'}: timeout"


def test_the_current_folder_is_where_the_search_begins(project, monkeypatch):
    write(project / "segue.toml", "timeout = 5")
    monkeypatch.chdir(project)
    assert Config.load(environ={}).settings.timeout == 5


def test_project_beats_user_key_by_key(project, home):
    user = write(home / "segue.toml", "timeout = 5\n[http]\ntimeout = 6\nconnect_timeout = 7")
    config = load(project, "[http]\ntimeout = 8")
    assert config.settings.timeout == 5
    assert config.settings.http == Http(timeout=8, connect_timeout=7)
    assert config.where("http", "connect_timeout") == f"{user}: http.connect_timeout"


def test_a_file_that_is_both_the_users_and_the_projects_is_read_once(home):
    write(home / "segue.toml", "timeout = 5")
    assert len(Config.load(environ={}, folder=home).files) == 1


def test_a_named_file_is_read_instead_of_all_others(project, home, tmp_path):
    write(home / "segue.toml", "timeout = 5")
    write(project / "segue.toml", "to = 'elsewhere'")
    named = write(tmp_path / "ci.toml", "unsupported = 'ignore'")
    config = Config.load(environ={"SEGUE_CONFIG": str(named)}, folder=project)
    assert config.settings == Settings(unsupported="ignore")


def test_the_argument_names_a_file_before_segue_config_does(tmp_path):
    named = write(tmp_path / "a.toml", "timeout = 1")
    assert Config.load(named, environ={"SEGUE_CONFIG": "/nowhere"}).settings.timeout == 1


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read .*gone\.toml: No such file"):
        Config.load(environ={"SEGUE_CONFIG": str(tmp_path / "gone.toml")})


def test_a_mistake_in_the_syntax_is_told_with_file_and_line(project):
    told = refusal(project, "timeout = 5\nbackend = venice\n")
    assert str(project / "segue.toml") in told
    assert "line 2" in told


def test_a_byte_order_mark_does_no_harm(project):
    (project / "segue.toml").write_bytes(b"\xef\xbb\xbftimeout = 5")
    assert Config.load(environ={}, folder=project).settings.timeout == 5


def test_what_is_not_text_is_refused(project):
    (project / "segue.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        Config.load(environ={}, folder=project)


@pytest.mark.skipif(os.name == "nt", reason="owners are a matter of POSIX")
def test_a_file_that_another_user_left_in_a_parent_is_refused(project, monkeypatch):
    write(project / "segue.toml", "")
    monkeypatch.setattr(os, "geteuid", lambda: project.stat().st_uid + 4321)
    if project.stat().st_uid == 0:
        os.chown(project / "segue.toml", 1234, -1)
    with pytest.raises(ConfigError, match="belongs to another user; if you trust it"):
        Config.load(environ={}, folder=project)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timeout = 'long'", "timeout = 'long' is not allowed; write a number of seconds"),
        ("timeout = 0", "timeout = 0 is not allowed"),
        ("timeout = nan", "timeout = nan is not allowed"),
        ("timeout = true", "timeout = True is not allowed"),
        ("unsupported = 'warn'", "unsupported = 'warn' is not allowed; write 'error' or 'ignore'"),
        ("backend = ['local', 3]", "backend = ['local', 3] is not allowed; write 'provider/model'"),
        ("http = 3", "http must be a table"),
        ("[http]\nmax_download_mb = 1.5", "http.max_download_mb = 1.5 is not allowed"),
        ("[http]\ntransport = 'curl'", "'curl' is not allowed; write 'httpx' or 'aiohttp'"),
        ("[http]\nproxy = 'proxy:3128'", "http.proxy = 'proxy:3128' is not allowed; write a URL"),
        ("[providers]\nvenice = 3", "write tables such as [providers.venice]"),
        ("[providers.venice]\nbase_url = 3", "providers.venice.base_url = 3 is not allowed"),
        ("tiemout = 5", "unknown key tiemout; did you mean 'timeout'?"),
        ("TIMEOUT = 5", "did you mean 'timeout'?"),
        ("[http]\ntime_out = 5", "unknown key http.time_out; did you mean 'timeout'?"),
        ("zzz = 5", "unknown key zzz; known are backend, budget, http,"),
    ],
)
def test_what_is_refused_is_named_with_file_key_value_and_remedy(project, text, told):
    message = refusal(project, text)
    assert told in message
    assert message.startswith(str(project / "segue.toml"))


def test_a_mistake_in_the_users_file_is_told_of_that_file(project, home):
    user = write(home / "segue.toml", "timeout = 'x'")
    assert refusal(project, "timeout = 5").startswith(str(user))


def test_backends_come_from_argument_then_environment_then_file_then_default(project):
    config = load(project, "backend = ['venice/a', 'local']", SEGUE_BACKEND=" musicapi/b , local,")
    assert config.backends("venice/c") == (BackendKey(provider="venice", model="c"),)
    assert [str(key) for key in config.backends()] == ["musicapi/b", "local"]
    config = load(project, "backend = ['venice/a', 'local']", SEGUE_BACKEND=" ")
    assert [str(key) for key in config.backends()] == ["venice/a", "local"]


def test_a_models_case_spaces_and_commas_are_kept(project):
    argument = ["musicapi/FUZZ-1.1 Pro", "a@segue-a/x,y"]
    assert [str(key) for key in load(project).backends(argument)] == argument


@pytest.mark.parametrize(
    ("argument", "told"), [([], "argument names no backend"), ("/model", "names no provider")]
)
def test_a_backend_that_names_nothing_is_refused(project, argument, told):
    with pytest.raises(ConfigError, match=told):
        load(project).backends(argument)


def test_an_address_comes_from_environment_then_file_then_provider(project, home):
    text = "[providers.venice]\nbase_url = 'https://file.example/v2/'"
    write(home / "segue.toml", text)
    config = load(project, SEGUE_VENICE_BASE_URL="http://127.0.0.1:8931/v3")
    assert config.account(Vendor).base_url == "http://127.0.0.1:8931/v3"
    assert load(project).account(Vendor).base_url == "https://file.example/v2"
    (home / "segue.toml").unlink()
    assert load(project).account(Vendor).base_url == "https://vendor.example/v1"


def test_a_name_with_a_dash_has_an_underscore_in_its_variable(project):
    config = load(project, SEGUE_MY_OWN_BASE_URL="https://own.example")
    assert config.account(Vendor, "my-own").base_url == "https://own.example"


@pytest.mark.parametrize(
    "url",
    [
        "vendor.example",
        "ftp://vendor.example",
        "https://",
        "https://vendor.example:port",
        "https://user:pass@vendor.example",
        "https://vendor.example/v1?key=1",
        "https://vendor example",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused(project, url):
    with pytest.raises(ConfigError, match="SEGUE_VENICE_BASE_URL") as caught:
        load(project, SEGUE_VENICE_BASE_URL=url).account(Vendor)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "127.8.9.1:80", "[::1]:8931"])
def test_plain_http_is_for_this_computer(project, host):
    account = load(project, SEGUE_VENICE_BASE_URL=f"http://{host}").account(Vendor)
    assert account.base_url == f"http://{host}"


@pytest.mark.parametrize("host", ["vendor.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_key_never_travels_in_the_clear(project, host):
    config = load(project, SEGUE_VENICE_BASE_URL=f"http://{host}", SEGUE_LOCAL_BASE_URL="http://a")
    with pytest.raises(ConfigError, match="in the clear"):
        config.account(Vendor)
    assert config.account(Keyless).base_url == "http://a"


def test_options_are_the_providers_own_keys(project, home):
    write(home / "segue.toml", "[providers.venice]\nretries = 9\nbase_url = 'https://a.example'")
    config = load(project, "[providers.venice]\nregion = 'us'")
    assert config.options(Vendor) == VendorOptions(region="us", retries=9)
    assert config.options(Keyless) == Options()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("regoin = 'us'", "unknown key providers.venice.regoin; did you mean 'region'?"),
        ("base_uri = 'x'", "unknown key providers.venice.base_uri; did you mean 'base_url'?"),
        ("retries = '3'", "providers.venice.retries = '3' is not allowed; expected a whole number"),
    ],
)
def test_a_wrong_option_is_refused_when_its_provider_is_used(project, line, told):
    config = load(project, f"[providers.venice]\n{line}")
    with pytest.raises(ConfigError) as caught:
        config.options(Vendor)
    assert told in str(caught.value)
    assert str(project / "segue.toml") in str(caught.value)


def test_a_misspelt_provider_is_told_and_a_strange_one_is_left_alone(project):
    load(project, "[providers.acme]").check_providers(["venice", "local"])
    with pytest.raises(ConfigError, match="did you mean 'venice'"):
        load(project, "[providers.venise]").check_providers(["venice", "local"])


def test_the_report_shows_each_value_and_where_it_comes_from(project, home):
    write(home / "segue.toml", "[http]\nproxy = 'http://me:pw@proxy.example:1'")
    text = "timeout = 5\n[providers.acme]\nx = 1"
    config = load(project, text, SEGUE_BACKEND="venice", VENICE_API_KEY="very-secret")
    rows = {
        row.name: row for row in settings_in_force(config, {"venice": Vendor, "local": Keyless})
    }
    file = str(project / "segue.toml")
    assert (rows["backend"].value, rows["backend"].where) == ("venice", "SEGUE_BACKEND")
    assert (rows["timeout"].value, rows["timeout"].where) == ("5", f"{file}: timeout")
    assert rows["http.proxy"].value == "http://proxy.example:1"
    assert rows["providers.venice.base_url"].where == "default"
    assert rows["providers.venice.key"].value == "•••• (from VENICE_API_KEY)"
    assert rows["providers.venice.region"].value == "eu"
    assert rows["providers.acme"].value == "not installed"
    assert "providers.local.key" not in rows
    assert "very-secret" not in repr(rows) + repr(config)


def test_the_report_names_the_argument(project):
    assert settings_in_force(load(project), {}, backend=["a", "b"])[0].where == "argument"


# What is written comes back, and nothing else is ever raised than a ConfigError.

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
seconds = st.integers(1, 10**6) | st.floats(0.001, 10**6)
https = st.fixed_dictionaries(
    {},
    optional={
        "timeout": seconds,
        "connect_timeout": seconds,
        "max_download_mb": st.just(9),
        "transport": st.sampled_from(["httpx", "aiohttp"]),
    },
)
tables = st.fixed_dictionaries(
    {}, optional={"base_url": words, "key_file": words, "region": words, "retries": st.integers()}
)
configurations = st.fixed_dictionaries(
    {},
    optional={
        "backend": words | st.lists(words, max_size=3),
        "timeout": seconds,
        "to": words,
        "unsupported": st.sampled_from(["error", "ignore"]),
        "http": https,
        "providers": st.dictionaries(words, tables, max_size=3),
    },
)


def toml(table, at=()):
    """The table as TOML: its plain values first, then its tables."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = [f"[{'.'.join(at)}]"] if at else []
    lines += [f"{key} = {json.dumps(table[key])}" for key in table if key not in inner]
    return "\n".join(lines + [toml(value, (*at, key)) for key, value in inner.items()])


def outcome(path):
    """What becomes of a file: the configuration in force, or the words of a ConfigError."""
    try:
        config = Config.load(path, environ={})
        config.backends()
        return repr(settings_in_force(config, {"venice": Vendor, "local": Keyless}))
    except ConfigError as error:
        return str(error)


def from_text(folder, text):
    return Config.load(write(folder / "made.toml", text), environ={})


@given(configurations)
def test_what_is_written_comes_back(tmp_path_factory, made):
    settings = from_text(tmp_path_factory.getbasetemp(), toml(made)).settings
    http = Http(**made.pop("http", {}))
    backend = made.pop("backend", "local")
    backend = backend if isinstance(backend, str) else tuple(backend)
    assert settings == Settings(http=http, backend=backend, **made)


@given(st.sampled_from([(Settings,), (Http, "http"), (Access, "providers", "venice")]), st.data())
def test_a_mutated_key_is_refused_with_a_suggestion(tmp_path_factory, place, data):
    shape, *at = place
    known = {*shape.__struct_fields__, *(VendorOptions.__struct_fields__ if at[1:] else ())}
    key = data.draw(st.sampled_from(shape.__struct_fields__))
    spot = data.draw(st.integers(0, len(key) - 1))
    changes = [key[:spot] + key[spot + 1 :], key[:spot] + "x" + key[spot:], key.upper()]
    mutated = data.draw(st.sampled_from(changes).filter(lambda made: made and made not in known))
    table = {mutated: 1}
    for name in reversed(at):
        table = {name: table}
    with pytest.raises(ConfigError, match=f"unknown key .*{mutated}") as caught:
        from_text(tmp_path_factory.getbasetemp(), toml(table)).options(Vendor)
    told = str(caught.value)
    suggested = {name for name in known if f"did you mean {name!r}?" in told}
    assert suggested or "key_env, key_file or key_command" in told or "known are" in told


LINE = (
    "backend timeout http providers venice key_env proxy = = [ ] { } . , ' 1 1e999 nan inf true"
    ' 2020-01-01 07:00:00 "x" [http] [providers.venice] # \\u0000'
)
pieces = st.sampled_from([*LINE.split(), "\n", "\x00", "é"])


@given(st.lists(pieces, max_size=20).map(" ".join) | st.text(max_size=60))
@example("a = " + "[" * 5000)
@example("timeout = " + "9" * 5000)
@example("timeout = " + "9" * 400)
@example("[providers.venice]\nkey_env = 'sk-this is the key'")
@example("[providers.'']\nkey_file = ''")
def test_any_text_is_a_configuration_or_a_config_error(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "sk-this" not in outcome(path)


def test_files_read_elsewhere_can_be_given_directly():
    file = Document(path=Path("a.toml"), content={"timeout": 5})
    assert Config([file], environ={}).where("timeout") == "a.toml: timeout"


def test_the_report_by_its_old_names_still_comes_with_a_warning():
    with pytest.warns(DeprecationWarning, match="config_report"):
        rows = Config().report({"venice": Vendor})
    assert rows == settings_in_force(Config(), {"venice": Vendor})
    with pytest.warns(DeprecationWarning, match="config_report"):
        from segue.config import Setting
    assert isinstance(rows[0], Setting)
