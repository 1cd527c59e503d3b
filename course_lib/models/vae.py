"""A variational autoencoder for rows of a table: what it cannot rebuild is unusual."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from course_lib.data.table_encoder import TableEncoder
from course_lib.models.guard import MonitorGuard
from course_lib.models.metrics import MeanLoss

Batch = tuple[Tensor, ...]
LOSSES = ("loss", "recon", "kld")


class Reconstruction(NamedTuple):
    """What comes back of a batch.

    `cont` float `[B, window · C]`; `logits`, for each categorical column, `[B, n_k]`; `mu` and
    `logvar` of the latent distribution, `[B, latent_dim]`.
    """

    cont: Tensor
    logits: list[Tensor]
    mu: Tensor
    logvar: Tensor


class Layer(nn.Sequential):
    """Linear, batch normalisation if asked for, LeakyReLU: `[B, in_dim]` to `[B, out_dim]`."""

    def __init__(self, in_dim: int, out_dim: int, batch_norm: bool = True) -> None:
        norm = [nn.BatchNorm1d(out_dim)] if batch_norm else []
        super().__init__(nn.Linear(in_dim, out_dim), *norm, nn.LeakyReLU(0.1))


class Encoder(nn.Module):
    """From values and category codes to the mean and log variance of a latent distribution.

    Args:
        continuous: how many values there are in a sample.
        cardinalities: how many codes each categorical column has.
        embedding_dim: numbers that stand for a category. The unknown, code 0, has zeros: it is
            never there in training, so that anything else would be noise.
        layer_sizes: widths of the hidden layers.
        latent_dim: of the distribution.
        batch_norm: whether the layers have one.
    """

    def __init__(
        self,
        continuous: int,
        cardinalities: Sequence[int],
        embedding_dim: int,
        layer_sizes: Sequence[int],
        latent_dim: int,
        batch_norm: bool = True,
    ) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(
            nn.Embedding(count, embedding_dim, padding_idx=0) for count in cardinalities
        )
        widths = [continuous + embedding_dim * len(cardinalities), *layer_sizes]
        self.layers = _stack(widths, batch_norm)
        self.mu = nn.Linear(widths[-1], latent_dim)
        self.logvar = nn.Linear(widths[-1], latent_dim)

    def forward(self, cont: Tensor, cat: Tensor) -> tuple[Tensor, Tensor]:
        """Map float `[B, window · C]` and int64 `[B, K]` to two `[B, latent_dim]`."""
        embedded = [embed(codes) for embed, codes in zip(self.embeddings, cat.T, strict=True)]
        hidden = self.layers(torch.cat([cont, *embedded], dim=1))
        return self.mu(hidden), self.logvar(hidden)


class Decoder(nn.Module):
    """From a latent vector back to values, and to logits for each categorical column.

    Args:
        latent_dim: of the vector.
        layer_sizes: widths of the hidden layers, in the order they are passed.
        continuous, cardinalities, batch_norm: as in `Encoder`.
    """

    def __init__(
        self,
        latent_dim: int,
        layer_sizes: Sequence[int],
        continuous: int,
        cardinalities: Sequence[int],
        batch_norm: bool = True,
    ) -> None:
        super().__init__()
        widths = [latent_dim, *layer_sizes]
        self.layers = _stack(widths, batch_norm)
        self.sizes = [continuous, *cardinalities]
        self.output = nn.Linear(widths[-1], sum(self.sizes))

    def forward(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map `[B, latent_dim]` to values `[B, window · C]` and logits, `[B, n_k]` each."""
        cont, *logits = self.output(self.layers(z)).split(self.sizes, dim=1)
        return cont, logits


