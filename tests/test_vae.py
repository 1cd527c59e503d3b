"""LitVAE: it rebuilds its inputs, scores what it cannot, and a checkpoint is all it needs."""

import math
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from course_lib.callbacks import RandomState
from course_lib.data import TableEncoder, TabularDataModule, TabularDataset
from course_lib.data.series import write_series
from course_lib.models import LitVAE, row_scores
from course_lib.models.vae import Decoder, Encoder, Layer, divergence, reconstruction_error

TABLE = {"continuous": {"x": [0.0, 1.0], "y": [5.0, 2.0]}, "categorical": {"c": [1, 2], "d": ["a"]}}
TINY: dict[str, Any] = dict(embedding_dim=2, latent_dim=3, layer_sizes=(8,))
WINDOW = 6


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Lightning recommends more workers, and more than ten batches an epoch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("series")
    return write_series(folder, train_days=20, test_days=14, anomalies=1)


def data_of(folder: Path, **options: Any) -> TabularDataModule:
    options = {"window": WINDOW, "batch_size": 64, **options}
    return TabularDataModule(folder, ["value"], ["t", "day_of_week"], "target", **options)


def batch(count: int = 7, window: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    cont = torch.randn(count, 2 * window, generator=generator)
    return cont, torch.randint(0, 2, (count, 2), generator=generator)


def trainer(folder: Path, *callbacks: pl.Callback, **options: Any) -> pl.Trainer:
    defaults: dict[str, Any] = dict(max_epochs=1, logger=False, enable_checkpointing=False)
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
        **{**defaults, **options},
    )


# --- shapes


@pytest.mark.parametrize("window", [1, 4])
def test_a_reconstruction_has_the_shape_of_its_input(window: int) -> None:
    cont, cat = batch(window=window)
    result = LitVAE(TABLE, window, **TINY)(cont, cat)
    assert result.cont.shape == cont.shape
    assert [logits.shape for logits in result.logits] == [(7, 3), (7, 2)]
    assert result.mu.shape == result.logvar.shape == (7, 3)


@pytest.mark.parametrize("kind", ["continuous", "categorical"])
def test_columns_may_be_of_one_kind_alone(kind: str) -> None:
    cont, cat = batch()
    if kind == "continuous":
        cat = cat[:, :0]
    else:
        cont = cont[:, :0]
    model = LitVAE({"continuous": {}, "categorical": {}, kind: TABLE[kind]}, **TINY)
    scores = model.score(cont, cat)
    assert scores.shape == (7,)
    assert scores.isfinite().all()


def test_decoder_mirrors_the_encoder_and_batch_norm_can_be_left_out() -> None:
    assert [type(part).__name__ for part in Layer(2, 3)] == ["Linear", "BatchNorm1d", "LeakyReLU"]
    assert [type(part).__name__ for part in Layer(2, 3, False)] == ["Linear", "LeakyReLU"]
    model = LitVAE(TABLE, layer_sizes=(16, 8), latent_dim=3, batch_norm=False)
    widths = [
        [layer[0].out_features for layer in part.layers]  # type: ignore[index, union-attr]
        for part in (model.encoder, model.decoder)
    ]
    assert widths == [[16, 8], [8, 16]]
    assert isinstance(model.encoder, Encoder)
    assert isinstance(model.decoder, Decoder)
    assert not [part for part in model.modules() if isinstance(part, torch.nn.BatchNorm1d)]


# --- the loss


def test_noise_is_drawn_in_training_alone() -> None:
    model = LitVAE(TABLE, **TINY)
    mu, logvar = torch.full((20_000, 3), 2.0), torch.full((20_000, 3), math.log(0.25))
    torch.manual_seed(0)
    z = model.train().reparameterize(mu, logvar)
    assert z.mean().item() == pytest.approx(2.0, abs=0.01)
    assert z.std().item() == pytest.approx(0.5, abs=0.01)  # exp(logvar / 2)
    assert not torch.equal(z, model.reparameterize(mu, logvar))
    assert torch.equal(model.eval().reparameterize(mu, logvar), mu)


