"""Exercise 4.5: histograms of gradients and weights, for as long as they are wanted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import wandb
from pytorch_lightning.loggers import WandbLogger
from torch import Tensor, equal, randn

from course_lib.exercises.answers import listed, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.probes import loader, quiet_trainer, tiny_network
from course_lib.exercises.tracked import offline_runs
from course_lib.models import LitClassifier

KINDS = ("gradients", "parameters")
WEIGHT, BIAS = "1.weight", "1.bias"  # of `tiny_network`, with or without the name of its owner
BATCHES = 25


class Arrivals(pl.Callback):
    """Notes after which batches a run gets new histograms of one weight and its gradient."""

    def __init__(self, logger: WandbLogger, known: dict[str, Any]) -> None:
        self.batches, self.returned = 0, False
        self.known, self._logger = known, logger
        self.followed: set[str] = set()
        self.new: dict[str, list[int]] = {kind: [] for kind in KINDS}

    @property
    def run(self) -> wandb.Run:
        """The logger's run, which begins when the logger is first asked for it."""
        return self._logger.experiment

    def look(self) -> None:
        """Compare with the last time."""
        complete = len(self.followed) == len(KINDS)  # to ask the run for less, which takes a while
        now = histograms(self.run, self.followed if complete else None)
        for name in now:
            if name.endswith(WEIGHT) and now[name] != self.known.get(name):
                self.new[name.partition("/")[0]].append(self.batches)
                self.followed.add(name)
        self.known |= now

    def on_train_batch_start(self, *_: Any) -> None:
        """What belongs to the batch before has been logged by now."""
        self.look()
        self.batches += 1


def histograms(run: wandb.Run, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The last histogram of each gradient and parameter, or of those names, that a run has."""
    names = run.summary.keys() if names is None else names
    return {name: dict(run.summary[name]) for name in names if name.partition("/")[0] in KINDS}


class Stumbles(LitClassifier):
    """A model whose training ends with an error, in its third batch."""

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Train, but not for long."""
        if batch_idx == 2:
            raise MemoryError("no memory left")
        return super().training_step(batch, batch_idx)


@exercise(
    "4.5",
    why="Vanishing gradients show in a histogram long before the loss tells; and who watches has "
    "to stop, or the hooks outlive the run.",
    hints=(
        "`help(WandbLogger.watch)` names four arguments, and three of their defaults do not fit.",
        "What stops the watching is no method of the logger but of the run itself, which is the "
        "logger's `experiment`.",
        "What stands under `finally` is done after an error too, and the error goes on its way.",
    ),
    limit=20.0,  # the first run of a process starts W&B's service
)
def watch(watched_fit: Any) -> None:
    """Watch the network."""
    require_function(watched_fit, "watched_fit")
    with offline_runs():
        logger = WandbLogger(project="watch", save_dir=Path.cwd(), offline=True)
        model = _model(LitClassifier)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        arrivals = _fit(watched_fit, logger, model, first=True)
        with rule("a"):
            require(
                arrivals.batches == BATCHES,
                f"The Trainer should train for {BATCHES} steps; it made {arrivals.batches}.",
            )
            require(
                not all(map(equal, before, model.parameters())),
                "After the training the model that was passed has the weights that it had before.",
            )
        with rule("b"):
            require(
                arrivals.run.project == "watch",
                "The run that is open afterwards is not the one that the Trainer's logger was to "
                "begin: watch with that logger, and not with one of your own.",
            )
        _check_histograms(watched_fit, logger, arrivals)
        with rule("f"):
            require(
                not _still_watched(model, logger.experiment),
                "After the training the model is watched on: whatever is done with it, its hooks "
                "write to the run.",
            )
        with rule("e"):
            _check_again(watched_fit, logger, model)
        with rule("g"):
            _check_error(watched_fit, logger)


def _model(kind: type[LitClassifier]) -> LitClassifier:
    return kind(tiny_network(), optimizer="SGD", lr=0.1)


def _fit(
    watched_fit: Any,
    logger: WandbLogger,
    model: LitClassifier,
    steps: int = BATCHES,
    first: bool = False,
) -> Arrivals:
    """Have the answer train a model, and note which histograms come when; the first run begins."""
    arrivals = Arrivals(logger, {} if first else histograms(logger.experiment))
    trainer = quiet_trainer(logger=logger, max_epochs=-1, max_steps=steps, callbacks=[arrivals])
    try:
        watched_fit(trainer, model, loader(2 * steps, 2))
        arrivals.returned = True
    except MemoryError:
        pass
    except wandb.Error as error:
        require(
            "wandb.init()" not in str(error),
            "`wandb.watch` needs an open run, and the logger begins its own at the first use: take "
            "`trainer.logger`.",
        )
        raise
    with rule("f"):
        require(
            wandb.run is arrivals.run,
            "`watched_fit` finishes the run; whoever began it may want to go on with it.",
        )
    arrivals.look()
    return arrivals


def _check_histograms(watched_fit: Any, logger: WandbLogger, arrivals: Arrivals) -> None:
    if not any(arrivals.new.values()):  # a training that is long enough for W&B's defaults
        _fit(watched_fit, logger, _model(LitClassifier), 110)
    names = histograms(logger.experiment)
    for letter, kind in (("b", "gradients"), ("c", "parameters")):
        found = [
            part
            for part in (WEIGHT, BIAS)
            if any(name.startswith(kind) and name.endswith(part) for name in names)
        ]
        with rule(letter):
            require(
                len(found) != 1,
                f"Of the {kind} only those of {listed(found)} arrive, where the whole model should "
                "be watched.",
            )
            require(bool(found), f"No histogram of the {kind} arrives in the Trainer's run.")
    with rule("d"):
        require(
            any(arrivals.new.values()),
            f"In a training of {BATCHES} batches no histogram arrives at all; how often is one "
            "logged by default?",
        )
        for kind, batches in arrivals.new.items():
            shown = ", ".join(map(str, batches[:6]))
            require(
                not batches or batches == [10, 20],
                f"The histograms of the {kind} arrive after batches {shown}; expected 10 and 20.",
            )


def _still_watched(model: LitClassifier, run: wandb.Run) -> bool:
    """Whether histograms arrive while nobody trains."""
    before = histograms(run)
    for _ in range(10):
        model(randn(2, 1, 4, 4)).sum().backward()
    run.log({"afterwards": 1})
    return before != histograms(run)


def _check_again(watched_fit: Any, logger: WandbLogger, model: LitClassifier) -> None:
    try:
        arrivals = _fit(watched_fit, logger, model, 10)
    except ValueError as error:
        require(
            "once per model" not in str(error),
            "A second training of the same model raises an error: W&B draws the graph of a model "
            "only once, so switch `log_graph` off.",
        )
        raise
    require(
        any(arrivals.new.values()),
        "In a second training of the same model no histogram arrives any more.",
    )


def _check_error(watched_fit: Any, logger: WandbLogger) -> None:
    stumbling = _model(Stumbles)
    arrivals = _fit(watched_fit, logger, stumbling, 4)
    require(
        not arrivals.returned,
        "The training ended with an error, and `watched_fit` returned as if nothing had happened.",
    )
    require(
        not _still_watched(stumbling, logger.experiment),
        "After a training that ended with an error the model is still watched.",
    )