class LitVAE(pl.LightningModule):
    """A variational autoencoder whose reconstruction error is an anomaly score.

    It is to rebuild the *inputs*: values by squared error, categories by cross-entropy with the
    codes. A target of its own making, such as the embeddings, it could simply let go to zero.

    A batch is `(continuous, categories, …)`, as `TabularDataset` makes it. Hyperparameters are
    plain values, the encoder's among them, so that a checkpoint is all that new rows need:
    `LitVAE.load_from_checkpoint(path, weights_only=True)`, then
    `TableEncoder(**model.hparams["table"])`.

    Logs `train_loss`, `train_recon` and `train_kld` where a logger would write them and at an
    epoch's last step; the same names with `val_` and `test_` per epoch.

    Args:
        table: `TableEncoder.to_dict()`: which columns there are, and how they are encoded.
        window: rows in a sample, as in `TabularDataset`.
        embedding_dim: numbers that stand for a category.
        latent_dim: numbers that a sample has to pass through.
        layer_sizes: widths of the encoder's hidden layers; the decoder has them in reverse.
        batch_norm: whether they have one.
        kld_weight: of the mean Kullback-Leibler divergence from a standard normal distribution.
        lr, weight_decay: of AdamW.
        restart_epochs: epochs until the learning rate restarts; None for one cycle in all.
        restart_factor: how much longer each cycle is than the one before.

    Raises:
        ValueError: an argument has no meaning; says which, and what was expected.
    """

    def __init__(
        self,
        table: dict[str, Any],
        window: int = 1,
        embedding_dim: int = 4,
        latent_dim: int = 6,
        layer_sizes: Sequence[int] = (128, 64),
        batch_norm: bool = True,
        kld_weight: float = 0.4,
        lr: float = 1e-2,
        weight_decay: float = 1e-5,
        restart_epochs: int | None = None,
        restart_factor: int = 1,
    ) -> None:
        super().__init__()
        layer_sizes = list(layer_sizes)  # plain, for checkpoints
        sizes = {"window": window, "embedding_dim": embedding_dim, "latent_dim": latent_dim}
        sizes |= {"layer_sizes": min(layer_sizes, default=0), "restart_factor": restart_factor}
        sizes |= {} if restart_epochs is None else {"restart_epochs": restart_epochs}
        for name, size in sizes.items():
            if not isinstance(size, int) or size < 1:
                given = layer_sizes if name == "layer_sizes" else size
                raise ValueError(f"{name} is {given!r}; expected whole numbers of at least 1.")
        encoder = TableEncoder(**table)
        self.save_hyperparameters()
        continuous = window * len(encoder.continuous)
        cards = encoder.cardinalities
        self.encoder = Encoder(
            continuous, cards, embedding_dim, layer_sizes, latent_dim, batch_norm
        )
        self.decoder = Decoder(latent_dim, layer_sizes[::-1], continuous, cards, batch_norm)
        self.means = nn.ModuleDict(
            {f"{stage}_{name}": MeanLoss() for stage in ("val", "test") for name in LOSSES}
        )

    def forward(self, cont: Tensor, cat: Tensor) -> Reconstruction:
        """Rebuild float `[B, window · C]` and int64 `[B, K]`."""
        mu, logvar = self.encoder(cont, cat)
        rebuilt, logits = self.decoder(self.reparameterize(mu, logvar))
        return Reconstruction(rebuilt, logits, mu, logvar)

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """Sample from the latent distribution in training; take its mean in evaluation."""
        if not self.training:
            return mu
        return mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)

    def score(self, cont: Tensor, cat: Tensor) -> Tensor:
        """Reconstruction error of each sample, `[B]`: the higher, the less usual."""
        return reconstruction_error(self(cont, cat), cont, cat)

    def configure_callbacks(self) -> list[pl.Callback]:
        """Bring a guard along: a run that watches a metric that is not logged ends early."""
        return [MonitorGuard()]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the mean loss of a batch."""
        losses = self._losses(batch)
        every = max(1, self.trainer.log_every_n_steps)  # type: ignore[attr-defined]
        if (self.global_step + 1) % every == 0 or self.trainer.is_last_batch:
            self.log_dict({f"train_{name}": x for name, x in losses.items()}, sync_dist=True)
        return losses["loss"]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log `val_loss`, `val_recon` and `val_kld`."""
        self._evaluate(batch, "val")

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Log `test_loss`, `test_recon` and `test_kld`."""
        self._evaluate(batch, "test")

    def predict_step(self, batch: Batch, batch_idx: int = 0) -> Tensor:
        """Return the score of each sample, `[B]`."""
        return self.score(batch[0], batch[1])

    def configure_optimizers(self) -> Any:
        """AdamW, with a learning rate that falls in cosine cycles, stepped once an epoch."""
        hparams = self.hparams
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=hparams["lr"], weight_decay=hparams["weight_decay"]
        )
        epochs, factor = self.trainer.max_epochs, hparams["restart_factor"]
        first = hparams["restart_epochs"] or max(1, epochs or 1)
        if not _ends_with_a_cycle(epochs, first, factor):
            warnings.warn(
                f"{epochs} epochs end in the middle of a cycle of the learning rate: cycles end "
                f"after {first}, {first + first * factor}, … epochs.",
                stacklevel=2,
            )
        scheduler = CosineAnnealingWarmRestarts(optimizer, first, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler}}

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        cont, cat = batch[:2]
        result = self(cont, cat)
        recon = reconstruction_error(result, cont, cat).mean()
        kld = divergence(result.mu, result.logvar).mean()
        return {"loss": recon + self.hparams["kld_weight"] * kld, "recon": recon, "kld": kld}

    def _evaluate(self, batch: Batch, stage: str) -> None:
        for name, loss in self._losses(batch).items():
            mean = cast(MeanLoss, self.means[f"{stage}_{name}"])
            mean.update(loss, len(batch[0]))
            # The object, so that it is the mean over the epoch, and over all devices.
            self.log(f"{stage}_{name}", mean, prog_bar=name == "loss")


def reconstruction_error(result: Reconstruction, cont: Tensor, cat: Tensor) -> Tensor:
    """Mean squared error of the values plus mean cross-entropy of the categories, `[B]`."""
    error = cont.new_zeros(len(cont))
    if cont.shape[1]:
        error = error + (result.cont - cont).square().mean(dim=1)
    for logits, codes in zip(result.logits, cat.T, strict=True):
        error = error + F.cross_entropy(logits, codes, reduction="none") / len(result.logits)
    return error


def divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """Kullback-Leibler divergence from a standard normal, mean over the latent numbers, `[B]`."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean(dim=1)


def _stack(widths: Sequence[int], batch_norm: bool) -> nn.Sequential:
    return nn.Sequential(*[Layer(*pair, batch_norm) for pair in pairwise(widths)])


def _ends_with_a_cycle(epochs: int | None, first: int, factor: int) -> bool:
    if epochs is None or epochs < 1:  # nobody knows when it ends
        return True
    end, length = 0, first
    while end < epochs:
        end, length = end + length, length * factor
    return end == epochs
