"""`segue again`: submit an earlier job's task again, with changes."""

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from segue.cli.fields import takes_changes
from segue.cli.options import takes_options

if TYPE_CHECKING:
    from segue.cli.produce import GenerateOptions
    from segue.journal import Entry
    from segue.tasks import Task

Name = Annotated[str, Argument(metavar="JOB", help="A job id, or a unique prefix of one.")]


@takes_changes
@takes_options
def again(fields: dict[str, Any], options: "GenerateOptions", *, job: Name) -> None:
    """Submit an earlier job's task again, with changes.

    It is a new job, which is charged again.
    """
    import msgspec

    from segue.cli import lookup
    from segue.cli.produce import produce
    from segue.config import Config

    with lookup.open_journal(Config.load(options.config)) as journal:
        entry = journal.entry(job)
    backends = options.backend or (entry.backend,)
    task = changed(entry, fields, backends[0])
    produce(task, msgspec.structs.replace(options, backend=backends))


def changed(entry: "Entry", fields: dict[str, Any], backend: str) -> "Task":
    """The job's task with these fields replaced.

    Raises `JournalError` for a job without a task, `InvalidTask` for one that cannot be repeated.
    """
    import msgspec

    from segue._data.suggestions import suggestion
    from segue._plugins.catalog import Catalogue
    from segue.errors import InvalidTask, JournalError
    from segue.tasks import Generate

    if not entry.task:
        raise JournalError(f"job {entry.job} has no task in the journal, only a ticket")
    supported = Catalogue().load(backend).capabilities.tasks
    known: list[type[Task]] = [*supported, Generate]
    kinds: dict[object, type[Task]] = {kind.__struct_config__.tag: kind for kind in known}
    name = entry.task.get("type")
    kind = kinds.get(name)
    if kind is None:
        advice = suggestion(str(name), map(str, kinds))
        raise InvalidTask(f"{backend} does not support {name!r} tasks", advice=advice)
    for field in fields:
        if field not in kind.__struct_fields__:
            raise InvalidTask(f"the task of job {entry.job}, {name!r}, has no field {field!r}")
    try:
        task = msgspec.convert({**entry.task, "model": None}, kind)
        return msgspec.structs.replace(task, **fields)  # values are validated with the task
    except msgspec.ValidationError as error:
        raise InvalidTask(f"the task of job {entry.job} cannot be repeated: {error}") from error
