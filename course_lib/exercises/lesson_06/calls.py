"""What a program makes a Trainer do, noted in its place."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from inspect import signature
from typing import Any, NamedTuple

import pytorch_lightning as pl
from pytorch_lightning import cli
from pytorch_lightning.cli import LightningCLI
from torch import initial_seed

from course_lib.exercises.programs import File, Run, run_program
from course_lib.exercises.sandbox import seed, undone

METHODS = ("fit", "validate", "test", "predict")


class Call(NamedTuple):
    """One call of a Trainer's method, and torch's seed at that time."""

    method: str
    trainer: pl.Trainer
    model: Any
    data: Any
    seed: int


def noted(
    file: File, *arguments: str, name: str = "__main__", few: bool = False
) -> tuple[Run, list[Call]]:
    """Run a program whose Trainers do nothing but note what they are asked to do.

    Args:
        file: the program.
        *arguments: its command line.
        name: of the module, as in `run_program`.
        few: Lightning's own CLI has the subcommand `fit` only, which takes a third of the time.
    """
    seed(0)  # what a program without a seed of its own has
    with ExitStack() as stack:
        if few:
            own = staticmethod(LightningCLI.subcommands)
            only = {"fit": LightningCLI.subcommands()["fit"]}
            stack.enter_context(undone(setattr, LightningCLI, "subcommands", own))
            LightningCLI.subcommands = staticmethod(lambda: only)  # type: ignore[method-assign]
        calls = stack.enter_context(_noting())
        return run_program(file, *arguments, name=name), calls


def complaint(text: str) -> str:
    """What a command line says is wrong, in one line: no usage above it, no other alternatives."""
    said = " ".join(text.rpartition("error: ")[2].split())
    start, _, errors = said.partition("Errors: - ")
    if errors:
        said = " ".join([*re.findall(r'^Parser key "\S+":', start), errors])
    first = said.partition(" - Expected")[0].partition(" (choose from")[0]
    return first if len(first) <= 160 else f"{first[:159]}…"


@contextmanager
def _noting() -> Iterator[list[Call]]:
    calls: list[Call] = []
    with ExitStack() as stack:
        # Lightning makes a class of each function that is given as one, and wants no second.
        stack.enter_context(undone(_forget_all_but, {*vars(cli)}))
        for method in METHODS:
            original = getattr(pl.Trainer, method)
            stack.enter_context(undone(setattr, pl.Trainer, method, original))
            setattr(pl.Trainer, method, _stand_in(original, calls))
        yield calls


def _forget_all_but(names: set[str]) -> None:
    for name in {*vars(cli)} - names:
        delattr(cli, name)


def _stand_in(original: Any, calls: list[Call]) -> Any:
    """A method with the arguments of the original, which the command line reads from it."""
    parameters = signature(original)

    @wraps(original)
    def note(*args: Any, **kwargs: Any) -> list[Any]:
        given = parameters.bind(*args, **kwargs).arguments
        trainer, model = given.get("self"), given.get("model")
        data = given.get("datamodule", given.get("train_dataloaders"))
        calls.append(Call(original.__name__, trainer, model, data, initial_seed()))  # type: ignore[arg-type]
        return []

    return note
