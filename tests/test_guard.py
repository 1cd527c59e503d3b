"""The guard: no run trains to its end watching a metric that nobody logs; no other is stopped."""

import copy
import pickle
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import (
    Callback,
    EarlyStopping,
    LearningRateMonitor,
    ModelCheckpoint,
)
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from course_lib.models import MLP, LitClassifier, MonitorGuard


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loader(count: int = 8) -> DataLoader[Any]:
    """Four batches of two."""
    return DataLoader(TensorDataset(torch.randn(count, 1, 4, 4), torch.arange(count)), 2)


def model(kind: type[LitClassifier] = LitClassifier, **options: Any) -> LitClassifier:
    return kind(MLP(4, 3, image_size=4), **options)


def trainer(folder: Path, *callbacks: Callback, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
        **{
            "max_epochs": 3,
            "logger": False,
            "limit_train_batches": 1.0,
            "limit_val_batches": 1.0,
            "limit_test_batches": 1.0,
            **options,
        },
    )


def fit(run: pl.Trainer, module: LitClassifier | None = None, val: bool = True) -> pl.Trainer:
    run.fit(module or model(), loader(), loader() if val else None)
    return run


# --- faults, each as early as it can be known


@pytest.mark.parametrize(
    ("callback", "options", "val", "epochs", "reason"),
    [
        (lambda: ModelCheckpoint(monitor="test_loss"), {}, True, 0, "trainer.test alone"),
        (lambda: ModelCheckpoint(monitor="test_loss"), {}, False, 0, "trainer.test alone"),
        (lambda: ModelCheckpoint(monitor="val_loss"), {}, False, 0, "pass validation data"),
        (
            lambda: ModelCheckpoint(monitor="val_loss"),
            {"limit_val_batches": 0},
            True,
            0,
            "limit_val_batches=0",
        ),
        (
            lambda: ModelCheckpoint(monitor="val_loss"),
            {"check_val_every_n_epoch": 5},
            True,
            0,
            "check_val_every_n_epoch=5 is more than max_epochs=3",
        ),
        (
            lambda: ModelCheckpoint(monitor="val_los"),
            {"check_val_every_n_epoch": 2},
            True,
            1,
            "Did you mean 'val_loss'",
        ),
        (lambda: ModelCheckpoint(monitor="vall", every_n_epochs=5), {}, True, 0, "Did you mean"),
        (lambda: ModelCheckpoint(monitor="f1", every_n_train_steps=2), {}, True, 0, r"log\('f1'"),
        (
            lambda: ModelCheckpoint(monitor="f1", train_time_interval=timedelta(0)),
            {},
            True,
            0,
            r"log\('f1'",
        ),
        (lambda: EarlyStopping("val_los", strict=False), {}, True, 0, "'val_loss'"),
        (lambda: EarlyStopping("val_los"), {}, True, 0, "Did you mean 'val_loss'"),
        (lambda: EarlyStopping("val_loss"), {}, False, 0, "pass validation data"),
        (
            lambda: ModelCheckpoint(filename="{epoch}-{valloss:.2f}"),
            {},
            True,
            0,
            "Did you mean 'val_loss'",
        ),
        (
            lambda: ModelCheckpoint(monitor="val_loss"),
            {"max_steps": 2, "max_epochs": -1, "log_every_n_steps": 1},
            True,
            1,
            "ends before its first validation",
        ),
        (
            lambda: ModelCheckpoint(monitor="val_loss"),
            {"check_val_every_n_epoch": None, "val_check_interval": 100},
            True,
            0,
            "ends before",
        ),
    ],
)
def test_a_metric_that_is_not_logged_ends_the_run_as_soon_as_it_is_known(
    tmp_path: Path,
    callback: Callable[[], Callback],
    options: dict[str, Any],
    val: bool,
    epochs: int,
    reason: str,
) -> None:
    watching = callback()
    run = trainer(tmp_path, watching, **options)
    with pytest.raises(MisconfigurationException, match=reason) as caught:
        fit(run, val=val)
    assert run.current_epoch == epochs
    assert str(caught.value).startswith(f"{type(watching).__name__} has ")
    assert "this run has logged only 'train_loss'" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert list(tmp_path.rglob("*.ckpt")) == []


