"""Exercise 7.5: one reconstruction error per row."""

from typing import Any, NamedTuple

from torch import (
    Tensor,
    cat,
    full_like,
    is_grad_enabled,
    nn,
    no_grad,
    randint,
    randn,
    randn_like,
    stack,
    tensor,
)
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset

from course_lib.exercises.answers import close, described, listed_numbers, require_function
from course_lib.exercises.engine import exercise, require, rule

ROWS, CODES = 10, (3, 5)


class Reconstruction(NamedTuple):
    """What the library's LitVAE returns, too."""

    cont: Tensor
    logits: list[Tensor]
    mu: Tensor
    logvar: Tensor


class Rows(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Rows that can be had one by one alone."""

    def __init__(self) -> None:
        self.cont = randn(ROWS, 3)
        self.cat = stack([randint(n, (ROWS,)) for n in CODES], dim=1)

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        if not 0 <= index < ROWS:
            raise IndexError(index)
        return self.cont[index], self.cat[index], tensor(0.0)


class Witness(nn.Module):
    """A model with batch norm, dropout and noise, which notes how it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(n, 2) for n in CODES)
        self.norm, self.dropout = nn.BatchNorm1d(3), nn.Dropout()
        self.values = nn.Linear(3, 3)
        self.heads = nn.ModuleList(nn.Linear(3, n) for n in CODES)
        self.norm.running_mean = tensor([0.5, -1.0, 0.0])
        self.sizes: list[int] = []
        self.with_graph = self.in_training = self.partly = False

    def forward(self, cont: Tensor, cat: Tensor) -> Reconstruction:
        """Rows `[B, 3]`, `[B, 2]` to their reconstruction."""
        self.sizes.append(len(cont))
        self.in_training |= self.training
        self.partly |= any(module.training for module in self.modules())
        # Even if the answer calls it in training mode with a single row, it works.
        hidden = self.norm(cont) if len(cont) > 1 or not self.norm.training else cont
        for embedding, codes in zip(self.embeddings, cat.T, strict=True):
            hidden = hidden + embedding(codes).sum(dim=1, keepdim=True)
        if self.training:
            hidden = hidden + randn_like(hidden)
        hidden = self.dropout(hidden)
        values = self.values(hidden)
        self.with_graph |= values.requires_grad
        return Reconstruction(values, [head(hidden) for head in self.heads], hidden, hidden)


@exercise(
    "7.5",
    why="A score is only worth something if it is the same tomorrow, in another batch and for the "
    "same row.",
    hints=(
        "A DataLoader that is told nothing but the batch size keeps the order, and the last batch.",
        "The losses of `torch.nn.functional` return one mean for all rows; `reduction` says "
        "otherwise, and a mean over one dimension is that of each row.",
        "`model.training` tells the mode, and `model.train(mode)` takes True or False.",
    ),
)
def anomaly_scores(anomaly_scores: Any) -> None:
    """Anomaly scores."""
    require_function(anomaly_scores, "anomaly_scores")
    model, rows = Witness(), Rows()
    expected = _parts(model, rows)
    scores = anomaly_scores(model, rows, 4)
    sizes = model.sizes[:]
    with rule("c"):
        require(
            not model.in_training,
            "The model works in training mode, with noise, and with batch norm by the rows that "
            "happen to be in the same batch.",
        )
        require(
            not model.partly,
            "Some of the model's modules are still in training mode when rows are scored.",
        )
    with rule("d"):
        require(
            not model.with_graph,
            "The reconstructions have a graph: for each batch autograd keeps what a backward pass "
            "would need, and none comes.",
        )
    _check_rows(scores, expected)
    with rule("e"):
        require(
            sizes == [4, 4, 2],
            f"With batch_size=4 the model gets {listed_numbers(sizes)} of {ROWS} rows at once; "
            "expected 4, 4, 2.",
        )
    with rule("a"):
        again = anomaly_scores(model, rows, 3)
        require(
            isinstance(again, Tensor) and again.shape == scores.shape,
            f"If only one row is left for the last batch, what is returned is {described(again)}.",
        )
    _check_state(anomaly_scores, model, rows)


def _parts(model: Witness, rows: Rows) -> dict[str, Tensor]:
    """The errors by value, and by code, `[N, ...]`; the model is in training mode again."""
    with no_grad():
        values, logits, _, _ = model.eval()(rows.cont, rows.cat)
        entropies = [
            cross_entropy(each, codes, reduction="none")
            for each, codes in zip(logits, rows.cat.T, strict=True)
        ]
    model.train()
    model.sizes.clear()
    model.with_graph = model.in_training = model.partly = False
    return {"values": (values - rows.cont).square(), "codes": stack(entropies, dim=1)}


def _check_rows(scores: Any, expected: dict[str, Tensor]) -> None:
    squares, entropies = expected["values"], expected["codes"]
    values, codes = squares.mean(dim=1), entropies.mean(dim=1)
    right = values + codes
    with rule("a"):
        require(
            isinstance(scores, Tensor),
            f"Expected a tensor of {ROWS} scores; what is returned is {described(scores)}.",
        )
        require(
            scores.shape != (3,),
            f"For {ROWS} rows in three batches there are three numbers: one per batch.",
        )
        require(
            scores.shape == right.shape,
            f"For {ROWS} rows you return {described(scores)}; expected [{ROWS}].",
        )
        require(
            close(scores, right) or not close(scores.sort().values, right.sort().values),
            "These are the right scores in another order than that of the dataset, so that each "
            "belongs to another row.",
        )
    alike = [_alike(values) + codes, values + _alike(codes), _alike(right)]
    mistakes = {
        "those of the values alone": values,
        "those of the codes alone": codes,
        "with the sum of the squared errors instead of their mean": squares.sum(dim=1) + codes,
        "with the sum of the cross-entropies instead of their mean": values + entropies.sum(dim=1),
    }
    with rule("b"):
        seen = [what for what, wrong in mistakes.items() if close(scores, wrong)]
        require(not seen, f"The scores are {''.join(seen[:1])}.")
        require(
            not any(close(scores, wrong) for wrong in alike),
            "In each score there is a mean over its whole batch: one odd row makes its neighbours "
            "odd.",
        )
        require(
            close(scores, right),
            f"The first three scores are {listed_numbers(scores[:3].tolist())}; expected "
            f"{listed_numbers(right[:3].tolist())}.",
        )


def _alike(errors: Tensor) -> Tensor:
    """For each row the mean of its batch of four."""
    return cat([full_like(batch, batch.mean().item()) for batch in errors.split(4)])


def _check_state(answer: Any, model: Witness, rows: Rows) -> None:
    """Refuse to lose the model, or autograd, for what comes next."""
    with rule("f"):
        require(
            is_grad_enabled(),
            "Afterwards autograd is switched off for good: nothing can be trained any more.",
        )
        require(
            all(parameter.requires_grad for parameter in model.parameters()),
            "Afterwards the model's parameters do not require gradients any more.",
        )
        require(
            all(module.training for module in model.modules()),
            "The model was in training mode, and afterwards it is, at least in part, in evaluation "
            "mode: the training would go on without noise.",
        )
        with no_grad():
            answer(model.eval(), rows, 4)
            still_off = not is_grad_enabled()
        require(
            still_off,
            "Called inside `torch.no_grad()`, it leaves autograd switched on for what follows.",
        )
        require(
            not any(module.training for module in model.modules()),
            "The model was in evaluation mode, and afterwards it is in training mode.",
        )
