"""The model that a user names is the one that is asked for, and the one that is priced."""

from __future__ import annotations

import msgspec
import pytest

from segue.money import Quote
from segue.tasks import Task
from segue.testing.kit.bench import Bench
from segue.testing.kit.brought import Brought
from segue.testing.kit.playing import played
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Models(Brought):
    """`task.model`, which is the word behind the slash of a backend."""

    def test_the_model_goes_to_the_vendor(self) -> None:
        """A submission for another model of the catalogue is another request."""
        bench = Bench(self)
        tasks = _by_model(bench)
        if not bench.talks:
            pytest.skip("submit() makes no requests; core itself writes the model into the ticket")
        sent = [_asked(bench, "submit", task) for task in tasks]
        assert any(one != sent[0] for one in sent), (
            f"submit() sends the same for {_named(tasks)}: send task.model, or people pay for a"
            " model that they did not choose"
        )

    def test_the_price_goes_by_the_model(self) -> None:
        """Where the vendor has a price for each model, `quote` asks for the right one."""
        bench = Bench(self)
        if not (bench.able.quote and bench.able.models):
            pytest.skip("capabilities do not say both models and quote")
        if not self.priced_by_model:
            pytest.skip("`priced_by_model` is not set: set it to True if a model has its own price")
        tasks = _by_model(bench)
        bench.value(bench.step("quote", "quote_reply"))
        told = [_asked(bench, "quote", task) for task in tasks]
        assert any(one != told[0] for one in told), (
            f"quote() asks and tells the same for {_named(tasks)}: send task.model where the price"
            " is asked for, or look up the price of that model"
        )


def _by_model(bench: Bench) -> list[Task]:
    """`task` for each model of the catalogue that takes it; skips where that tells nothing."""
    if not bench.able.models:
        pytest.skip("capabilities do not say models")
    if bench.scripted:
        pytest.skip("its work is answered by the script, so what is sent is not seen")
    rows = bench.models()
    if rows is None:
        pytest.skip("`models_reply` is not set, so no model is known that could be asked for")
    tasks = [msgspec.structs.replace(bench.task, model=row.id) for row in rows]
    good = [task for task in tasks if not bench.made().check(task, rows)]
    if len(good) < 2:
        pytest.skip(
            f"of the {len(rows)} models that were brought, {len(good)} can do `task`: bring a task"
            " that two of them can do"
        )
    return good


def _asked(bench: Bench, method: str, task: Task) -> object:
    """The requests of a method, and the price if it told one."""
    step = bench.step(method, "accepted" if method == "submit" else "quote_reply")
    made = bench.made()
    seen = played(lambda: getattr(made, method)(task), step.answers)
    price = seen.value if isinstance(seen.value, Quote) else None
    return seen.calls, price and (price.cost, price.maximum)


def _named(tasks: list[Task]) -> str:
    return " and ".join(str(task.model) for task in tasks[:2])