def test_every_checkpoint_callback_is_looked_at(tmp_path: Path) -> None:
    good, bad = ModelCheckpoint(monitor="val_loss"), ModelCheckpoint(monitor="val_acc", mode="max")
    fit(trainer(tmp_path / "good", good, bad))
    bad = ModelCheckpoint(monitor="val_f1")
    with pytest.raises(MisconfigurationException, match="val_f1"):
        fit(trainer(tmp_path / "bad", good, bad))


def test_a_run_that_logs_nothing_is_told_so(tmp_path: Path) -> None:
    class Silent(LitClassifier):
        def log(self, *args: Any, **options: Any) -> None:
            pass

    with pytest.raises(MisconfigurationException, match="this run has logged nothing"):
        fit(trainer(tmp_path, ModelCheckpoint(monitor="val_loss")), model(Silent))


def test_with_several_loaders_the_name_with_its_suffix_is_offered(tmp_path: Path) -> None:
    run = trainer(tmp_path, ModelCheckpoint(monitor="val_acc", mode="max"))

    class Two(LitClassifier):
        def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> Tensor:
            return super().validation_step(batch, batch_idx)

    with pytest.raises(MisconfigurationException, match="mean 'val_acc/dataloader_idx_0'"):
        run.fit(model(Two), loader(), [loader(), loader()])


def test_a_guard_of_ones_own_guards_any_model(tmp_path: Path) -> None:
    class Plain(LitClassifier):
        def configure_callbacks(self) -> list[Callback]:
            return []

    checkpoint = ModelCheckpoint(monitor="test_loss")
    fit(trainer(tmp_path / "without", checkpoint, limit_val_batches=0), model(Plain))
    assert not list(tmp_path.rglob("*.ckpt"))  # what the guard is for
    with pytest.raises(MisconfigurationException, match=r"trainer\.test alone"):
        fit(trainer(tmp_path / "with", MonitorGuard(), checkpoint), model(Plain))


# --- legitimate runs


class LogsLate(LitClassifier):
    """Metrics at all the places where a module may log one."""

    def on_train_epoch_end(self) -> None:
        self.log("at_train_end", 1.0)

    def on_validation_epoch_end(self) -> None:
        self.log("at_val_end", 1.0)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = super().training_step(batch, batch_idx)
        self.log("mean_loss", loss, on_step=False, on_epoch=True)
        return loss


class CallbackLogs(Callback):
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        pl_module.log("by_callback", 1.0)


@pytest.mark.parametrize("metric", ["at_train_end", "at_val_end", "mean_loss", "by_callback"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"check_val_every_n_epoch": 2},
        {"val_check_interval": 0.5},
        {"check_val_every_n_epoch": None, "val_check_interval": 5},
        {"fast_dev_run": True},
        {"max_steps": 6, "max_epochs": -1},
    ],
    ids=str,
)
def test_a_metric_is_waited_for_wherever_it_is_logged(
    tmp_path: Path, metric: str, options: dict[str, Any]
) -> None:
    checkpoint = ModelCheckpoint(monitor=metric, save_on_train_epoch_end=True)
    # behind the callback that watches, as somebody might write it
    run = fit(
        trainer(
            tmp_path,
            EarlyStopping(metric, strict=False, patience=9, check_on_train_epoch_end=True),
            checkpoint,
            CallbackLogs(),
            **options,
        ),
        model(LogsLate),
    )
    assert run.global_step == {True: 1}.get(
        options.get("fast_dev_run"), options.get("max_steps", 12)
    )


def test_a_metric_of_the_second_epochs_validation_is_waited_for(tmp_path: Path) -> None:
    run = fit(trainer(tmp_path, ModelCheckpoint(monitor="val_loss"), check_val_every_n_epoch=3))
    assert run.checkpoint_callback.best_model_path.endswith("epoch=2-step=12.ckpt")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "callback",
    [
        lambda: ModelCheckpoint(filename="{epoch:02d}-{step}-{val_loss:.2f}", monitor="val_loss"),
        lambda: ModelCheckpoint(filename="plain"),
        lambda: ModelCheckpoint(save_last=True),
        lambda: EarlyStopping("train_loss"),
    ],
)
def test_what_is_logged_may_be_watched(tmp_path: Path, callback: Callable[[], Callback]) -> None:
    fit(trainer(tmp_path, callback()))
    assert list(tmp_path.rglob("*.ckpt"))


