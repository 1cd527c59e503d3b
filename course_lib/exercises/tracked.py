"""W&B runs that an answer makes while it is checked: real ones, offline, in the check's own folder.

They are apart from a run that the notebook has open: that one is neither written to nor finished.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import wandb

_OF_THE_OPEN_RUN = ("log", "watch", "unwatch", "save", "define_metric", "log_artifact")


class Runs(list[wandb.Run]):
    """The runs that were made, in order, and for each the mode that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: list[str] = []


@contextmanager
def offline_runs() -> Iterator[Runs]:
    """Have W&B as a script finds it that has just been started on a machine without an account.

    Yields the runs that are made, in order; those that are still open are finished at the end. As
    in a script, `wandb.init` returns the run that is open, if there is one.
    """
    runs = Runs()
    before, start = vars(wandb).copy(), wandb.init

    def init(*args: Any, settings: Any = None, **options: Any) -> wandb.Run:
        given = settings or {}
        if isinstance(given, wandb.Settings):
            given = {name: getattr(given, name) for name in given.model_fields_set}
        if wandb.run is not None:
            if (options.get("reinit") or given.get("reinit")) not in (True, "finish_previous"):
                return wandb.run
            wandb.run.finish()
        mode = options.get("mode") or given.get("mode") or os.environ.get("WANDB_MODE")
        for name in ("mode", "reinit", "anonymous"):
            options.pop(name, None)
        folder = options.get("dir") or given.get("root_dir") or os.environ.get("WANDB_DIR") or "."
        options["dir"] = str(Path(folder).absolute())  # W&B's service has a folder of its own
        options["settings"] = wandb.Settings(**(given | _QUIET))
        run = start(*args, **options)
        runs.append(run)
        runs.modes.append(str(mode or "online"))
        _open(run)
        return run

    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        del os.environ[name]
    os.environ.update(_folders(Path.cwd()))
    _close()
    wandb.init = init
    try:
        yield runs
    finally:
        wandb.init = start
        for run in runs:
            run.finish()
        _put_back(before)


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


@contextmanager
def another_run() -> Iterator[StandIn]:
    """Have another run open: where `wandb.log` leads, and what `wandb.run` is."""
    before, other = vars(wandb).copy(), StandIn()
    _open(other)
    try:
        yield other
    finally:
        _put_back(before)


def _open(run: Any) -> None:
    """Make it the run that `wandb.run` is and that `wandb.log` writes to."""
    wandb.run, wandb.config, wandb.summary = run, run.config, run.summary
    for name in _OF_THE_OPEN_RUN:
        setattr(wandb, name, getattr(run, name))


def _close() -> None:
    """Have no run open."""

    def nowhere(*_: Any, **__: Any) -> NoReturn:
        raise wandb.Error("You must call wandb.init() before that: no run is open.")

    wandb.run = None
    for name in _OF_THE_OPEN_RUN:
        setattr(wandb, name, nowhere)


def _put_back(before: dict[str, Any]) -> None:
    for name in vars(wandb).keys() & before.keys():
        if vars(wandb)[name] is not before[name]:
            setattr(wandb, name, before[name])


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
