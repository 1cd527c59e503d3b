"""W&B runs that an answer makes while it is checked: real ones, offline, in the check's own folder.

They are apart from a run that the notebook has open: that one is neither written to nor finished.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import wandb
from wandb.errors import UsageError

from course_lib.exercises.sandbox import put_back, undone

_OF_THE_OPEN_RUN = ("log", "watch", "unwatch", "save", "define_metric", "log_artifact")


class Runs(list[wandb.Run]):
    """The runs that were made, in order, and for each the mode that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: list[str] = []

    def still_open(self) -> list[wandb.Run]:
        """Those that nobody has finished."""
        return [run for run in self if _is_open(run)]

    def finish(self, exit_code: int | None = None) -> None:
        """Finish all of them."""
        for run in self:
            run.finish(exit_code)


@contextmanager
def offline_runs() -> Iterator[Runs]:
    """Have W&B as a script finds it that has just been started on a machine without an account.

    Yields the runs that are made, in order; those that are still open are finished at the end. As
    in a script, `wandb.init` returns the run that was made last and is still open, if there is one,
    unless its `reinit` says otherwise. `wandb.teardown` finishes the runs, and leaves W&B's
    service, which the notebook goes on to use, as it is.
    """
    runs = Runs()
    before, start = vars(wandb).copy(), wandb.init

    def init(*args: Any, settings: Any = None, **options: Any) -> wandb.Run:
        given = settings or {}
        if isinstance(given, wandb.Settings):
            given = {name: getattr(given, name) for name in given.model_fields_set}
        reinit = options.get("reinit") or given.get("reinit")
        if reinit in (True, "finish_previous"):
            runs.finish()
        elif reinit != "create_new" and (active := [wandb.run, *runs.still_open()][-1]):
            return active
        mode = options.get("mode") or given.get("mode") or os.environ.get("WANDB_MODE")
        for name in ("mode", "reinit", "anonymous"):
            options.pop(name, None)
        folder = options.get("dir") or given.get("root_dir") or os.environ.get("WANDB_DIR") or "."
        options["dir"] = str(Path(folder).absolute())  # W&B's service has a folder of its own
        options["settings"] = wandb.Settings(**(given | _QUIET))
        run = start(*args, **options)
        runs.append(run)
        runs.modes.append(str(mode or "online"))
        if reinit != "create_new":
            _open(run)
        return run

    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        del os.environ[name]
    os.environ.update(_folders(Path.cwd()))
    with undone(put_back, wandb, before):
        _close()
        wandb.init, wandb.teardown = init, runs.finish
        try:
            yield runs
        finally:
            runs.finish()


class StandIn:
    """Stands in for a run where what is logged is enough to know; it writes nothing.

    Attributes:
        logged: what `log` was given, with W&B's own `step` if there was one, in order.
    """

    id = name = project = "stand-in"
    offline = True

    def __init__(self) -> None:
        self.logged: list[tuple[dict[str, Any], int | None]] = []
        self.config: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}

    def log(self, data: dict[str, Any], step: int | None = None, *_: Any, **__: Any) -> None:
        """Keep what is logged."""
        self.logged.append((dict(data), step))

    def ignore(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    watch = unwatch = save = define_metric = log_artifact = finish = ignore


class Rows(StandIn):
    """Puts what is logged into rows, as a run does: each has a number, and the numbers only grow.

    A call without a number ends the row that is open; one with a number that is past is dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count, self.rows = 0, dict[int, dict[str, Any]]()

    def log(
        self, data: dict[str, Any], step: int | None = None, commit: bool | None = None, **_: Any
    ) -> None:
        """Log into the row of that number, or into the one that is open."""
        if step is not None and step < self.count:
            return
        self.count = self.count if step is None else step
        self.rows.setdefault(self.count, {}).update(data)
        if commit or (step is None and commit is None):
            self.count += 1

    def values(self, name: str) -> list[tuple[int, float]]:
        """Lightning's step and the value, row by row; W&B fills in the last step that it saw."""
        found, at = [], 0
        for _, row in sorted(self.rows.items()):
            at = row.get("trainer/global_step", at)
            if name in row:
                found.append((at, float(row[name])))
        return found


@contextmanager
def another_run() -> Iterator[StandIn]:
    """Have another run open: where `wandb.log` leads, and what `wandb.run` is."""
    before, other = vars(wandb).copy(), StandIn()
    with undone(put_back, wandb, before):
        _open(other)
        yield other


def _is_open(run: wandb.Run) -> bool:
    try:
        run.status()
    except UsageError:
        return False
    return True


def _open(run: Any) -> None:
    """Make it the run that `wandb.run` is and that `wandb.log` writes to."""
    wandb.run, wandb.config, wandb.summary = run, run.config, run.summary
    for name in _OF_THE_OPEN_RUN:
        setattr(wandb, name, getattr(run, name))


def _close() -> None:
    """Have no run open."""
    wandb.run = None
    for name in _OF_THE_OPEN_RUN:
        setattr(wandb, name, partial(_nowhere, name))


def _nowhere(name: str, *_: Any, **__: Any) -> NoReturn:
    raise wandb.Error(f"You must call wandb.init() before wandb.{name}()")


_QUIET: dict[str, Any] = dict(
    mode="offline",
    reinit="create_new",
    silent=True,
    console="off",
    x_disable_stats=True,
    x_disable_meta=True,
    x_save_requirements=False,
)


def _folders(folder: Path) -> dict[str, str]:
    """Where W&B keeps what belongs to no single run.

    Not in `.wandb`: once there is a folder of that name, W&B looks there for its runs, too.
    """
    names = ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR")
    return {name: str(folder / ".shared") for name in names}