def test_divergence_is_the_one_from_a_standard_normal() -> None:
    torch.manual_seed(0)
    mu, logvar = torch.randn(5, 3), torch.randn(5, 3)
    expected = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).mean(dim=1)
    assert torch.allclose(divergence(mu, logvar), expected, atol=1e-6)


def test_the_error_is_that_of_the_inputs_by_value_and_by_code() -> None:
    cont, cat = batch()
    model = LitVAE(TABLE, **TINY).eval()
    result = model(cont, cat)
    first, second = (
        F.cross_entropy(logits, codes, reduction="none")
        for logits, codes in zip(result.logits, cat.T, strict=True)
    )
    expected = (result.cont - cont).square().mean(1) + (first + second) / 2
    assert torch.allclose(reconstruction_error(result, cont, cat), expected)
    assert torch.allclose(model.score(cont, cat), expected)


def test_the_loss_has_the_weight_that_was_given(folder: Path) -> None:
    for weight in (0.0, 0.7):
        model = LitVAE(TABLE, kld_weight=weight, **TINY).eval()
        model.trainer = trainer(folder)
        cont, cat = batch()
        result = model(cont, cat)
        recon = reconstruction_error(result, cont, cat).mean()
        expected = recon + weight * divergence(result.mu, result.logvar).mean()
        assert torch.allclose(model._losses((cont, cat))["loss"], expected)


@pytest.fixture(scope="module")
def taught(folder: Path) -> tuple[LitVAE, Tensor, Tensor]:
    """A model that has learnt some rows by heart, and these rows."""
    data = data_of(folder, window=1)
    data.setup()
    cont, cat, _ = data.train_set.__getitems__(list(range(300))).tensors
    pl.seed_everything(0, verbose=False)
    model = LitVAE(data.table)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        reconstruction_error(model(cont, cat), cont, cat).mean().backward()
        optimizer.step()
    return model.eval(), cont, cat


def test_embeddings_do_not_collapse_and_categories_can_be_read_back(taught: Any) -> None:
    """As targets of their own they would all become the same."""
    model, cont, cat = taught
    weight = model.encoder.embeddings[0].weight[1:]
    assert (weight - weight.mean(0)).square().mean().sqrt() > 0.6
    assert (model(cont, cat).logits[0].argmax(1) == cat[:, 0]).float().mean() > 0.8


def test_a_category_that_training_has_not_seen_stands_out(taught: Any) -> None:
    model, cont, cat = taught
    strange = cat.clone()
    strange[:, 1] = 0
    assert (model.score(cont, strange) > model.score(cont, cat) + 0.5).float().mean() > 0.95
    assert not model.encoder.embeddings[1].weight[0].any()  # stands for nothing


# --- with a Trainer


