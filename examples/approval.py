"""Spending by rules in a file: `Client(plugins=[Approval("approval.toml")])`.

    [[allow]]
    task = ["generate", "extend"]
    at_most = "0.10 USD"

    [[allow]]
    model = ["ace-step-15"]
    at_most = "0.50 USD"
    words = ["jingle", "theme"]

A task is allowed if any rule matches it: every line of that rule has to match. What no rule
allows is refused, and so is everything when the file cannot be read. What is free needs no
rule. The file is read each time, so a change takes effect at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from segue.hooks import hookimpl
from segue.money import Money

if TYPE_CHECKING:
    from segue.money import Quote
    from segue.tasks import Task


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule: for which tasks, models and prompts, and up to which price."""

    task: list[str] | None = None
    model: list[str] | None = None
    at_most: str
    words: list[str] | None = None

    def allows(self, task: Task, cost: Money) -> bool:
        """Whether the task and its price match every line of this rule."""
        limit = Money.parse(self.at_most)
        prompt = str(getattr(task, "prompt", "")).lower()
        return (
            (self.task is None or task.__struct_config__.tag in self.task)
            and (self.model is None or task.model in self.model)
            and (self.words is None or any(word.lower() in prompt for word in self.words))
            and cost.unit == limit.unit
            and cost <= limit
        )


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    allow: list[Rule] = []


class Approval:
    """The plugin."""

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)

    @hookimpl
    def segue_approve(self, task: Task, quote: Quote | None) -> str | None:
        """The reason why not, or None. An exception, such as for a broken file, refuses too."""
        rules = msgspec.toml.decode(self.file.read_bytes(), type=Rules, strict=True)
        if quote is None:
            return f"its price is not known, so no rule of {self.file} can allow it"
        if quote.ceiling.amount == 0:
            return None
        if any(rule.allows(task, quote.ceiling) for rule in rules.allow):
            return None
        return f"no rule of {self.file} allows {quote.ceiling} for this"
