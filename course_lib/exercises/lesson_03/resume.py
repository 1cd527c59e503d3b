"""Exercise 3.6: a training that goes on as if it had never stopped."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from traceback import extract_tb
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, equal, load
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

from course_lib.exercises.answers import described, require_function
from course_lib.exercises.engine import attempted, exercise, require, rule
from course_lib.exercises.inspection import explain, is_own
from course_lib.exercises.probes import loader, quiet_trainer, tiny_network

BATCHES = 2  # per epoch


@exercise(
    "3.6",
    why="A checkpoint holds the weights, the optimizer, the scheduler and how far the training has "
    "come, and `fit` takes up all of it.",
    hints=(
        "There is an argument of `fit`, not of the Trainer, for the file to go on from.",
        "`max_epochs` counts all epochs of a training, those before the interruption too; a "
        "ModelCheckpoint that is told to keep the last one says where it lies.",
        "A Trainer that is not told otherwise keeps checkpoints in the working directory.",
    ),
    in_order=True,
)
def resume(train: Any, resume: Any) -> None:
    """Resume."""
    attempted(train, "train")
    require_function(train, "train")
    data, start = loader(4 * BATCHES, 4), _Module()
    straight = deepcopy(start)
    quiet_trainer(max_epochs=6).fit(straight, data)
    for epochs in (2, 3):
        path = _trained(train, deepcopy(start), data, Path(f"train_{epochs}"), epochs)
    _require_complete(path, data, straight, 3)
    attempted(resume, "resume")
    require_function(resume, "resume")
    for before, epochs in ((2, 5), (3, 4)):
        own = Path(f"resume_{before}").resolve() / "own.ckpt"
        trainer = quiet_trainer(max_epochs=before)
        trainer.fit(deepcopy(start), data)
        trainer.save_checkpoint(own)
        resumed = _resumed(resume, data, str(own) if isinstance(path, str) else own, epochs)
        _require_resumed(resumed, straight, before, epochs)
        _require_nothing_outside("resume")


class _Module(pl.LightningModule):
    """A module whose optimizer and scheduler have a memory; it notes how each step begins."""

    def __init__(self) -> None:
        super().__init__()
        self.network = tiny_network()
        self.rates: list[float] = []
        self.weights: list[Tensor] = []
        self.numbers: list[int] = []
        self.fitted = False

    def setup(self, stage: str) -> None:
        self.fitted = True

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.rates += [group["lr"] for group in self.trainer.optimizers[0].param_groups]
        self.weights.append(self.all_weights())
        self.numbers.append(self.current_epoch)
        loss = cross_entropy(self.network(batch[0]), batch[1])
        self.log("train_loss", loss, on_epoch=True)
        return loss

    def configure_optimizers(self) -> Any:
        optimizer = SGD(self.parameters(), lr=0.5, momentum=0.9)
        return [optimizer], [StepLR(optimizer, step_size=2, gamma=0.5)]

    def all_weights(self) -> Tensor:
        """The weights as one vector."""
        return parameters_to_vector(self.parameters()).detach()

    def epochs(self) -> float:
        """How many epochs it has been trained for."""
        return len(self.rates) / BATCHES

    def ends_as(self, straight: "_Module", epochs: int) -> bool:
        """Whether the weights are, bit for bit, those of the other after so many epochs."""
        return equal(self.all_weights(), straight.weights[epochs * BATCHES])


def _trained(train: Any, model: _Module, data: Any, folder: Path, epochs: int) -> Any:
    """The path that the answer returns, refused unless it leads to the checkpoint asked for."""
    path = train(model, data, folder.resolve(), epochs)
    with rule("a"):
        require(
            model.epochs() > 0,
            "`train` does not train the `model` that it is given: its weights are as they were.",
        )
        require(
            model.epochs() == epochs,
            f"Called with epochs={epochs}, `train` trains `model` for {model.epochs():.3g} epochs.",
        )
    with rule("b"):
        require(
            isinstance(path, str | Path),
            f"`train` returned {described(path)}; expected the path of a checkpoint.",
        )
        require(
            Path(path).is_file(),
            f"There is no file at the path {Path(path).name!r:.60} that `train` returned.",
        )
        require(
            Path(path).resolve().is_relative_to(folder.resolve()),
            f"The checkpoint is not in `folder`: it is {_seen_from_here(Path(path))!r:.100}.",
        )
    _require_nothing_outside("train")
    return path


def _read(path: Any) -> Any:
    """What is in a file, if it is plain data."""
    with suppress(Exception):
        return load(path, weights_only=True)
    return None


def _require_complete(path: Any, data: Any, straight: _Module, epochs: int) -> None:
    """Refuse a checkpoint that no training can go on from, or that is of another time."""
    checkpoint = _read(path)
    known = isinstance(checkpoint, dict) and "global_step" in checkpoint
    with rule("c"):
        require(
            known,
            "The file holds something of its own and not a checkpoint of Lightning's, which the "
            "Trainer, or a ModelCheckpoint, writes.",
        )
    steps = epochs * BATCHES
    with rule("b"):
        require(
            checkpoint["global_step"] == steps,
            f"The checkpoint is of step {checkpoint['global_step']}; the last epoch ends at step "
            f"{steps}.",
        )
    with rule("c"):
        require(
            bool(checkpoint.get("optimizer_states")),
            "The checkpoint holds the weights and not the optimizer and the scheduler; Lightning "
            "would refuse to go on with it.",
        )
        resumed = _Module()
        quiet_trainer(max_epochs=epochs + 2).fit(resumed, data, ckpt_path=path)
        require(
            resumed.ends_as(straight, epochs + 2),
            "A training that goes on from this checkpoint ends with other weights than one without "
            "interruption: something in it has been changed.",
        )


def _resumed(resume: Any, data: Any, path: Any, epochs: int) -> _Module:
    """The model that the answer has gone on training."""
    model = _Module()
    try:
        resume(model, data, path, epochs)
    except Exception as error:
        frames = extract_tb(error.__traceback__)
        called = {frame.name for frame in frames if not is_own(frame.filename)}
        another = "load_from_checkpoint" in f"{called} {error}" or "fit" in called
        with rule("d"):
            require(
                model.fitted or not another,
                "`resume` makes another model, or trains another; but `model` is already there, "
                f"and `fit(model, …, ckpt_path=…)` loads into it. {explain(error).rstrip(':')}",
            )
        with rule("e"):
            require(
                '"state_dict"' not in f"{error}",
                "A checkpoint of Lightning's is a dictionary that has the weights under "
                "`state_dict`. Weights alone are not enough, though: the optimizer and the "
                "scheduler have a memory, too.",
            )
        raise
    return model


def _require_resumed(resumed: _Module, straight: _Module, before: int, epochs: int) -> None:
    found, missing = resumed.epochs(), epochs - before
    told = f"After {before} epochs, and with epochs={epochs}"
    with rule("d"):
        require(
            found > 0,
            f"{told}, `resume` does not train `model` at all. Is it another model that is trained, "
            "or none?",
        )
        require(
            found != epochs or resumed.numbers[0] > 0,
            f"{told}, `resume` trains for {epochs} epochs, all of them once more; expected the "
            f"{missing} that are missing.",
        )
        require(
            found <= missing,
            f"{told}, `resume` trains for {found:.3g} epochs more, which are too many in all; "
            f"expected {missing}.",
        )
        require(
            found == missing,
            f"{told}, `resume` stops after {found:.3g} more; expected {missing}. `max_epochs` is "
            "the number in all, not that of the missing ones.",
        )
    step = before * BATCHES
    with rule("e"):
        require(
            equal(resumed.weights[0], straight.weights[step]),
            f"{told}, `resume` begins with weights that are not those of the checkpoint.",
        )
        require(
            resumed.rates[0] == straight.rates[step],
            f"{told}, `resume` has the weights of the checkpoint, but the learning rate begins "
            f"anew, at {resumed.rates[0]:.3g} where it had come to {straight.rates[step]:.3g}.",
        )
        require(
            resumed.ends_as(straight, epochs),
            f"{told}, weights and learning rate are those of the checkpoint at first, and yet the "
            "training ends elsewhere: has the optimizer kept its momentum?",
        )


def _require_nothing_outside(name: str) -> None:
    folders = ("train_", "resume_")
    outside = [
        place
        for path in sorted(Path.cwd().rglob("*"))
        if path.is_file() and not (place := _seen_from_here(path)).startswith(folders)
    ]
    with rule("f"):
        require(
            not outside,
            f"`{name}` writes {''.join(outside[:1])!r:.100}, outside the checkpoint's folder.",
        )


def _seen_from_here(path: Path) -> str:
    here = Path.cwd().resolve()
    return (
        str(path.resolve().relative_to(here)) if path.resolve().is_relative_to(here) else str(path)
    )