@pytest.fixture(scope="module")
def fitted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[LitVAE, Path, Any]:
    """A model, its checkpoint and what was logged."""
    home = tmp_path_factory.mktemp("run")
    pl.seed_everything(0, verbose=False)
    data = data_of(folder)
    model = LitVAE(data.table, data.window, **TINY)
    keeper = ModelCheckpoint(home, monitor="val_loss", filename="best")
    run = trainer(home, keeper, max_epochs=3, enable_checkpointing=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.fit(model, data)
    return model, home / "best.ckpt", dict(run.callback_metrics)


def test_every_name_that_is_promised_is_logged(fitted: Any, folder: Path) -> None:
    model, _, metrics = fitted
    names = [f"{stage}_{name}" for stage in ("train", "val") for name in ("loss", "recon", "kld")]
    assert set(names) <= set(metrics)
    (tested,) = trainer(folder).test(model, data_of(folder), verbose=False)
    assert set(tested) == {"test_loss", "test_recon", "test_kld"}


def test_losses_are_means_over_samples_in_unequal_batches(fitted: Any, folder: Path) -> None:
    model = fitted[0].eval()
    data = data_of(folder, eval_batch_size=100)
    run = trainer(folder, limit_test_batches=1.0)
    (found,) = run.test(model, data, verbose=False)
    part = data.test_set
    cont, cat, _ = part.__getitems__(list(range(len(part)))).tensors
    with torch.no_grad():
        result = model(cont, cat)
    assert len(part) % 100
    assert found["test_recon"] == pytest.approx(model.score(cont, cat).mean().item(), rel=1e-5)
    expected = divergence(result.mu, result.logvar).mean().item()
    assert found["test_kld"] == pytest.approx(expected, rel=1e-5)


def test_predictions_are_scores_in_order_whatever_the_batch(fitted: Any, folder: Path) -> None:
    model, found = fitted[0], []
    for size in (50, 331):
        data = data_of(folder, eval_batch_size=size)
        run = trainer(folder, limit_predict_batches=1.0)
        found.append(torch.cat(run.predict(model, data)))  # type: ignore[arg-type]
        assert len(found[-1]) == len(data.test_set) == 14 * 24 - WINDOW + 1
    assert torch.allclose(*found, rtol=1e-4, atol=1e-6)


def test_a_metric_that_fit_does_not_log_ends_the_run_early(folder: Path, tmp_path: Path) -> None:
    data = data_of(folder)
    keeper = ModelCheckpoint(tmp_path, monitor="test_loss")
    with pytest.raises(Exception, match=r"Test metrics are logged by trainer\.test alone"):
        trainer(tmp_path, keeper, enable_checkpointing=True).fit(LitVAE(data.table, WINDOW), data)


# --- checkpoints


def plain(value: object) -> bool:
    if type(value) is dict:
        return all(type(key) is str and plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(plain, value))
    return type(value) in (str, int, float, bool, type(None))


def test_a_checkpoint_is_all_that_new_rows_need(fitted: Any, folder: Path) -> None:
    path = fitted[1]
    hparams = torch.load(path, weights_only=True)["hyper_parameters"]
    assert plain(dict(hparams))
    model = LitVAE.load_from_checkpoint(path, weights_only=True)
    model.freeze()
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    rows = pd.read_csv(folder / "test.csv")[30 : 30 + WINDOW]
    encoder = TableEncoder(**model.hparams["table"])
    cont, cat = encoder.transform(rows)
    score = model.score(cont.view(1, -1), cat[-1:])
    part = TabularDataset("test", folder, ["value"], ["t", "day_of_week"], None, WINDOW, encoder)
    expected = model.score(*(tensor[None] for tensor in part[30][:2]))
    assert torch.equal(score, expected)
    assert torch.equal(score, model.score(cont.view(1, -1), cat[-1:]))  # without noise


def test_an_unseen_category_is_scored(fitted: Any, folder: Path) -> None:
    model = LitVAE.load_from_checkpoint(fitted[1], weights_only=True).eval()
    rows = pd.read_csv(folder / "test.csv")[:WINDOW]
    encoder = TableEncoder(**model.hparams["table"])
    cont, cat = encoder.transform(rows.assign(day_of_week=9), unknown="encode")
    assert cat[:, 1].tolist() == [0] * WINDOW
    assert model.score(cont.view(1, -1), cat[-1:]).isfinite().all()


# --- learning rates


def rates(folder: Path, epochs: int, **options: Any) -> list[float]:
    """The learning rate of each epoch."""
    seen: list[float] = []

    class Watch(pl.Callback):
        def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
            seen.append(trainer.optimizers[0].param_groups[0]["lr"])

    data = data_of(folder)
    model = LitVAE(data.table, WINDOW, lr=0.1, **TINY, **options)
    run = trainer(folder, Watch(), max_epochs=epochs, limit_train_batches=1, limit_val_batches=0)
    run.fit(model, data)
    assert type(run.optimizers[0]) is torch.optim.AdamW
    return seen


def test_the_learning_rate_restarts_and_training_ends_with_a_cycle(folder: Path) -> None:
    assert rates(folder, 4) == pytest.approx([0.1, 0.0854, 0.05, 0.0146], abs=1e-3)
    assert rates(folder, 4, restart_epochs=2) == pytest.approx([0.1, 0.05] * 2)
    seen = rates(folder, 6, restart_epochs=2, restart_factor=2)
    assert seen == pytest.approx([0.1, 0.05, 0.1, 0.0854, 0.05, 0.0146], abs=1e-3)


@pytest.mark.parametrize(
    ("epochs", "options", "warns"),
    [
        (6, {"restart_epochs": 2}, False),
        (6, {"restart_epochs": 2, "restart_factor": 2}, False),
        (5, {"restart_epochs": 2}, True),
        (4, {"restart_epochs": 2, "restart_factor": 2}, True),
        (5, {}, False),
    ],
)
def test_a_training_that_ends_within_a_cycle_is_told(
    folder: Path, epochs: int, options: dict[str, int], warns: bool
) -> None:
    model = LitVAE(TABLE, **TINY, **options)
    model.trainer = trainer(folder, max_epochs=epochs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.configure_optimizers()
    assert any("middle of a cycle" in str(warning.message) for warning in caught) == warns


# --- arguments


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("window", 0),
        ("embedding_dim", 0),
        ("latent_dim", -1),
        ("latent_dim", 2.5),
        ("layer_sizes", []),
        ("layer_sizes", [8, 0]),
        ("restart_epochs", 0),
        ("restart_factor", 0),
    ],
)
def test_an_argument_without_meaning_is_named(argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{argument} is .*expected whole numbers of at least 1"):
        LitVAE(TABLE, **{argument: value})


# --- scores of rows


@pytest.mark.parametrize("split", ["test", "both"])
def test_a_rows_score_is_the_median_over_its_windows(fitted: Any, folder: Path, split: str) -> None:
    model = fitted[0].train()
    part = TabularDataset(split, folder, ["value"], ["t", "day_of_week"], None, WINDOW)
    scores = row_scores(model, part, batch_size=37)
    assert scores.shape == part.target.shape
    assert model.training  # as it was
    assert torch.allclose(scores, row_scores(model, part), atol=1e-6)
    model.eval()
    row = len(part.cont) - 14 * 24 + 2  # the third of the last file: in three windows
    first = len(part) - (14 * 24 - WINDOW + 1)
    errors = []
    for place in (2, 1, 0):
        cont, cat, _ = part[first + 2 - place]
        with torch.no_grad():
            rebuilt = model(cont[None], cat[None]).cont[0]
        assert cont[place] == part.cont[row, 0]
        errors.append((rebuilt - cont)[place].square().item())
    assert scores[row].item() == pytest.approx(sorted(errors)[1], rel=1e-4)


def test_rows_without_values_have_no_score(folder: Path) -> None:
    part = TabularDataset("test", folder, [], ["t"])
    with pytest.raises(ValueError, match=r"use model\.score"):
        row_scores(LitVAE(part.encoder.to_dict()), part)


# --- resuming


def test_a_training_resumed_within_an_epoch_ends_with_the_very_same_weights(
    folder: Path, tmp_path: Path
) -> None:
    def run(ckpt_path: Path | None = None) -> Tensor:
        pl.seed_everything(1, verbose=False)
        torch.rand(0 if ckpt_path is None else 7)  # whatever the process did before
        data = data_of(folder)
        model = LitVAE(data.table, WINDOW, **TINY)
        keeper = ModelCheckpoint(tmp_path, filename="{step}", every_n_train_steps=5, save_top_k=-1)
        callbacks = (keeper, RandomState())
        whole = trainer(tmp_path, *callbacks, max_epochs=2, enable_checkpointing=True)
        whole.fit(model, data, ckpt_path=ckpt_path, weights_only=True)
        return torch.cat([value.float().flatten() for value in model.state_dict().values()])

    uninterrupted = run()
    assert {path.name for path in tmp_path.glob("*.ckpt")} == {"step=5.ckpt", "step=10.ckpt"}
    assert torch.equal(run(tmp_path / "step=5.ckpt"), uninterrupted)