def test_learning_rates_may_be_watched(tmp_path: Path) -> None:
    callbacks = LearningRateMonitor("epoch"), ModelCheckpoint(monitor="lr-Adam", mode="max")
    fit(trainer(tmp_path, *callbacks, logger=True))
    assert list(tmp_path.rglob("*.ckpt"))


def test_validate_test_and_predict_are_left_alone(tmp_path: Path) -> None:
    run, module = trainer(tmp_path, ModelCheckpoint(monitor="val_f1")), model()
    run.validate(module, loader(), verbose=False)
    run.test(module, loader(), verbose=False)
    run.predict(module, loader())
    with pytest.raises(MisconfigurationException):
        fit(run, module)
    run.validate(module, loader(), verbose=False)  # also after a fit that was stopped


def test_validation_outside_of_training_proves_nothing(tmp_path: Path) -> None:
    """Neither trainer.validate nor a sanity check logs train_loss."""

    class Plain(LitClassifier):
        def configure_callbacks(self) -> list[Callback]:
            return []

    guard, module = MonitorGuard(), model(Plain)
    with pytest.raises(MisconfigurationException):
        fit(trainer(tmp_path, guard, ModelCheckpoint(monitor="f1")), module)
    checkpoint = ModelCheckpoint(monitor="train_loss")
    run = trainer(tmp_path, guard, checkpoint, check_val_every_n_epoch=2, num_sanity_val_steps=2)
    run.validate(module, loader(), verbose=False)
    fit(run, module)
    assert checkpoint.best_model_path


@pytest.mark.parametrize("at_train_end", [True, False])
@pytest.mark.parametrize("metric", ["train_loss", "val_loss"])
def test_a_resumed_run_goes_on(tmp_path: Path, at_train_end: bool, metric: str) -> None:
    """One from a validation's end closes that epoch without a step, and without a metric."""
    options = dict(filename="{epoch}", save_top_k=-1, save_on_train_epoch_end=at_train_end)
    fit(trainer(tmp_path, ModelCheckpoint(tmp_path, **options), max_epochs=2))
    checkpoint = ModelCheckpoint(tmp_path / "more", monitor=metric, **options)
    run = trainer(tmp_path, checkpoint, max_epochs=3)
    run.fit(model(), loader(), loader(), ckpt_path=tmp_path / "epoch=0.ckpt")
    assert run.current_epoch == 3
    run = trainer(tmp_path, ModelCheckpoint(tmp_path / "f1", monitor="f1"), max_epochs=3)
    with pytest.raises(MisconfigurationException, match="f1"):
        run.fit(model(), loader(), loader(), ckpt_path=tmp_path / "epoch=0.ckpt")
    assert run.current_epoch == 1


def test_a_second_fit_is_guarded_anew(tmp_path: Path) -> None:
    run, module = trainer(tmp_path, MonitorGuard(), ModelCheckpoint(monitor="val_loss")), model()
    fit(run, module)
    run.fit_loop.max_epochs = 4
    fit(run, module)
    run.test(module, loader(), verbose=False)
    assert [type(callback) for callback in run.callbacks].count(MonitorGuard) == 1
    run.callbacks.append(ModelCheckpoint(monitor="val_f1"))
    run.fit_loop.max_epochs = 5
    with pytest.raises(MisconfigurationException, match="val_f1"):
        fit(run, module)


def test_checkpoints_come_last_as_lightning_has_them(tmp_path: Path) -> None:
    run = fit(trainer(tmp_path, EarlyStopping("val_loss"), ModelCheckpoint(), max_epochs=1))
    kinds = [type(callback) for callback in run.callbacks]
    assert kinds[-3:] == [MonitorGuard, EarlyStopping, ModelCheckpoint]


def test_the_guard_leaves_nothing_in_a_checkpoint_and_can_be_copied(tmp_path: Path) -> None:
    run = fit(trainer(tmp_path, ModelCheckpoint(monitor="val_loss"), max_epochs=1))
    path = run.checkpoint_callback.best_model_path  # type: ignore[union-attr]
    assert not [key for key in torch.load(path, weights_only=True)["callbacks"] if "Guard" in key]
    assert LitClassifier.load_from_checkpoint(path, weights_only=True)
    assert isinstance(pickle.loads(pickle.dumps(copy.deepcopy(MonitorGuard()))), MonitorGuard)
