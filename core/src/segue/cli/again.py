"""`segue again`: a job's task once more, with changes."""

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from segue.cli.fields import takes_changes
from segue.cli.generate import (
    Backend,
    File,
    Json,
    KeepOriginal,
    MaxCost,
    NoWait,
    Output,
    Overwrite,
    Patience,
    Play,
    Quiet,
    Tags,
    Timeout,
    Unsupported,
)

if TYPE_CHECKING:
    from segue.journal import Entry
    from segue.tasks import Task

Name = Annotated[str, Argument(metavar="JOB", help="A job's name, or its unique beginning.")]


@takes_changes
def again(
    fields: dict[str, Any],
    *,
    job: Name,
    output: Output = None,
    overwrite: Overwrite = False,
    keep_original: KeepOriginal = False,
    tags: Tags = None,
    backend: Backend = None,
    timeout: Timeout = None,
    patience: Patience = None,
    unsupported: Unsupported = None,
    max_cost: MaxCost = None,
    play: Play = False,
    config: File = None,
    as_json: Json = False,
    quiet: Quiet = False,
    no_wait: NoWait = False,
) -> None:
    """Make the piece of an earlier job anew, with changes.

    It is a new job, which is paid for anew.
    """
    from segue.cli import lookup
    from segue.cli.produce import Asked, produce
    from segue.config import Config

    with lookup.opened(Config.load(config)) as journal:
        entry = journal.entry(job)
    backends = tuple(backend or (entry.backend,))
    asked = Asked(
        output=output,
        overwrite=overwrite,
        keep_original=keep_original,
        tags=tags,
        backend=backends,
        timeout=timeout,
        patience=patience,
        unsupported=unsupported,
        max_cost=max_cost,
        config=config,
        as_json=as_json,
        quiet=quiet,
        no_wait=no_wait,
        play=play,
    )
    produce(changed(entry, fields, backends[0]), asked)


def changed(entry: "Entry", fields: dict[str, Any], backend: str) -> "Task":
    """The job's task with these fields; raise `JournalError` for one that cannot be repeated."""
    import msgspec

    from segue._data.suggestions import suggestion
    from segue._plugins.catalog import Catalogue
    from segue.errors import InvalidTask, JournalError
    from segue.tasks import Generate

    if not entry.task:
        raise JournalError(f"the journal has no task of job {entry.job}: it knows its ticket only")
    takes = Catalogue().load(backend).capabilities.tasks
    known: list[type[Task]] = [*takes, Generate]
    kinds: dict[object, type[Task]] = {kind.__struct_config__.tag: kind for kind in known}
    name = entry.task.get("type")
    kind = kinds.get(name)
    if kind is None:
        advice = suggestion(str(name), map(str, kinds))
        raise InvalidTask(f"{backend} cannot do {name!r}", advice=advice)
    for field in fields:
        if field not in kind.__struct_fields__:
            raise InvalidTask(f"the task of job {entry.job}, {name!r}, has no {field}")
    try:
        task = msgspec.convert({**entry.task, "model": None}, kind)
        return msgspec.structs.replace(task, **fields)  # their values are checked with the task
    except msgspec.ValidationError as error:
        raise InvalidTask(f"the task of job {entry.job} cannot be repeated: {error}") from error
