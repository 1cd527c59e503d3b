"""Exercise 7.3: the loss of a VAE for numbers and categories, against torch's distributions."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, cat, randn, tensor, zeros
from torch.distributions import Categorical, Normal, kl_divergence
from torch.nn.functional import one_hot

from course_lib.exercises.answers import described, number, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.models.vae import Reconstruction

SIZES, COLUMNS, LATENT = (3, 4), 3, 5  # codes of each category, numbers of a row, dimensions
WEIGHT = 0.25


class Case(NamedTuple):
    """A reconstruction, and the numbers and codes that it is one of."""

    output: Reconstruction
    cont: Tensor
    codes: Tensor

    def exact(self) -> "Case":
        """The same with numbers that are reconstructed exactly."""
        _, logits, mu, logvar = self.output
        return Case(Reconstruction(self.cont.clone(), logits, mu, logvar), self.cont, self.codes)

    def sure(self) -> "Case":
        """The same row with logits that are right without a doubt."""
        cont, _, mu, logvar = self.output
        pairs = zip(self.codes[0], SIZES, strict=True)
        logits = [30.0 * one_hot(code, size)[None] for code, size in pairs]
        return Case(Reconstruction(cont, logits, mu, logvar), self.cont, self.codes)

    def of(self, row: int) -> "Case":
        """A batch of this row alone."""
        rows = slice(row, row + 1)
        output = Reconstruction(
            self.output.cont[rows],
            [logits[rows] for logits in self.output.logits],
            self.output.mu[rows],
            self.output.logvar[rows],
        )
        return Case(output, self.cont[rows], self.codes[rows])


@exercise(
    "7.3",
    why="Values and codes are targets that no weight can move, so the only way to a small loss is "
    "to know the table.",
    hints=(
        "Work with one number for each row until the very end: errors have the shape [B].",
        "`F.cross_entropy` takes the mean unless its `reduction` is another one; the codes of "
        "column k are those in `cat[:, k]`.",
        "σ² is `exp(logvar)`, and log σ² is `logvar` itself: the formula needs no other function.",
    ),
)
def vae_loss(vae_loss: Any) -> None:
    """A loss for two kinds of columns."""
    require_function(vae_loss, "vae_loss")
    case = _case()
    with rule("d"):
        found = _value(vae_loss, case, WEIGHT)
    with rule("c"):
        require(
            found == found,
            "The loss is nan: is there the root or the logarithm of `logvar`? It may be negative.",
        )
    single = case.of(0)  # of one row, sum and mean are the same
    _check_continuous(vae_loss, single)
    _check_categories(vae_loss, case)
    _check_divergence(vae_loss, single)
    _check_rest(vae_loss, single)
    _check_mean(vae_loss, case)
    _check_gradients(vae_loss, case)


def _case() -> Case:
    """Four rows; the first two have no code 0."""
    codes = tensor([[1, 2], [2, 3], [0, 1], [1, 0]])
    rows, cont = len(codes), randn(4, COLUMNS)
    error = tensor([[0.5, -2.0, 1.5], [1.0, 0.3, -0.7], [2.5, 0.1, 0.2], [-0.4, 3.0, 0.6]])
    logits = [2 * randn(rows, size) for size in SIZES]
    output = Reconstruction(cont + error, logits, randn(rows, LATENT), randn(rows, LATENT))
    return Case(output, cont, codes)


def _value(vae_loss: Callable[..., Any], case: Case, weight: float) -> float:
    """The answer's loss, refused unless it is one number."""
    output, rows = case.output, len(case.cont)
    logits = [each.clone() for each in output.logits]
    copied = Reconstruction(output.cont.clone(), logits, output.mu.clone(), output.logvar.clone())
    loss = vae_loss(copied, case.cont.clone(), case.codes.clone(), weight)
    require(
        not (isinstance(loss, Tensor) and loss.numel() > 1),
        f"For {rows} rows you return {described(loss)}; expected one number, their mean.",
    )
    return number(loss, "The loss")


def _near(found: float, expected: float | Tensor) -> bool:
    return abs(found - float(expected)) < 1e-4 * max(1.0, abs(float(expected)))


def _require(found: float, expected: Tensor, what: str, mistakes: dict[str, Tensor]) -> None:
    """Refuse another number than expected, with the mistake that makes it."""
    for mistake, wrong in mistakes.items():
        require(not _near(found, wrong), f"{what} {mistake}.")
    require(
        _near(found, expected),
        f"{what}: one row should have {float(expected):.4g} of the loss from there; in yours it is "
        f"{found:.4g}.",
    )


