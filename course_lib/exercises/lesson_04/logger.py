"""Exercise 4.2: a logger whose runs can be found again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import wandb
from pytorch_lightning.loggers import WandbLogger

from course_lib.exercises.answers import described, listed, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.tracked import Runs, offline_runs

TAGS = {"lesson-04", "cnn"}


class Case(NamedTuple):
    """The arguments of one call."""

    folder: Path | str
    lr: float
    seed: int

    @property
    def group(self) -> str:
        """What the runs at this learning rate have in common."""
        return f"lr{self.lr}"

    @property
    def name(self) -> str:
        """What this run alone is called."""
        return f"cnn-lr{self.lr}-seed{self.seed}"

    def __str__(self) -> str:
        return f"lr={self.lr}, seed={self.seed}"


@exercise(
    "4.2",
    why="Names, groups and tags cost a line now; a hundred runs called `fluent-sun-37` cost an "
    "afternoon later.",
    hints=(
        "What `WandbLogger` does not know itself, `group` and `tags` for instance, it passes on to "
        "`wandb.init`: see its documentation for the names of both kinds.",
        "Make the name and the group with an f-string, and give everything as an argument by name; "
        "`save_dir` is the one for the folder.",
    ),
    limit=20.0,  # the first run of a process starts W&B's service
)
def configure_logger(make_logger: Any) -> None:
    """Configure the logger."""
    require_function(make_logger, "make_logger")
    cases = (Case(Path.cwd() / "runs" / "first", 0.01, 1), Case("kept", 0.3, 12))
    with offline_runs() as runs:
        logger = made(make_logger, cases[0])
        run = opened(logger)
        require_place(run, runs, cases[0])
        require_labels(run, cases[0])
        run.finish()
        again = made(make_logger, cases[0])
        with rule("g"):
            require(
                again is not logger,
                "Called twice, `make_logger` returns the same logger, whose run is over by then: "
                "make a new one in each call.",
            )
            require(
                again.version is None or again.version != run.id,
                f"Called twice with {cases[0]}, it makes the same run, {run.id!r:.40}: W&B would "
                "go on with the old one. Give no `version` or `id`, and each run gets its own.",
            )
        wandb.finish()
        other = opened(made(make_logger, cases[1]))
        require_labels(other, cases[1])
        require_place(other, runs, cases[1])


def made(make_logger: Callable[..., Any], case: Case) -> WandbLogger:
    """The logger that the answer makes."""
    logger = make_logger(*case)
    require(
        isinstance(logger, WandbLogger),
        f"`make_logger` returned {described(logger)}; expected a WandbLogger.",
    )
    return logger


def opened(logger: WandbLogger) -> wandb.Run:
    """The logger's run; says which argument W&B refuses, if it does."""
    try:
        return logger.experiment
    except ValueError as error:
        details = getattr(error, "errors", None)  # pydantic's, one for each argument
        if details is None:
            raise
        first = details()[0]
        name, fault = ".".join(map(str, first["loc"])), str(first["msg"])
        refuse(f"W&B refuses what it gets as `{name}`: {fault:.120}.")


def require_place(run: wandb.Run, runs: Runs, case: Case) -> None:
    """Refuse a run that is online, or elsewhere than in the folder."""
    with rule("f"):
        mode = runs.modes[runs.index(run)]
        require(
            mode != "disabled",
            "The run is disabled, so that W&B keeps nothing at all; an offline run is kept on the "
            "disk.",
        )
        require(
            mode in ("offline", "dryrun"),
            "The run is online: W&B would ask for a key, and send it to its server.",
        )
    with rule("e"):
        here = Path.cwd().resolve()
        place, folder = Path(run.dir).resolve(), here / case.folder
        shown = "a folder outside"
        if place.is_relative_to(here):
            shown = f"`{place.relative_to(here).parts[0]}`"
        require(
            place.is_relative_to(folder) or not isinstance(case.folder, str),
            f"For the relative folder {case.folder!r} the run's files are in {shown}; expected "
            "them below the folder that is passed, whichever that is.",
        )
        require(
            place.is_relative_to(folder),
            f"The run's files are in {shown} of the working directory; expected them below the "
            "`folder` that is passed.",
        )


def require_labels(run: wandb.Run, case: Case) -> None:
    """Refuse a run that is not filed under the project, name, group and tags."""
    with rule("a"):
        require(
            run.project != "lightning_logs",
            "The run is in the project `lightning_logs`, which is Lightning's default: no project "
            "is given.",
        )
        require(
            run.project == "lightning-course",
            f"The project is {run.project!r:.60}; expected 'lightning-course'.",
        )
    with rule("b"):
        require(bool(run.name), "The run has no name, so that online W&B would invent one.")
        require(
            run.name == case.name,
            f"With {case} the run is called {run.name!r:.60}; expected {case.name!r}.",
        )
    with rule("c"):
        require(bool(run.group), "The run belongs to no group.")
        require(
            f"seed{case.seed}" not in str(run.group),
            f"The group is {run.group!r:.60} and has the seed in it, so that each run would be a "
            f"group by itself; expected {case.group!r}.",
        )
        require(
            run.group == case.group,
            f"With {case} the group is {run.group!r:.60}; expected {case.group!r}.",
        )
    with rule("d"):
        require_tags(set(run.tags or ()))


def require_tags(found: set[str]) -> None:
    """Refuse other tags than the two."""
    require(bool(found), "The run has no tags.")
    require(
        max(map(len, found)) > 1,
        f"The tags are the letters {listed(found)}: a text was taken for a list of them. Give a "
        "list of two texts.",
    )
    if any(", " in tag or "," in tag for tag in found):
        refuse(f"{listed(found)} is a single tag with a comma in it; expected two.")
    require(
        found >= TAGS,
        f"The tags are {listed(found)}; the tag {listed(TAGS - found)} is missing.",
    )
    require(found == TAGS, f"Besides the two tags there is {listed(found - TAGS)}.")
