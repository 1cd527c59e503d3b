"""Exercise 8.4: how transformers are optimized."""

from itertools import pairwise
from typing import Any

import pytorch_lightning as pl
from torch import nn
from torch.optim import AdamW

from course_lib.exercises.answers import described, listed, listed_numbers, require_class
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_08.toys import bert
from course_lib.exercises.probes import Onlooker, Steps, loader, quiet_trainer

RATE, DECAY, WARM = 0.02, 0.3, 0.25
STEPS, FIRST = 20, 5
EARLY = ("float infinity", "float NaN", "has no len()")  # of what comes with the loaders
# Trainings of as many steps: batches per epoch, and the Trainer.
TRAININGS: dict[str, tuple[int, dict[str, Any]]] = {
    "max_epochs=2": (10, dict(max_epochs=2)),
    "max_steps=20": (8, dict(max_steps=STEPS)),
    "accumulate_grad_batches=2": (20, dict(max_epochs=2, accumulate_grad_batches=2)),
}


class Other(nn.Module):
    """A layer of a transformer with names that no BERT has."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(5, 4)
        self.ln_1 = nn.LayerNorm(4)
        self.attn = nn.Linear(4, 4)
        self.sa_layer_norm = nn.LayerNorm(4)
        self.after = nn.LayerNorm(4)


@exercise(
    "8.4",
    why="Warm-up keeps the first steps from spoiling what was learned before, and a schedule that "
    "is stepped per epoch would never leave it.",
    hints=(
        "An optimizer takes groups: dictionaries with `params` and a `weight_decay` of their own. "
        "How many dimensions has a bias, or the weight of a LayerNorm?",
        "`LambdaLR` multiplies the rate by what a function of the step returns. The number of all "
        "steps is known to the Trainer: `estimated_stepping_batches`.",
        "A scheduler comes as a dictionary, with `scheduler` and `interval`; unless this says "
        "otherwise, it is stepped once per epoch.",
    ),
    limit=15.0,  # the first time, transformers is imported
)
def warm_up(lit_warm_up: Any) -> None:
    """Warm up, then fade out."""
    require_class(lit_warm_up, pl.LightningModule)
    trainings = {name: _trained(lit_warm_up, Other(), name) for name in TRAININGS}
    bert_trainer, _ = _trained(lit_warm_up, bert(), "max_steps=20", limit_train_batches=1)
    (first, rates), *_ = trainings.values()
    _check_groups(bert_trainer, first)
    _check_climb(first, rates)
    _check_fall(rates)
    with rule("f"):
        for name, (_, found) in trainings.items():
            require(
                all(abs(a - b) < RATE / 50 for a, b in zip(found, rates, strict=True)),
                f"In {STEPS} steps with {name} the rate is {_told(found)} in the last of them; in "
                f"as many steps of two epochs it is {_told(rates)}. How many steps are there?",
            )


def _trained(
    kind: Any, model: nn.Module, name: str, **options: Any
) -> tuple[pl.Trainer, list[float]]:
    """A Trainer that has trained a model, and the rate of each step."""
    onlooker, (batches, more) = Onlooker(), TRAININGS[name]
    lit = type(kind.__name__, (Steps, kind), {})(model, lr=RATE, warmup=WARM, weight_decay=DECAY)
    trainer = quiet_trainer(callbacks=[onlooker], **(more | options))
    try:
        trainer.fit(lit, loader(batches, 1))
    except (OverflowError, TypeError, ValueError) as error:
        early = any(part in f"{error}" for part in EARLY)
        with rule("f"):
            require(
                not early,
                "In `configure_optimizers` the loaders are not there yet; ask "
                f"`self.trainer.estimated_stepping_batches`. {explain(error)}",
            )
        raise
    rates = [rate for epoch in sorted(onlooker.rates) for rate in onlooker.rates[epoch]]
    every = more.get("accumulate_grad_batches", 1)
    return trainer, rates[every - 1 :: every]


def _told(rates: list[float]) -> str:
    """The rates of the last steps."""
    return listed_numbers(rates[-3:])


def _decays(trainer: pl.Trainer) -> dict[str, float]:
    """What weight decay each parameter has that is in the optimizer, by its name."""
    optimizer = trainer.optimizers[0]
    with rule("a"):
        require(
            isinstance(optimizer, AdamW),
            f"Expected the optimizer to be an AdamW, got {described(optimizer)}.",
        )
    decays = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    names = dict(trainer.lightning_module.named_parameters())
    missing = [name for name, value in names.items() if id(value) not in decays]
    with rule("a"):
        require(
            not missing,
            f"The optimizer lacks {len(missing)} of {len(names)} parameters; "
            f"`{''.join(missing[:1])}` would never be trained.",
        )
    return {name: decays[id(value)] for name, value in names.items()}


def _check_groups(bert_trainer: pl.Trainer, other_trainer: pl.Trainer) -> None:
    """Refuse another weight decay of a parameter."""
    decays = _decays(bert_trainer)
    matrices = {name for name in decays if "LayerNorm" not in name and "bias" not in name}
    without = sorted(name for name in matrices if decays[name] != DECAY)
    biases = sorted(name for name in decays if "bias" in name and decays[name])
    norms = sorted(name for name in decays if "LayerNorm.weight" in name and decays[name])
    with rule("b"):
        require(
            not without,
            f"Made with weight_decay={DECAY}, {len(without)} of {len(matrices)} matrices have "
            f"another; that of `{''.join(without[:1])}` is "
            f"{listed_numbers(decays[name] for name in without[:1])}.",
        )
        require(
            not biases or bool(norms), f"Biases have weight decay, such as `{''.join(biases[:1])}`."
        )
        require(
            not norms or bool(biases),
            f"The weights of LayerNorms have weight decay, such as `{''.join(norms[:1])}`.",
        )
        require(
            not norms,
            f"Everything has weight decay, `{''.join(biases[:1])}` and `{''.join(norms[:1])}` "
            "among it.",
        )
    decays = _decays(other_trainer)
    sizes = {n: p.ndim for n, p in other_trainer.lightning_module.named_parameters()}
    wrong = [name for name in decays if decays[name] != (DECAY if sizes[name] > 1 else 0)]
    with rule("c"):
        require(
            not wrong,
            "In BERT it is right. In a model with other names it is not, for "
            f"{listed(wrong[:3])}: ask what a parameter is, not what it is called.",
        )


def _ideal(step: int) -> float:
    """The rate of a step, as a share of the highest."""
    return min(step / FIRST, (STEPS - step) / (STEPS - FIRST))


def _off(step: int, rate: float) -> bool:
    """Whether the rate is none of this step's, early or late by one."""
    bounds = [max(0.0, _ideal(step + early)) for early in (-1, 0, 1)]
    return not min(bounds) - 0.02 <= rate / RATE <= max(bounds) + 0.02


