"""Exercise 4.8: four ways to lose what was logged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import wandb
from pytorch_lightning.loggers import CSVLogger, WandbLogger
from pytorch_lightning.loggers.logger import Logger
from torch.utils.data import DataLoader

from course_lib.exercises.answers import check_part, near, require_class, require_function
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.probes import dataset, loader, quiet_trainer, tiny_network
from course_lib.exercises.tracked import Rows, another_run, offline_runs
from course_lib.models import LitClassifier

STEP = "trainer/global_step"


@exercise(
    "4.8",
    why="None of the four raised an error: what is logged is only there once you have read it "
    "back.",
    hints=(
        "Compare what each cell prints with what its code logs, and ask which of the values are "
        "missing: the later ones, or all of them?",
        "Fault 1: a table that was logged is final, whatever is added to it; make another, or see "
        "its `log_mode`.",
        "Fault 2: a WandbLogger goes on in the run that is open, and no training closes it.",
        "Fault 3: which of the loggers is `trainer.logger`, and where are all of them?",
        "Fault 4: W&B's own step only grows, and Lightning's calls make it grow, too: who else "
        "could count?",
    ),
    limit=20.0,  # the first run of a process starts W&B's service
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Bug hunt."""
    fixes = {"Fix1": fix_1, "fix_2": fix_2, "Fix3": fix_3, "Fix4": fix_4}
    bases = (pl.Callback, None, pl.Callback, pl.LightningModule)
    checks = (_check_fix_1, _check_fix_2, _check_fix_3, _check_fix_4)
    for (name, fix), base, check in zip(fixes.items(), bases, checks, strict=True):
        attempted(fix, name)
        if base is None:
            require_function(fix, name)
        else:
            require_class(fix, base)
        check_part(name, check, fix)


class Tables(pl.Callback):
    """After each epoch, reads the rows of a table as a run has them on disk."""

    def __init__(self, run: wandb.Run, key: str) -> None:
        self.run, self.key = run, key
        self.rows: list[list[Any]] = []

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """An epoch is over."""
        self.rows.append(self.read())

    def read(self) -> list[Any]:
        """The rows by now; none if there is no table."""
        if self.key not in self.run.summary.keys():  # noqa: SIM118
            return []
        newest = Path(self.run.dir, self.run.summary[self.key]["path"])
        files = [newest]
        if self.run.summary[self.key]["log_mode"] == "INCREMENTAL":  # each file has a few rows
            every = newest.parent.glob(f"{self.key}_*.table.json")
            files = sorted(every, key=lambda file: int(file.name.split("_")[-2]))
        return [row for file in files for row in json.loads(file.read_text("utf-8"))["data"]]


def _check_fix_1(fix: Any) -> None:
    with offline_runs():
        logger = WandbLogger(project="hunt", save_dir=Path.cwd(), offline=True)
        tables = Tables(logger.experiment, "epochs")
        callbacks: list[pl.Callback] = [fix(), tables]  # in this order the second sees what is new
        trainer = quiet_trainer(
            logger=logger, max_epochs=3, callbacks=callbacks, num_sanity_val_steps=2
        )
        trainer.fit(LitClassifier(tiny_network()), loader(4, 2), loader(2, 2))
        rows = tables.read()
    with rule("a"):
        require(
            rows != [[0, 2]],
            "Fix1: the table still has the row of the first epoch alone: it is the same object, "
            "and W&B wrote it down when it was logged first.",
        )
        require(
            rows != [[2, 6]],
            "Fix1: the table has the row of the last epoch alone; expected those of all three.",
        )
        require(
            rows[:1] != [[0, 0]],
            "Fix1: the check of two batches with which a training begins makes a row, too, of no "
            "steps at all.",
        )
        require(
            rows == [[0, 2], [1, 4], [2, 6]],
            f"Fix1: after three epochs of two steps the rows of `epochs` are {f'{rows}':.80}; "
            "expected [[0, 2], [1, 4], [2, 6]].",
        )
    with rule("b"):
        require(
            tables.rows == [rows[:1], rows[:2], rows],
            "Fix1: the table is right in the end; after each epoch it should be there already, "
            "with the rows so far.",
        )


