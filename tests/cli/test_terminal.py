"""The real program in a real terminal: what a person sees."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pexpect
import pyte
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")

ROWS = 60
WAVE = re.compile("[\u2800-\u28ff]{30,}")
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:[349][0-7]|10[0-7]|[34]8;)")


class Terminal:
    """The program at work in a terminal of so many columns, and everything that it showed."""

    def __init__(self, command, *args, columns=80, rows=ROWS):
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self.seen = set()
        self.process = pexpect.spawn(
            command[0],
            [*command[1:], *args],
            dimensions=(rows, columns),
            env=dict(os.environ),  # readline may have put COLUMNS into the real one
        )

    def until(self, pattern):
        """Watch until the screen shows `pattern`."""
        deadline = time.monotonic() + 60
        while not re.search(pattern, self.text):
            assert self._watch(), f"it ended before {pattern!r}:\n{self.text}"
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text}"
        return self

    def end(self):
        """Watch until it ends; its exit code."""
        while self._watch():
            pass
        self.process.close()
        return self.process.exitstatus

    @property
    def lines(self):
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def sentence(self):
        return " ".join(self.text.split())

    def _watch(self):
        try:
            data = self.process.read_nonblocking(4096, timeout=0.05)
        except pexpect.TIMEOUT:  # nothing is being drawn
            self.seen.update(self.lines)
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


@pytest.fixture
def terminal(command):
    running = []

    def run(*args, **how):
        running.append(Terminal(command, *args, **how))
        return running[-1]

    yield run
    for one in running:
        one.process.close(force=True)


@pytest.mark.parametrize("columns", [60, 100])
def test_a_bar_moves_and_a_picture_of_the_piece_stays(terminal, behaving, columns):
    behaving(dawdle=0.6)
    shown = terminal("generate", "hush", "-o", "out/quiet.wav", columns=columns)
    assert shown.end() == 0
    assert any(re.match(r"\S saving ━+.* \d0%  0:0\d$", line) for line in shown.seen), shown.seen
    assert shown.lines[0].startswith("job ")
    pictures, facts, path = shown.lines[1:-2], *shown.lines[-2:]
    assert [len(line) for line in pictures if WAVE.search(line)] == [columns] * 4
    assert facts == "Silence  0:01 · 16.2 kB · wav"
    assert path == "out/quiet.wav"


def test_the_offline_composer_makes_music_that_can_be_seen(terminal):
    shown = terminal("generate", "lofi, 90 bpm", "-b", "local", "--duration", "4", "-o", "a.flac")
    assert shown.end() == 0
    waves = [line for line in shown.lines if WAVE.search(line)]
    assert len(waves) == 4
    assert len(set(waves[1])) > 1
    assert "genre lofi, bpm 90" in shown.text
    assert shown.lines[-1] == "a.flac"
    assert Path("a.flac").read_bytes().startswith(b"fLaC")


def test_the_time_that_it_takes_is_compared_with_what_is_expected(terminal, behaving):
    behaving(seconds=60.0)
    terminal("generate", "hush").until(r"running ━+ +\d+%  0:0\d of about (0:59|1:0\d)")


def test_the_price_stands_in_the_moving_line(terminal):
    Path("segue.toml").write_text("[providers.billing]\nseconds = 60.0\n")
    shown = terminal("generate", "hush", "-b", "billing", columns=100)
    shown.until(r"running ━+ +\d+%  0:\d\d of about \d:\d\d  0\.06 USD")


def test_ctrl_c_leaves_the_job_alone_and_says_how_to_resume(terminal, behaving):
    behaving(seconds=60.0)
    shown = terminal("generate", "hush").until("running")
    shown.process.sendintr()
    assert shown.end() == 130
    job = shown.lines[0].split()[1]
    assert "running" not in shown.text  # the moving line is gone
    assert shown.text.count("goes on and stays billed") == 1
    assert shown.sentence.endswith(
        f"error: interrupted; job {job} at silence goes on and stays billed;"
        f" resume it with `segue jobs resume {job}`"
    )


def test_ctrl_c_ends_several_pieces_and_says_how_to_go_on(terminal, behaving):
    behaving(seconds=60.0)
    Path("prompts.txt").write_text("hush\na pause\n")
    shown = terminal("generate", "--from", "prompts.txt").until("0 of 2 done, 2 running")
    shown.process.sendintr()
    assert shown.end() == 130
    assert re.search(r"^1 +hush +not finished", shown.text, re.MULTILINE)
    assert shown.sentence.endswith(
        "error: interrupted; 2 not finished; run the same command again to continue"
    )
    assert "stopped waiting" not in shown.text


def test_ctrl_c_while_saving_leaves_nothing_half_done(terminal, behaving, folder):
    behaving(dawdle=60.0)
    shown = terminal("generate", "hush", "-o", "out/").until("saving")
    shown.process.sendintr()
    assert shown.end() == 130
    assert "is done; save it with `segue jobs resume" in shown.sentence
    assert list((folder / "out").iterdir()) == []


def test_ctrl_c_while_submitting_says_that_it_may_be_charged(terminal):
    shown = terminal("generate", "hush", "-b", "hanging").until("submitting")
    shown.process.sendintr()
    assert shown.end() == 130
    assert "interrupted while the job was being submitted; it may be running" in shown.sentence


def test_no_color_is_honoured(terminal, monkeypatch):
    assert colours(terminal("generate", "hush")) != []
    monkeypatch.setenv("NO_COLOR", "1")
    assert colours(terminal("generate", "hush")) == []


def colours(shown):
    assert shown.end() == 0
    return COLOUR.findall(shown.raw)


def test_a_dumb_terminal_gets_plain_lines(terminal, monkeypatch, named):
    monkeypatch.setenv("TERM", "dumb")
    shown = terminal("generate", "hush")
    assert shown.end() == 0
    assert shown.lines[1:3] == ["succeeded", f"saving {named()}"]
    assert b"\x1b" not in shown.raw


def test_a_wide_terminal_gets_a_table(terminal):
    shown = terminal("providers", columns=100, rows=90)
    assert shown.end() == 0
    assert re.search(
        r"^ *provider +distribution +version +api +can +state$", shown.text, re.MULTILINE
    )
    assert re.search(r"^ *silence +cli-plugin\S* +1\.0 +1 +generate", shown.text, re.MULTILINE)
    assert "broken: plugin 'broken'" in shown.sentence


@pytest.mark.parametrize("columns", [40, 60])
def test_a_narrow_terminal_gets_cards_and_nothing_is_lost(terminal, columns):
    shown = terminal("providers", columns=columns, rows=190)
    assert shown.end() == 0
    at = shown.lines.index("silence")
    assert shown.lines[at + 1 : at + 4] == [
        "  distribution  cli-plugins",
        "  version       1.0",
        "  api           1",
    ]
    assert shown.lines[at + 4].startswith("  can           generate cancel models")
    assert "broken: plugin 'broken'" in shown.sentence


@pytest.mark.parametrize("listing", [["jobs"], ["models"], ["config"], ["keys"], ["models", "-v"]])
def test_a_listing_fits_whatever_terminal_and_loses_no_word(terminal, listing):
    if listing == ["jobs"]:
        terminal("generate", "hush", "-o", "out/a-quiet-song.wav").end()
    for columns in (40, 80, 160):
        shown = terminal(*listing, columns=columns, rows=190)
        assert shown.end() == 0
        joined = "".join(line.strip() for line in shown.lines)
        held = {"jobs": ["silence", "saved"], "models": ["Quiet", "free"]}.get(listing[0], [])
        assert [words for words in held if words not in joined] == []
        if listing == ["jobs"]:
            assert columns == 40 or re.search(r"saved +quoted 0 USD +out/a-quiet", shown.text)
            assert "out/a-quiet-song.wav" in joined


def test_a_key_is_typed_unseen(terminal, monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "cli_plugins.Ring")
    shown = terminal("keys", "set", "closed").until(r"API key of closed .*:")
    shown.process.sendline("sk-very-secret")
    assert shown.end() == 0
    assert "stored the key of closed in the keyring" in shown.text
    assert b"sk-very" not in shown.raw


def test_init_asks_at_a_terminal(terminal, folder):
    shown = terminal("init").until(r"Backend .*\[local\]")
    shown.process.sendline("silence")
    assert shown.end() == 0
    assert 'backend = "silence"' in (folder / "segue.toml").read_text()


def test_the_author_of_a_provider_is_asked_what_was_not_said(terminal, folder):
    shown = terminal("new-provider", "harmonia", "--key-env", "HARMONIA")
    shown.until(r"API \[https://api\.harmonia\.example/v1\]")
    shown.process.sendline("https://harmonia.test/v3")
    assert shown.end() == 0
    text = (folder / "segue-harmonia/src/segue_harmonia/provider.py").read_text()
    assert 'base_url = "https://harmonia.test/v3"' in text
    assert "Environment variable" not in shown.text


def test_nothing_is_asked_about_a_name_that_will_not_do(terminal):
    shown = terminal("new-provider", "Harmonia")
    assert shown.end() == 2
    assert "Base URL" not in shown.text
