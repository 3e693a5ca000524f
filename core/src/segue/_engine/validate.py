"""Validate a task before anything is sent: wrong values, and fields that the backend cannot
honour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from segue._engine.backend import Backend
from segue._engine.provider_calls import fault
from segue._plugins.results import validate_items, validated_result
from segue.errors import InvalidTask, SegueError, Unsupported
from segue.provider import Expected, Model
from segue.tasks import Problem, Task, invalid_fields, unhonoured

OnUnsupported = Literal["error", "ignore"]
"""Whether a field that the backend cannot honour refuses the task, or is dropped."""


class ValidatedTask(NamedTuple):
    """A task that may be submitted, and the problems of the dropped fields."""

    task: Task
    dropped: tuple[Problem, ...] = ()


def validated_task(
    backend: Backend,
    task: Task,
    models: Sequence[Model] | None,
    *,
    unsupported: OnUnsupported = "error",
) -> ValidatedTask:
    """Validate a task for this backend; raise `InvalidTask` or `Unsupported` with every reason."""
    task = msgspec.structs.replace(task, model=backend.key.model)
    _refuse_kind(backend, task)
    problems = _problems(backend, task, models)
    if unsupported == "ignore":
        dropped = tuple(problem for problem in problems if _droppable(task, problem))
        without = dict.fromkeys((problem.field for problem in dropped), None)
        task = msgspec.structs.replace(task, **without)
        problems = _problems(backend, task, models)
    else:
        dropped = ()
    if problems:
        raise _refusal(backend, task, problems)
    return ValidatedTask(task, dropped)


def expected(backend: Backend, task: Task, models: Sequence[Model] | None) -> Expected:
    """The provider's `expected` for a validated task; raises `BrokenPlugin` for an invalid
    value."""
    try:
        value = validated_result("expected", backend.provider.expected(task, models), Expected)
    except SegueError:
        raise
    except Exception as error:
        raise fault(error, backend, None) from error
    return value


def refuse_retired(backend: Backend) -> None:
    """Raise `Unsupported` when the provider takes no new tasks, before any request."""
    if backend.provider.retired:
        raise Unsupported(
            f"{backend.name} takes no new tasks: {backend.provider.retired}",
            advice="choose another backend; jobs that it has already can still be resumed",
        )


def _refuse_kind(backend: Backend, task: Task) -> None:
    takes = backend.provider.capabilities.tasks
    if type(task) not in takes:
        names = ", ".join(sorted(kind.__name__ for kind in takes)) or "no task at all"
        refused = Unsupported(f"{backend.name} cannot do {type(task).__name__}; it takes {names}")
        refused.advice = "choose another backend for it"
        raise refused


def _problems(backend: Backend, task: Task, models: Sequence[Model] | None) -> list[Problem]:
    honoured = backend.provider.capabilities.tasks[type(task)]
    problems = [*invalid_fields(task), *unhonoured(task, honoured, backend.name)]
    return problems or _found(backend, task, models)


def _found(backend: Backend, task: Task, models: Sequence[Model] | None) -> list[Problem]:
    """The problems from the provider's own `check`."""
    try:
        found = backend.provider.check(task, models)
        validate_items("check", found, Problem)
    except SegueError:
        raise
    except Exception as error:
        raise fault(error, backend, None) from error
    return found


def _droppable(task: Task, problem: Problem) -> bool:
    fields = {field.name: field for field in msgspec.structs.fields(type(task))}
    field = fields.get(problem.field)
    return problem.unsupported and field is not None and not field.required


def _refusal(
    backend: Backend, task: Task, problems: Sequence[Problem]
) -> InvalidTask | Unsupported:
    only_unsupported = all(problem.unsupported for problem in problems)
    reasons = "; ".join(str(problem) for problem in problems)
    message = f"{backend.key} would refuse this {type(task).__name__}: {reasons}"
    if only_unsupported:
        drop = "have it dropped: unsupported='ignore', or --unsupported ignore"
        advice = f"nothing was sent; leave it out, or {drop}"
        return Unsupported(message, problems=problems, advice=advice)
    return InvalidTask(message, problems=problems, advice="nothing was sent and nothing was spent")
