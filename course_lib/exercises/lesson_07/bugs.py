"""Exercise 7.8: a small program that runs, and finds no anomaly."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
from torch import Tensor, arange, load, nn, no_grad, stack, tensor, zeros
from torch.utils.data import DataLoader, Dataset, TensorDataset

from course_lib.exercises.answers import (
    check_part,
    close,
    described,
    listed_numbers,
    near,
    number,
    require_class,
    require_function,
    several,
)
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_07.vae_bugs import check_fix_2
from course_lib.exercises.probes import Bystander, Recorder, quiet_trainer

TRAIN, TEST = [10.0, 30.0, 20.0, 60.0], [100.0, 120.0, 170.0]
SCORES = (  # of each batch of two validations
    ([1.0, 5, 2, 3], [9.0, 0, 1, 1], [4.0, 2]),
    ([2.0, 1, 1, 0], [3.0, 6, 1, 2], [5.0, 1]),
)
VAL_LOSS, OTHER_LOSS = [0.7, 0.4, 0.9], [0.1, 0.8, 0.6]  # of the rows to validate on, of others
EPOCHS = 3


@exercise(
    "7.8",
    why="Each of these was in a tutorial that runs: only who asks what a number is made of sees "
    "that it means nothing.",
    hints=(
        "Read what each cell prints, and look for the line that it comes from.",
        "1: read train.csv whatever the split. 2: what has to change so that it is right in the "
        "limit, with no noise, no embedding, or another number of epochs?",
        "2: Lightning saves the arguments of `__init__` as they are when the base class is made, "
        "yours included; a variable can have another value by then.",
        "3: a batch is not the only one, nor are there two things in it, and the Trainer knows its "
        "logger. 4: which metric is logged while `fit` runs? `test` takes a `ckpt_path`.",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Bug hunt."""
    fixes = {"Fix1": fix_1, "Fix2": fix_2, "Fix3": fix_3, "fix_4": fix_4}
    bases = (Dataset, pl.LightningModule, pl.Callback, None)
    checks = (_check_fix_1, check_fix_2, _check_fix_3, _check_fix_4)
    for right, (name, base, check) in enumerate(zip(fixes, bases, checks, strict=True)):
        so_far = f"{right} of {len(fixes)} {'is' if right == 1 else 'are'} right; "
        attempted(fixes[name], f"{so_far if right else ''}{name}")
        if base is None:
            require_function(fixes[name], name)
        else:
            require_class(fixes[name], base)
        check_part(name, check, fixes[name])


def _check_fix_1(fix: Any) -> None:
    folder = Path("fix_1").resolve()
    folder.mkdir()
    for name, values in (("train", TRAIN), ("test", TEST)):
        rows = range(len(values))
        columns = {"value": values, "day": [*rows], "target": [row % 2 for row in rows]}
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    for split, values in (("train", TRAIN), ("test", TEST), ("both", TRAIN + TEST)):
        data = fix(split, folder)
        require(
            len(data) == len(values),
            f"Fix1: for split={split!r} there are {len(data)} rows; expected {len(values)}.",
        )
        samples = [data[row] for row in range(len(values))]
        found = stack([sample[0] for sample in samples]).flatten()
        twice = [_standardised(_standardised(values, values).tolist(), TRAIN, n) for n in (0, 1)]
        with rule("a"):
            require(
                split == "train" or not close(found, _standardised(values, values)),
                f"Fix1: for split={split!r} the values are standardised with the statistics of "
                f"{'test.csv' if split == 'test' else 'both files'}.",
            )
            require(
                not any(close(found, wrong) for wrong in twice),
                f"Fix1: for split={split!r} the values are standardised twice; `BrokenRows` does "
                "so, too.",
            )
            require(
                any(close(found, _standardised(values, TRAIN, n)) for n in (0, 1)),
                f"Fix1: for split={split!r} the values are {listed_numbers(found.tolist())}; "
                f"expected {listed_numbers(_standardised(values, TRAIN).tolist())}.",
            )


def _standardised(values: list[float], by: list[float], correction: int = 1) -> Tensor:
    known = tensor(by)
    return (tensor(values) - known.mean()) / known.std(correction=correction)


class _Scoring(Bystander):
    """Its validations return scores that are given."""

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> Any:
        return tensor(SCORES[self.current_epoch][batch_idx])


