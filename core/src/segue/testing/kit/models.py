"""Tests that the named model is the one that is requested, and the one that is priced."""

from __future__ import annotations

import msgspec
import pytest

from segue.money import Quote
from segue.tasks import Task
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.playing import played
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Models(KitInputs):
    """`task.model`, the part of a backend after the slash."""

    def test_the_model_goes_to_the_vendor(self) -> None:
        """Another model of the catalogue gives another request."""
        bench = Bench(self)
        tasks = _by_model(bench)
        if not bench.talks:
            pytest.skip("submit() makes no requests; core itself writes the model into the ticket")
        sent = [_requests(bench, "submit", task) for task in tasks]
        assert any(one != sent[0] for one in sent), (
            f"submit() sends the same for {_named(tasks)}: send task.model, or people pay for a"
            " model that they did not choose"
        )

    def test_the_price_goes_by_the_model(self) -> None:
        """Where models have their own prices, `quote` returns that of `task.model`."""
        bench = Bench(self)
        if not (bench.able.quote and bench.able.models):
            pytest.skip("capabilities do not say both models and quote")
        if not self.priced_by_model:
            pytest.skip("`priced_by_model` is not set: set it to True if a model has its own price")
        tasks = _by_model(bench)
        bench.value(bench.step("quote", "quote_reply"))
        quotes = [_requests(bench, "quote", task) for task in tasks]
        assert any(one != quotes[0] for one in quotes), (
            f"quote() sends and returns the same for {_named(tasks)}: send task.model in the"
            " request for the price, or look up the price of that model"
        )


def _by_model(bench: Bench) -> list[Task]:
    """`task` for each model of the catalogue that takes it; skips where fewer than two do."""
    if not bench.able.models:
        pytest.skip("capabilities do not say models")
    if bench.scripted:
        pytest.skip("its work is answered by the script, so what is sent is not seen")
    rows = bench.models()
    if rows is None:
        pytest.skip("`models_reply` is not set, so no models are known")
    tasks = [msgspec.structs.replace(bench.task, model=row.id) for row in rows]
    good = [task for task in tasks if not bench.made().check(task, rows)]
    if len(good) < 2:
        pytest.skip(
            f"of the {len(rows)} models in `models_reply`, {len(good)} can do `task`: set a task"
            " that two of them can do"
        )
    return good


def _requests(bench: Bench, method: str, task: Task) -> object:
    """The requests of a method, and the price if it returned one."""
    step = bench.step(method, "accepted" if method == "submit" else "quote_reply")
    made = bench.made()
    seen = played(lambda: getattr(made, method)(task), step.answers)
    price = seen.value if isinstance(seen.value, Quote) else None
    return seen.calls, price and (price.cost, price.maximum)


def _named(tasks: list[Task]) -> str:
    return " and ".join(str(task.model) for task in tasks[:2])
