"""Exercise 5.6: what clipping does to gradients, and where it can be seen."""

from functools import cache
from typing import Any, NamedTuple

from torch import Tensor, allclose, cat, nn, tensor

from course_lib.exercises.answers import listed, listed_numbers, number, require_class
from course_lib.exercises.engine import attempted, exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_05.gradients import check_predictions
from course_lib.exercises.probes import CLASSES, Recorder, loader, quiet_trainer
from course_lib.exercises.sandbox import seed
from course_lib.models import LitClassifier

CASES: dict[str, dict[str, Any]] = {
    "norm": dict(gradient_clip_val=1.0),
    "value": dict(gradient_clip_val=0.2, gradient_clip_algorithm="value"),
    "smaller norm": dict(gradient_clip_val=0.2),
    "none": {},
}


class Expected(NamedTuple):
    """All weights of a module after a training, and its norms at each step."""

    weights: Tensor
    before: list[float]
    after: list[float]


class Reference(LitClassifier):
    """Clips as every LightningModule does, and keeps the norms before and after."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before: list[float] = []
        self.after: list[float] = []

    def configure_gradient_clipping(self, *args: Any, **kwargs: Any) -> None:
        """Look, clip, look again."""
        self.before.append(self._norm())
        super().configure_gradient_clipping(*args, **kwargs)
        self.after.append(self._norm())

    def _norm(self) -> float:
        gradients = [p.grad.flatten() for p in self.parameters() if p.grad is not None]
        return float(cat(gradients).norm())


@exercise(
    "5.6",
    why="If nearly every step is clipped, the limit has become a learning rate of its own; only "
    "both norms tell.",
    hints=(
        "Square, add, take the root: the three gradients make a whole number. What is 6.5 of it?",
        "Adam's first step is the gradient divided by the root of its own square.",
        "Lightning hands the clipping to a hook of the module, `configure_gradient_clipping`; what "
        "the original does is one call of another method of the module.",
        "`nn.utils.get_total_norm` takes a list of gradients; a frozen parameter's is None.",
    ),
    in_order=True,
)
def clip(predictions: Any, lit_clipped: Any) -> None:
    """Clip: predict the norm."""
    attempted(predictions, "The prediction")
    check_predictions(predictions)
    attempted(lit_clipped, "LitClipped")
    require_class(lit_clipped, LitClassifier)
    _check_logged(_check_clipping(lit_clipped))


def _trained(kind: Any, **options: Any) -> tuple[Any, Recorder]:
    """Train in four steps, from seven batches; one layer is frozen."""
    seed(0)
    frozen = nn.Linear(16, 16).requires_grad_(False)
    network = nn.Sequential(nn.Flatten(), frozen, nn.Linear(16, CLASSES))
    model, recorder = kind(network, optimizer="SGD", lr=0.5), Recorder()
    trainer = quiet_trainer(max_epochs=1, accumulate_grad_batches=2, logger=recorder, **options)
    trainer.fit(model, loader(14, 2))
    return model, recorder


def _weights(model: nn.Module) -> Tensor:
    return cat([parameter.detach().flatten() for parameter in model.parameters()])


@cache
def _expected(case: str) -> Expected:
    """What any module comes to in one of the cases."""
    model, _ = _trained(Reference, **CASES[case])
    return Expected(_weights(model), model.before, model.after)


def _as(case: str, model: nn.Module) -> bool:
    """Whether the module was trained as any module is in this case."""
    return allclose(_weights(model), _expected(case).weights, rtol=1e-4, atol=1e-5)


def _check_clipping(kind: Any) -> Recorder:
    """Refuse a module that clips in another way than the Trainer says; return what it logs."""
    for case in CASES:  # before anything of the answer's is run
        _expected(case)
    try:
        by_norm, recorder = _trained(kind, **CASES["norm"])
    except (AttributeError, TypeError, RuntimeError) as error:
        with rule("h"):
            require(
                "NoneType" not in f"{error}",
                f"A frozen parameter has no gradient, its `grad` is None. {explain(error)}",
            )
        raise
    by_value, _ = _trained(kind, **CASES["value"])
    with rule("g"):
        _check_default(kind, by_norm)
        require(
            not _as("none", by_norm),
            "With `gradient_clip_val` it trains as without: your hook has taken the place of the "
            "clipping, which has to be done in it.",
        )
        require(
            _as("norm", by_norm),
            "With `gradient_clip_val=1` it does not train as any module does.",
        )
        require(
            not _as("smaller norm", by_value),
            'With `gradient_clip_algorithm="value"` it is still the norm that is clipped.',
        )
        require(
            _as("value", by_value),
            'With `gradient_clip_algorithm="value"` it does not train as any module does.',
        )
        try:
            unclipped, _ = _trained(kind)
        except Exception as error:
            refuse(f"All is right with clipping, but not without it. {explain(error)}")
        require(
            _as("none", unclipped), "Without `gradient_clip_val` something is clipped all the same."
        )
    return recorder


def _check_default(kind: Any, by_norm: nn.Module) -> None:
    """Refuse a module that clips by the norm only where this is said in as many words."""
    if not _as("norm", by_norm):
        named, _ = _trained(kind, **CASES["norm"], gradient_clip_algorithm="norm")
        require(
            not _as("norm", named),
            "Without `gradient_clip_algorithm` the hook gets None, which means the norm.",
        )


def _check_logged(recorder: Recorder) -> None:
    """Refuse other norms than those before and after the clipping."""
    _, before, after = _expected("norm")
    right = {"norm_before": before, "norm_after": after}
    with rule("h"):
        for name, expected in right.items():
            found = [number(value, name) for value in recorder.values(name)]
            names = listed(key for entry in recorder.entries for key in entry)
            require(bool(found), f"The logger gets {names}; expected `{name}`.")
            require(
                len(found) == len(expected),
                f"In {len(expected)} steps, of two batches each, the logger gets `{name}` "
                f"{len(found)} times; expected once per step.",
            )
            other = next(values for key, values in right.items() if key != name)
            require(
                not _near(found, other),
                f"As `{name}` you log the norm on the other side of the clipping.",
            )
            require(
                _near(found, expected),
                f"As `{name}` you log {listed_numbers(found)}; expected "
                f"{listed_numbers(expected)}, the norm of all gradients as one vector.",
            )


def _near(found: list[float], expected: list[float]) -> bool:
    return allclose(tensor(found), tensor(expected), rtol=1e-3)