def _check_fix_3(fix: Any) -> None:
    recorder = Recorder()
    rows = DataLoader(TensorDataset(zeros(10, 1), arange(10) % 7, zeros(10)), batch_size=4)
    trainer = quiet_trainer(max_epochs=len(SCORES), logger=recorder, callbacks=[fix()])
    trainer.fit(_Scoring(), rows, rows)
    found = [number(value, "Fix3: `worst_score`") for value in recorder.values("worst_score")]
    largest = [[max(batch) for batch in batches] for batches in SCORES]
    right = [max(each) for each in largest]
    mistakes = {
        "of the first batch alone": [each[0] for each in largest],
        "of the last batch alone": [each[-1] for each in largest],
        "of all validations so far": [right[0]] * 2,
        "of a batch, in the mean": [(4 * a + 4 * b + 2 * c) / 10 for a, b, c in largest],
    }
    with rule("i"):
        require(bool(found), "Fix3: in two validations the Trainer's logger gets no `worst_score`.")
        require(
            len(found) == len(right),
            f"Fix3: in two validations the logger gets `worst_score` {len(found)} times; expected "
            "once in each.",
        )
        seen = [what for what, wrong in mistakes.items() if all(map(near, found, wrong))]
        require(not seen, f"Fix3: `worst_score` is the largest {''.join(seen[:1])}.")
        require(
            all(map(near, found, right)),
            f"Fix3: the largest scores of two validations are {listed_numbers(right)}; "
            f"`worst_score` is {listed_numbers(found)}.",
        )


class _Staged(Bystander):
    """Its weights tell the epoch they are of; so do its losses."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = nn.Parameter(zeros(()))
        self.trained, self.validated = 0, False

    def on_train_epoch_start(self) -> None:
        self.trained += 1
        with no_grad():
            self.epoch.fill_(float(self.current_epoch))

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.validated = True
        losses = VAL_LOSS if float(batch[0].max()) == 1 else OTHER_LOSS
        self.log("val_loss", losses[self.current_epoch])

    def test_step(self, batch: Any, batch_idx: int) -> None:
        self.log("test_loss", self.epoch + (5 if float(batch[0].max()) == 2 else 20))


def _run_fix_4(fix: Any, model: _Staged, loaders: list[DataLoader[Any]], folder: Path) -> Any:
    """What the answer returns; an error is told with the rule that it is in the way of."""
    try:
        return fix(model, *loaders, folder)
    except Exception as error:
        with rule("k" if model.trained == EPOCHS and model.validated else "j"):
            require(
                "could not find the monitored key" not in f"{error}",
                "fix_4: the ModelCheckpoint monitors what nothing logs while `fit` runs, and "
                "Lightning ends the training: in a validation there is `val_loss`.",
            )
            when = "in the training" if model.trained < EPOCHS else "when the training is over"
            refuse(f"fix_4: there is an error {when}. {explain(error)}")


def _check_fix_4(fix: Any) -> None:
    folder = Path("fix_4").resolve()
    columns = [zeros(8, 1) + kind for kind in range(EPOCHS)]
    data = [TensorDataset(column, arange(8) % 7, zeros(8)) for column in columns]
    loaders = [DataLoader(rows, batch_size=4) for rows in data]
    model = _Staged()
    returned = _run_fix_4(fix, model, loaders, folder)
    require(
        model.trained == EPOCHS,
        f"fix_4: the training has {model.trained} epochs; the broken one has {EPOCHS}.",
    )
    path, loss = several(returned, 2, "a path and a loss from fix_4")
    with rule("j"):
        require(
            isinstance(path, str | Path) and Path(path).is_file(),
            f"fix_4: expected the path of a checkpoint; what is returned is {path!r:.60}.",
        )
        require(
            Path(path).resolve().is_relative_to(folder),
            f"fix_4: the checkpoint {Path(path).name!r:.60} is not in `folder`.",
        )
        epoch = round(load(path, weights_only=True)["state_dict"]["epoch"].item())
        require(
            epoch != EPOCHS - 1,
            "fix_4: the checkpoint is that of the last epoch; `val_loss` is lower before.",
        )
        require(
            epoch == 1,
            "fix_4: this epoch is the best on other rows than those of `val_loader`.",
        )
    with rule("k"):
        require(
            isinstance(loss, int | float | Tensor),
            f"fix_4: the second is {described(loss)}; `trainer.test` returns a list with a "
            "dictionary, in which there is the number.",
        )
        found = number(loss, "fix_4: the second")
        require(
            not near(found, 5 + EPOCHS - 1),
            "fix_4: that is the `test_loss` of the weights of the last epoch, and not of those in "
            "the best checkpoint.",
        )
        require(
            near(found, 5 + 1),
            f"fix_4: the best checkpoint has the `test_loss` {5 + 1}; you return {found:.3g}.",
        )
