"""Exercise 6.5: a subcommand that leaves no test to the last weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.cli import LightningCLI

from course_lib.exercises.answers import listed
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_06.toys import ACCURACIES, BEST, LAST, Tiny, Toy
from course_lib.exercises.probes import quiet_trainer
from course_lib.exercises.programs import Run, read_answer, run_program
from course_lib.exercises.sandbox import stand_in

NAME = "fit_and_test"
FIRST = "first.ckpt"
WATCHING = {"monitor": "val_acc", "mode": "max"}
QUIET = {"accelerator": "cpu", "logger": False, "max_epochs": len(ACCURACIES)}
OPTIONS = [
    f"--model={Toy.__module__}.Toy",
    f"--data={Toy.__module__}.Tiny",
    "--trainer.callbacks=ModelCheckpoint",
    *(f"--trainer.callbacks.{name}={value}" for name, value in WATCHING.items()),
    *(f"--trainer.{name}={value}".lower() for name, value in QUIET.items()),
]


@exercise(
    "6.5",
    why="Nobody types two commands for long: who has one that tests the best checkpoint will not "
    "report the last weights by mistake.",
    hints=(
        "A subcommand is a method of the Trainer: what has a method more than `pl.Trainer`, and "
        "how does the LightningCLI get to know of it?",
        "`subcommands` returns a dictionary: for each method, the arguments that do not go on the "
        "command line. Start from what LightningCLI itself returns.",
        "If your method takes `*args` and `**kwargs` and hands both on to `fit`, the command line "
        "finds out by itself which arguments those are.",
        "`trainer.checkpoint_callbacks` has all ModelCheckpoints; each knows its `monitor`, and "
        "after the training its `best_model_path`.",
    ),
    limit=20.0,  # five parsers are made, and two trainings; a machine may be busy
)
def fit_and_test(path: Any) -> None:
    """Fit and test, a subcommand of one's own."""
    file = read_answer(path)
    _keep_first_epoch()
    Toy.forget()
    with _made() as made:
        run = run_program(file, NAME, *OPTIONS, f"--ckpt_path={FIRST}")
    _check_status(run, made)
    _check_best()
    _check_resumed()
    _check_subcommands(made[0])
    trainer = type(Toy.trainers[-1])
    _check_two(trainer)
    _check_refused(trainer, ModelCheckpoint(), "With a ModelCheckpoint without `monitor`")
    _check_refused(trainer, None, "Without any ModelCheckpoint")


@contextmanager
def _made() -> Iterator[list[LightningCLI]]:
    """Note the command lines that a program makes."""
    made: list[LightningCLI] = []
    original = LightningCLI.__init__

    @wraps(original)
    def noted(self: LightningCLI, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        original(self, *args, **kwargs)

    with stand_in(LightningCLI, "__init__", noted):
        yield made


def _keep_first_epoch() -> None:
    """Save a checkpoint after the first of the epochs; its weight is 1."""
    trainer = quiet_trainer(max_epochs=1)
    trainer.fit(Toy(), Tiny())
    trainer.save_checkpoint(FIRST)


def _check_status(run: Run, made: list[LightningCLI]) -> None:
    """Refuse a program that does not get as far as training and testing."""
    require(
        bool(made),
        f"`python {NAME}.py {NAME} …` makes no LightningCLI: is it called when the file is run?",
    )
    said = next((line for line in reversed(run.error.splitlines()) if "rror" in line), "")
    with rule("c"):
        require(
            "ckpt_path" not in said,
            f"`{NAME}` does not take `--ckpt_path`, as `fit` does. It says: {said:.150}",
        )
    with rule("a"):
        require(
            run.status == 0,
            f"`{NAME} --model … --data … --trainer.max_epochs 4` ends with the exit status "
            f"{run.status}. It says: {said:.150}",
        )
        require(bool(Toy.trained), f"`{NAME}` trains nothing.")
        require(bool(Toy.tested), f"`{NAME}` trains, and tests nothing.")
        require(
            len(Toy.tested) == 1,
            f"`{NAME}` tests {len(Toy.tested)} times; expected once, at the end.",
        )


def _check_best() -> None:
    """Refuse the test of other weights than the best."""
    weight, epochs = Toy.tested[0]
    with rule("b"):
        require(epochs == len(Toy.trained), "The test comes before the end of the training.")
        require(
            weight != LAST,
            "What is tested are the last weights, not those of the epoch with the best `val_acc`.",
        )
        require(
            weight != 1.0,
            "What is tested is the checkpoint that `--ckpt_path` names; from it the training goes "
            "on, and the test is of the best one that there is then.",
        )
        require(
            weight == BEST,
            f"Of the weights after {len(ACCURACIES)} epochs, 1 to 4, the best are {BEST:g}; "
            f"tested are {weight:g}.",
        )


def _check_resumed() -> None:
    """Refuse a training that does not go on from the checkpoint given."""
    with rule("c"):
        require(
            Toy.trained[0] == 1,
            "`--ckpt_path` is taken, but the training does not go on from that checkpoint: it "
            "begins with the first epoch.",
        )


def _check_subcommands(cli: LightningCLI) -> None:
    """Refuse fewer subcommands than there were, and other arguments than those of `fit`."""
    with rule("d"):
        missing = LightningCLI.subcommands().keys() - cli.subcommands().keys()
        require(not missing, f"The subcommands {listed(missing)} are gone.")
    fit = cli.parser.parse_args(["fit", *OPTIONS])["fit"]
    with rule("c"):
        missing = {*fit.keys()} - {*cli.config[NAME].keys()}
        require(
            not missing,
            f"`fit` takes {listed(f'--{name}' for name in missing)} as well; `{NAME}` does not.",
        )


def _trained_by(kind: Any, *callbacks: pl.Callback) -> None:
    """Fit and test from Python, as the command line does."""
    Toy.forget()
    options = dict(callbacks=[*callbacks], enable_checkpointing=bool(callbacks))
    kind(**QUIET, **options).fit_and_test(Toy(), datamodule=Tiny())


def _check_two(kind: Any) -> None:
    """Refuse the latest checkpoint of a callback that watches nothing, where another watches."""
    callbacks = ModelCheckpoint("latest"), ModelCheckpoint("best", **WATCHING)  # type: ignore[arg-type]
    try:
        _trained_by(kind, *callbacks)
    except (ValueError, MisconfigurationException):
        return  # more than one is not asked for
    with rule("b"):
        require(
            [weight for weight, _ in Toy.tested] == [BEST],
            'With two ModelCheckpoints, of which the second has a `monitor`, `"best"` is the '
            "latest checkpoint of the first.",
        )


def _check_refused(kind: Any, callback: pl.Callback | None, case: str) -> None:
    """Refuse a training after which nobody knows what is best."""
    with rule("e"):
        try:
            _trained_by(kind, *([callback] if callback else []))
        except (ValueError, MisconfigurationException) as error:
            require(
                not Toy.trained,
                f"{case} it is refused, but only when the training is over.",
            )
            require(
                "monitor" in f"{error}" and len(f"{error}".split()) > 3,
                f"{case} it is refused with {f'{error}'!r:.80}; expected a sentence "
                "that says what is missing, a `monitor`.",
            )
            return
        except (Exception, SystemExit) as error:
            refuse(f"{case} expected a ValueError that tells why. {explain(error)}")
        refuse(f"{case} it is not refused: it trains, and tests the latest weights as the best.")
