"""The runner of the documentation sees what is wrong: were it blind, nothing else would tell."""

import pytest

from .pages import Page
from .running import GENERATE, NO_CONFIG
from .shown import Wrong


@pytest.fixture
def tried(tmp_path, reader):
    """Tries a page of these blocks, each `(language, text)`."""

    def tried(*blocks, before=""):
        path = tmp_path / "page.md"
        fenced = (f"{before}\n\n```{language}\n{text}\n```\n" for language, text in blocks)
        path.write_text("\n".join(fenced), encoding="utf-8")
        reader(Page(path, tmp_path)).read()

    return tried


def test_blocks_share_names_and_a_folder(tried, desk):
    tried(
        ("python", "from pathlib import Path\nnumber = 6"),
        ("python", "Path('number').write_text(str(number * 7))"),
        ("console", "$ cat number\n42"),
    )
    assert (desk / "number").exists()


def test_a_block_may_await(tried):
    tried(("python", "import asyncio\nawait asyncio.sleep(0)\nprint('awake')\n#> awake"))


def test_what_a_block_raises_comes_out_with_its_line_in_the_page(tried):
    with pytest.raises(ZeroDivisionError) as raised:
        tried(("python", "one = 1\none / 0"))
    assert raised.traceback[-1].lineno + 1 == 5  # two blank lines, the fence, two lines
    assert raised.traceback[-1].path.name == "page.md"


def test_python_that_prints_something_else_is_wrong(tried):
    with pytest.raises(Wrong, match=r"(?s)page\.md:3.*three.*four"):
        tried(("python", "print('four')\n#> three"))


def test_shown_output_cannot_be_hidden_in_a_comment(tried):
    with pytest.raises(Wrong, match="stands after"):
        tried(("python", "print('four')\n# > three"))


@pytest.mark.parametrize("shown", ["one…", "…", "o…e two", "one two"])
def test_dots_stand_for_anything(tried, shown):
    tried(("console", f"$ echo one two\n{shown}"))


@pytest.mark.parametrize("shown", ["one", "two…", "one two three", "one.two"])
def test_a_command_that_prints_something_else_is_wrong(tried, shown):
    with pytest.raises(Wrong, match="but this was printed"):
        tried(("console", f"$ echo one two\n{shown}"))


def test_what_is_not_shown_is_not_compared(tried):
    tried(("console", "$ echo one\n$ echo two\ntwo"))


def test_a_command_that_fails_is_wrong(tried):
    with pytest.raises(Wrong, match="failed with 3"):
        tried(("console", "$ echo oh; exit 3\noh"))


def test_a_command_may_fail_if_its_status_is_shown(tried):
    tried(("console", "$ exit 3\n$ echo $?\n3"))
    with pytest.raises(Wrong, match="3"):
        tried(("console", "$ exit 3\n$ echo $?\n4"))


@pytest.mark.parametrize("text", ["echo one", "# a comment\n$ echo one"])
def test_a_console_block_without_a_command_is_wrong(tried, text):
    with pytest.raises(Wrong, match="begins with a command"):
        tried(("console", text))


@pytest.mark.parametrize("language", ["", "bash", "py", "pycon", "yaml", "python title=x"])
def test_no_block_escapes_by_its_language(tried, language):
    with pytest.raises(Wrong, match="is not run"):
        tried((language, "x"))


def test_no_block_escapes_by_indentation(tried):
    with pytest.raises(Wrong, match="no language"):
        tried(("text", ""), before="\n    $ segue")
    with pytest.raises(ZeroDivisionError):
        tried(("text", ""), before="- an item\n\n  ~~~python\n  1 / 0\n  ~~~")


@pytest.mark.parametrize(
    "text",
    [
        "backend = local",
        'bakend = "local"',
        "timeout = -1",
        'backend = "/model"',
        "[providers]\nlocal.x = 1",
    ],
)
def test_a_config_that_segue_refuses_is_wrong(tried, text):
    with pytest.raises(Wrong):
        tried(("toml", text))


def test_other_toml_needs_only_its_syntax(tried):
    tried(("toml", "anything = 1"), before=NO_CONFIG)
    with pytest.raises(Wrong):
        tried(("toml", "anything"), before=NO_CONFIG)


def test_json_must_be_json(tried):
    tried(("json", "[1]"))
    with pytest.raises(Wrong):
        tried(("json", "[1,]"))


def test_only_the_promised_commands_are_in_sh(tried):
    with pytest.raises(Wrong, match="only the two"):
        tried(("sh", GENERATE.replace("20", "10")))


@pytest.mark.parametrize("host", ["192.0.2.1", "music.example"])
def test_no_page_reaches_another_computer(tried, host):
    code = f"import socket; socket.create_connection(({host!r}, 80), timeout=1)"
    with pytest.raises(PermissionError, match=host):
        tried(("python", code))
    with pytest.raises(Wrong, match=f"wanted to reach {host}"):
        tried(("console", f'$ python -c "{code}"'))


def test_a_page_may_talk_to_its_own_computer(tried):
    code = "import socket\nwith socket.create_server(('localhost', 0)) as server:\n"
    tried(("python", f"{code}    socket.create_connection(server.getsockname()[:2]).close()"))


def test_a_page_sees_none_of_the_users_settings(tried, monkeypatch, desk):
    seen = "import os\nprint([n for n in os.environ if n.startswith('SEGUE_')])"
    tried(("python", f"{seen}\n#> ['SEGUE_JOURNAL']"))
    tried(("console", "$ echo $HOME\n…/home"))


@pytest.mark.parametrize("language", ["python", "console"])
def test_what_a_page_submits_is_in_a_journal_of_its_own(tried, desk, language):
    code = "import segue; segue.Client().submit('a rest')"
    tried((language, code if language == "python" else f'$ python -c "{code}"'))
    (journal,) = desk.parent.rglob("*.sqlite3")
    assert journal == desk.parent / "home/journal.sqlite3"


def test_a_block_may_be_a_file_that_later_ones_use(tried, desk):
    tried(("python", "WORD = 'one'"), before="<!-- file: words/talk.py -->")
    tried(
        ("console", "$ python words/talk.py"),
        ("python", "import sys; sys.path.append('words'); import talk; print(talk.WORD)\n#> one"),
    )


def test_what_a_page_installs_is_found_by_its_commands_and_by_python(reader, desk):
    project = desk / "song"
    (project / "src").mkdir(parents=True)
    (project / "src/song_module.py").write_text("class Song: pass")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "a-song"\nversion = "1.2"\n'
        '[project.entry-points."songs"]\nsong = "song_module:Song"\n'
    )
    seen = "from importlib.metadata import version; import song_module; print(version('a-song'))"
    path = desk.parent / "page.md"
    path.write_text(
        "<!-- install -->\n```console\n$ pip install -e song[test]\n```\n\n"
        f'```console\n$ python -c "{seen}"\n1.2\n```\n\n```python\n{seen}\n#> 1.2\n```\n'
    )
    reader(Page(path, desk.parent)).read()


@pytest.mark.parametrize("place", ["tests/nowhere tries it", ".ci/run does it"])
def test_what_is_only_shown_must_be_done_somewhere(tried, place):
    with pytest.raises(Wrong, match=r"would try|does not run"):
        tried(("console", "$ rm -r everything"), before=f"<!-- shown only: {place} -->")