def _check_fix_2(fix: Any) -> None:
    rates, folder = (0.2, 0.05), Path.cwd() / "runs"
    with offline_runs() as runs:
        fix(list(rates), folder)
        left_open, beside = wandb.run, runs.still_open()
        found = [(run.name, dict(run.config).get("lr")) for run in runs]
        folders = [Path(run.dir) for run in runs]
    expected = [(f"lr{rate:g}", rate) for rate in rates]
    with rule("c"):
        require(
            len(runs) == len(rates),
            f"fix_2: {len(rates)} trainings made {len(runs)} run(s); expected one each.",
        )
        names = [name for name, _ in found]
        require(
            names == [name for name, _ in expected],
            f"fix_2: the runs are called {', '.join(map(str, names)):.60}; expected lr0.2, lr0.05.",
        )
        require(
            found == expected,
            f"fix_2: the runs have the rates {[rate for _, rate in found]} in their configuration; "
            f"expected {list(rates)}.",
        )
        require(
            all(path.is_relative_to(folder.resolve()) for path in folders),
            "fix_2: the runs are not kept in `folder`.",
        )
    with rule("d"):
        require(
            left_open is None,
            "fix_2: the last run is still open, and the next training of the notebook would go on "
            "in it.",
        )
        require(
            not beside,
            "fix_2: what was made with `create_new` is not finished, and W&B may still have values "
            "to write.",
        )


def _check_fix_3(fix: Any) -> None:
    first = _arrives(fix, lambda mine, other: [mine, other])
    last = _arrives(fix, lambda mine, other: [other, mine])
    with rule("e"):
        require(
            first or last,
            "Fix3: no picture `weights` arrives, wherever the WandbLogger stands.",
        )
        require(
            last, "Fix3: with a CSVLogger in front of the WandbLogger no picture `weights` arrives."
        )
        require(
            first, "Fix3: with a CSVLogger behind the WandbLogger no picture `weights` arrives."
        )
    with rule("f"):
        _check_without(fix, CSVLogger("csv"))
        _check_without(fix, False)


def _arrives(fix: Any, order: Callable[[Logger, Logger], list[Logger]]) -> bool:
    """Whether a Trainer's run gets the picture, with the loggers in this order."""
    with offline_runs(), another_run() as run:
        mine: Any = WandbLogger(experiment=run)  # type: ignore[arg-type]
        _validated(fix, order(mine, CSVLogger("csv")))
    logged = [row["weights"] for row, _ in run.logged if "weights" in row]
    pictures = [value[0] if isinstance(value, list) and value else value for value in logged]
    return any(isinstance(picture, wandb.Image) for picture in pictures)


def _validated(fix: Any, logger: Any) -> None:
    trainer = quiet_trainer(logger=logger, max_epochs=1, callbacks=[fix()], num_sanity_val_steps=2)
    trainer.fit(LitClassifier(tiny_network()), loader(2, 2), loader(2, 2))


def _check_without(fix: Any, logger: Any) -> None:
    has = "a CSVLogger alone" if logger else "no logger"
    with offline_runs() as runs, another_run() as other:
        try:
            _validated(fix, logger)
        except Exception as error:
            refuse(
                f"Fix3: with {has} the training ends with an error, {type(error).__name__}; "
                "expected that it just trains."
            )
    require(
        not other.logged and not runs,
        f"Fix3: with {has} the picture gets into a run that happens to be open, or into a new "
        "one; the Trainer has none.",
    )


def _check_fix_4(fix: Any) -> None:
    run: Any = Rows()
    model, data = fix(tiny_network(), optimizer="SGD", lr=0.0), dataset(8)
    trainer = quiet_trainer(logger=WandbLogger(experiment=run), max_epochs=2, limit_val_batches=1)
    expected = [
        float(model(images).softmax(dim=1).max(dim=1).values.mean())
        for images, _ in DataLoader(data, batch_size=2)
    ] * 2
    trainer.fit(model, DataLoader(data, batch_size=2), loader(4, 4))
    found = run.values("confidence")
    with rule("g"):
        require(
            len(found) <= 8,
            f"Fix4: for 8 batches `confidence` arrives {len(found)} times; expected once each.",
        )
        require(
            len(found) != 4,
            "Fix4: the values of the second epoch are lost. By then Lightning's own calls have "
            "taken W&B's step further than what you pass as `step`.",
        )
        require(
            len(found) == 8,
            f"Fix4: of 8 values of `confidence` {len(found)} arrive.",
        )
        require(
            all(near(value, wanted) for (_, value), wanted in zip(found, expected, strict=True)),
            "Fix4: what arrives as `confidence` is not the mean of the largest probabilities.",
        )
    steps = [at for at, _ in found]
    with rule("h"):
        require(
            steps != [*range(4)] * 2,
            "Fix4: in the second epoch the steps start again at 0: these are the numbers of the "
            "batches in their epoch.",
        )
        require(
            steps != [0, *range(7)],
            f"Fix4: `{STEP}` of the values is {steps}: one behind, as W&B fills in the last one "
            "that it was told.",
        )
        require(
            steps == list(range(8)), f"Fix4: `{STEP}` of the values is {steps}; expected 0 to 7."
        )
    with rule("i"):
        losses = [at for at, _ in run.values("train_loss")]
        require(
            trainer.global_step == 8 and losses == list(range(8)),
            "Fix4: it does not train and log `train_loss` any more as a LitClassifier does.",
        )
