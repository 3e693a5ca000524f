"""The Discord bot of the guide, with a stand-in for the parts of discord.py that it uses.

The other guides are run like every page; a bot needs a server that speaks Discord's protocol.
"""

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import pytest

from .pages import ROOT, Page
from .writing import written

GUIDE = Page(ROOT / "docs/guides/discord-bot.md")


class Command:
    """What `app_commands.command` makes of a function."""

    def __init__(self, callback):
        self.callback, self.name = callback, callback.__name__


class Tree:
    def __init__(self, client):
        self.commands, self.synced = [], False

    def add_command(self, command):
        self.commands.append(command)

    async def sync(self):
        self.synced = True


class Client:
    def __init__(self, *, intents):
        self.intents = intents

    async def close(self):
        self.closed = True


class Interaction:
    """What a user's `/song …` arrives as; it records the answers."""

    def __init__(self, client):
        self.client, self.user, self.sent = client, SimpleNamespace(id=7), []
        self.response = SimpleNamespace(defer=self._defer)
        self.followup = SimpleNamespace(send=self._send)

    async def _defer(self, *, thinking):
        self.sent.append("deferred")

    async def _send(self, content, *, file=None):
        self.sent.append((content, file))


def discord():
    """The stand-in, as a module."""
    module = ModuleType("discord")
    module.app_commands = SimpleNamespace(
        CommandTree=Tree,
        command=lambda *, description: Command,
        checks=SimpleNamespace(cooldown=lambda rate, per: lambda function: function),
    )
    module.Client, module.Interaction, module.File = Client, Interaction, lambda path: path
    module.Intents = SimpleNamespace(default=lambda: "intents")
    return module


@pytest.fixture
def bot(desk, monkeypatch):
    """The guide's module, written to a file and imported."""
    for block in GUIDE.blocks:
        written(block, desk)
    monkeypatch.setitem(sys.modules, "discord", discord())
    monkeypatch.syspath_prepend(str(desk))
    import bot

    yield bot
    del sys.modules["bot"]


def request(bot, prompt):
    async def request():
        running = bot.Bot()
        await running.setup_hook()
        assert [command.name for command in running.tree.commands] == ["song"]
        assert running.tree.synced
        interaction = Interaction(running)
        await bot.song.callback(interaction, prompt)
        jobs = await running.music.jobs()
        await running.close()
        return interaction.sent, jobs

    return asyncio.run(request())


def test_the_bot_answers_with_a_file_and_labels_the_job(bot):
    (deferred, (content, file)), (job,) = request(bot, "a slow waltz")
    assert deferred == "deferred"
    assert content == "a slow waltz, 0 USD"
    assert file.read_bytes()[:4] == b"RIFF"
    assert job.label == "discord 7"


def test_the_bot_says_why_there_is_no_song(bot, monkeypatch):
    monkeypatch.setenv("SEGUE_BACKEND", "venice/ace-step-15")
    (_, (content, file)), jobs = request(bot, "a slow waltz")
    assert content.startswith("No song this time: venice")
    assert file is None
    assert jobs == []