def _check_continuous(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse another error of the numbers: what the loss falls by when they are exact."""
    found = _value(vae_loss, case, 0) - _value(vae_loss, case.exact(), 0)
    error = case.output.cont - case.cont
    size = error.abs()
    smooth = (size - 0.5).where(size >= 1, size.square() / 2).sum()
    mistakes = {
        "do not matter: a perfect reconstruction of them has the same loss": zeros(()),
        "count by the mean over the columns; expected the sum": error.square().mean(),
        "count by half of the squared error": error.square().sum() / 2,
        "count by their absolute error; expected its square": size.sum(),
        "count by the root of the squared error": error.norm(),
        "count by a smooth L1 loss; expected the square, for large errors, too": smooth,
    }
    with rule("a"):
        _require(found, error.square().sum(), "The numbers", mistakes)


def _check_categories(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse another error of the categories: what the loss falls by when they are exact."""
    with rule("b"):
        for single in (case.of(0), case.of(2)):  # one without the code 0, and one with it
            logits, codes = single.output.logits, single.codes[0]
            sure = single.sure()
            found = _value(vae_loss, single, 0) - _value(vae_loss, sure, 0)
            expected, known = _surprise(logits, codes), codes > 0
            if not bool(known.all()):
                require(
                    found == found and not _near(found, expected[known].sum()),
                    "Code 0, which stands for what is unknown, does not count in your loss; it is "
                    "a code like any other.",
                )
            probabilities = [each.softmax(dim=1) for each in logits]
            twice = _surprise(probabilities, codes) - _surprise(
                [each.softmax(dim=1) for each in sure.output.logits], codes
            )
            mistakes = {
                "do not matter: the loss is the same with any logits": zeros(()),
                "count by the mean over the columns; expected the sum": expected.mean(),
                "go through `softmax` first, and `cross_entropy` has its own, so that it happens "
                "twice": twice.sum(),
                "count by squares, as if codes were quantities": _squares(probabilities, codes),
                "do not all count, the first column alone does": expected[0],
            }
            _require(found, expected.sum(), "The categories", mistakes)


def _surprise(logits: list[Tensor], codes: Tensor) -> Tensor:
    """The cross-entropy of each column of one row."""
    pairs = zip(logits, codes, strict=True)
    return -cat([Categorical(logits=each).log_prob(code) for each, code in pairs])


def _squares(probabilities: list[Tensor], codes: Tensor) -> Tensor:
    """The squared distances of one row's probabilities from 0 and 1."""
    pairs = zip(probabilities, codes, strict=True)
    return sum(
        ((each - one_hot(code, each.shape[1])).square().sum() for each, code in pairs), zeros(())
    )


def _check_divergence(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse another KL term: what the loss gains with its weight."""
    plain, weighted = (_value(vae_loss, case, weight) for weight in (0, WEIGHT))
    found = (weighted - plain) / WEIGHT
    mu, logvar = case.output.mu, case.output.logvar
    each = _divergence(mu, logvar)
    swapped = kl_divergence(Normal(0, 1), Normal(mu, (logvar / 2).exp()))
    mistakes = {
        "is the same with any `kld_weight`": zeros(()),
        "has the wrong sign: the loss falls as the divergence grows": -each.sum(),
        "is the mean over the latent dimensions; expected the sum": each.mean(),
        "lacks the factor 1/2": 2 * each.sum(),
        "takes `exp(logvar)` for the deviation; it is the variance": _divergence(
            mu, 2 * logvar
        ).sum(),
        "takes `exp(logvar / 2)`, the deviation, where the variance belongs": (
            mu.square() + (logvar / 2).exp() - 1 - logvar
        ).sum()
        / 2,
        "takes `logvar` itself for the deviation": (
            mu.square() + logvar.square() - 1 - logvar.square().log()
        ).sum()
        / 2,
        "is that of N(0, 1) from the sample's distribution; expected the other way round": (
            swapped.sum()
        ),
        "lacks `mu`": _divergence(zeros(()), logvar).sum(),
    }
    with rule("c"):
        _require(found, each.sum(), "The KL divergence", mistakes)


def _divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    return kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0, 1))


def _check_rest(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse what else is in the loss."""
    found = _value(vae_loss, case.exact().sure(), 0)
    with rule("a"):
        require(
            _near(found, 0),
            f"When numbers and categories are exact, and `kld_weight` is 0, {found:.3g} is left of "
            "your loss; a squared error of 0 should be 0.",
        )


def _check_mean(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse what is not the mean of the losses of single rows, which are right."""
    rows = len(case.cont)
    single = [_value(vae_loss, case.of(row), WEIGHT) for row in range(rows)]
    found, mean = _value(vae_loss, case, WEIGHT), sum(single) / rows
    with rule("d"):
        require(
            not _near(found, sum(single)),
            f"The loss of {rows} rows is the sum of theirs; expected the mean, so that a batch of "
            "twice the size has no steps of twice the size.",
        )
        require(
            _near(found, mean),
            f"The loss of {rows} rows is {found:.4g}, and the mean of their own is {mean:.4g}: is "
            "there a sum over the rows in one part, or a mean over something else?",
        )


def _check_gradients(vae_loss: Callable[..., Any], case: Case) -> None:
    """Refuse a loss that some part of the reconstruction learns nothing from."""
    parts = {
        "cont": [case.output.cont],
        "logits": case.output.logits,
        "mu": [case.output.mu],
        "logvar": [case.output.logvar],
    }
    for tensors in parts.values():
        for part in tensors:
            part.requires_grad_()
    loss = vae_loss(case.output, case.cont, case.codes, WEIGHT)
    with rule("e"):
        require(
            isinstance(loss, Tensor) and loss.requires_grad,
            f"You return {described(loss)} without a gradient: nothing can be trained with it.",
        )
        loss.backward()
        for name, tensors in parts.items():
            require(
                all(part.grad is not None and part.grad.any() for part in tensors),
                f"No gradient reaches `output.{name}`, so that it stays as bad as it is.",
            )