def _check_climb(trainer: pl.Trainer, rates: list[float]) -> None:
    """Refuse another beginning."""
    with rule("f"):
        require(
            any(rate > 0 for rate in rates) or not trainer.lr_scheduler_configs,
            "The rate is never above 0, as with infinitely many steps. In `configure_optimizers` "
            "the batches are not counted yet; ask `self.trainer.estimated_stepping_batches`.",
        )
    with rule("d"):
        require(
            len(set(rates)) > 1,
            f"The rate is {rates[0]:g} in each step: does the Trainer get a scheduler?",
        )
        epochs = [set(rates[:10]), set(rates[10:])]
        require(
            any(len(epoch) > 1 for epoch in epochs),
            f"Within an epoch the rate stays as it is, {rates[0]:g} in the first: the scheduler is "
            "stepped once per epoch and counts steps.",
        )
        require(
            _ideal(2) * RATE >= rates[0],
            f"The rate begins with {rates[0]:g}; expected next to nothing, with lr={RATE:g}.",
        )
        wrong = [step for step in range(FIRST) if _off(step, rates[step])]
        require(
            not wrong,
            f"With lr={RATE:g}, and a warm-up of {FIRST} in {STEPS} steps, the first rates are "
            f"{listed_numbers(rates[: FIRST + 1])}; expected about "
            f"{listed_numbers(RATE * _ideal(step) for step in range(FIRST + 1))}.",
        )


def _check_fall(rates: list[float]) -> None:
    """Refuse another end."""
    last = rates[FIRST:]
    with rule("e"):
        require(
            any(now < before for before, now in pairwise(last)),
            f"After the warm-up the rate does not fall; in the last steps it is {_told(rates)}.",
        )
        require(
            not _off(STEPS - 1, rates[-1]),
            f"In the last step the rate is still {rates[-1]:.3g}: the fall does not end with the "
            "training.",
        )
        wrong = [step for step in range(FIRST, STEPS) if _off(step, rates[step])]
        require(
            not wrong,
            f"The fall is not linear: in step {''.join(map(str, wrong[:1]))} of {STEPS} the rate "
            f"is {listed_numbers(rates[step] for step in wrong[:1])}, expected "
            f"{listed_numbers(RATE * _ideal(step) for step in wrong[:1])}.",
        )
