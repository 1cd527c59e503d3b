"""Runs that an answer makes are real, and the notebook's own W&B does not notice them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import wandb
from pytorch_lightning.loggers import WandbLogger

from course_lib.exercises.sandbox import isolated
from course_lib.exercises.tracked import another_run, offline_runs
from course_lib.tracking import read_run


def begin(**options: Any) -> wandb.Run:
    # Settings of its own: `wandb.init` writes its arguments into those that it is given.
    quiet = wandb.Settings(silent=True, console="off")
    return wandb.init(**(dict(project="tracked", mode="offline", settings=quiet) | options))


@pytest.fixture(autouse=True)
def notebook(home: Path) -> Iterator[Path]:
    """The student's folder, with the environment of W&B put back in the end."""
    before = os.environ.copy()
    yield home
    wandb.finish()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def own_run(notebook: Path) -> wandb.Run:
    """A run that the notebook has open."""
    run = begin(dir=notebook)
    run.log({"own": 1})
    return run


def finishes_and_begins() -> None:
    wandb.finish()
    begin(reinit=True).log({"answer": 1})


def tears_down() -> None:
    WandbLogger(project="tracked", offline=True).log_metrics({"answer": 1})
    wandb.teardown()
    begin().log({"answer": 2})
    wandb.teardown(exit_code=1)


def logs_globally() -> None:
    begin()
    wandb.log({"answer": 1})
    wandb.run.summary["answer"] = 2
    wandb.config.update({"answer": 3})


def changes_the_environment() -> None:
    os.environ.update(WANDB_MODE="disabled", WANDB_PROJECT="answer", WANDB_RUN_ID="answer")
    begin(mode="online", reinit="create_new")


def raises() -> None:
    begin()
    raise KeyError("answer")


ANSWERS = (finishes_and_begins, tears_down, logs_globally, changes_the_environment, raises)


def state() -> dict[str, Any]:
    """What of W&B a notebook can see, but for what its own run holds."""
    names = ("run", "config", "summary", "log", "watch", "save", "init", "finish", "teardown")
    seen = {name: getattr(wandb, name) for name in names}
    return seen | {"environment": os.environ.copy(), "folder": Path.cwd()}


def checked(answer: Any) -> None:
    """Run an answer as a check does."""
    with isolated():
        try:
            with offline_runs():
                answer()
        except KeyError:
            pass


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.__name__)
def test_the_open_run_of_the_notebook_is_neither_written_to_nor_finished(
    answer: Any, own_run: wandb.Run, notebook: Path
) -> None:
    before = state()
    checked(answer)
    assert state() == before
    wandb.log({"own": 2})
    wandb.finish()
    (folder,) = (notebook / "wandb").glob("offline-run-*")
    record = read_run(folder)
    assert record.history["own"].tolist() == [1, 2]
    assert "answer" not in {*record.history, *record.summary, *record.config}
    assert record.exit_code == 0


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.__name__)
def test_the_notebook_can_begin_a_run_afterwards(answer: Any, notebook: Path) -> None:
    wandb.setup(wandb.Settings(mode="offline", silent=True))
    before = state()
    checked(answer)
    assert state() == before
    assert wandb.run is None
    run = begin(dir=notebook)
    assert wandb.run is run
    run.finish()
    assert len(list((notebook / "wandb").glob("offline-run-*"))) == 1


def test_runs_are_offline_in_the_folder_of_the_check_and_finished_in_the_end(
    notebook: Path,
) -> None:
    with offline_runs() as runs:
        first = begin(mode="online")
        assert wandb.run is first
        assert begin() is first
        assert runs.still_open() == [first]
        first.finish()
        assert wandb.run is None
        second = begin(dir="below")
        assert Path(second.dir).is_relative_to(notebook / "below")
    assert runs == [first, second]
    assert runs.modes == ["online", "offline"]
    assert all(run.offline for run in runs)
    assert runs.still_open() == []


@pytest.mark.parametrize("where", ["argument", "settings"])
def test_create_new_makes_a_run_beside_the_open_one(where: str) -> None:
    settings = wandb.Settings(reinit="create_new")
    options = dict(reinit="create_new") if where == "argument" else dict(settings=settings)
    with offline_runs() as runs:
        first = begin()
        second = begin(**options)
        assert runs == [first, second]
        assert wandb.run is first
        assert runs.still_open() == [first, second]
        wandb.log({"x": 1})
        second.finish()
        assert wandb.run is first
        assert runs.still_open() == [first]
        assert (first.summary["x"], dict(second.summary)) == (1, {})


def test_create_new_alone_opens_no_run_for_the_functions_of_wandb() -> None:
    with offline_runs() as runs:
        begin(reinit="create_new")
        assert wandb.run is None
        with pytest.raises(wandb.Error, match=r"wandb\.init\(\) before wandb\.log\(\)"):
            wandb.log({"x": 1})
        assert begin() is runs[0]
        assert wandb.run is None


@pytest.mark.parametrize("reinit", [True, "finish_previous"])
def test_finish_previous_finishes_all_that_are_open(reinit: Any) -> None:
    with offline_runs() as runs:
        begin()
        begin(reinit="create_new")
        third = begin(reinit=reinit)
        assert runs.still_open() == [third]
        assert wandb.run is third


def test_teardown_finishes_the_runs_and_leaves_the_service_to_the_notebook(
    own_run: wandb.Run,
) -> None:
    with offline_runs() as runs:
        begin()
        begin(reinit="create_new")
        wandb.teardown()
        assert runs.still_open() == []
        assert wandb.run is None
    assert wandb.run is own_run
    own_run.status()  # raises if it is finished


def test_another_run_is_the_one_that_is_open() -> None:
    with offline_runs() as runs:
        with another_run() as other:
            assert wandb.run is other
            assert begin() is other
            wandb.log({"x": 1})
        assert wandb.run is None
    assert other.logged == [({"x": 1}, None)]
    assert runs == []
