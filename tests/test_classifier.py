"""LitClassifier: checkpoints of plain values, any optimizer by name, metrics that are right."""

import os
import warnings
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib.models import CNN, MLP, LitClassifier
from course_lib.models.classifier import build_network

TINY = {"class_path": "course_lib.models.MLP", "init_args": {"fc1": 4, "fc2": 3, "image_size": 4}}


def loader(count: int = 22, batch_size: int = 8) -> DataLoader[Any]:
    """Random images in batches of which the last is smaller: 8, 8, 6."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(count, 1, 4, 4, generator=generator)
    labels = torch.randint(10, (count,), generator=generator)
    return DataLoader(TensorDataset(images, labels), batch_size)


def trainer(tmp_path: Path, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        default_root_dir=tmp_path,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_train_batches=1.0,
        limit_val_batches=1.0,
        limit_test_batches=1.0,
        **{"max_epochs": 1, "enable_checkpointing": False, **options},
    )


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Lightning recommends more workers, and more than ten batches an epoch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def fitted(tmp_path: Path, model: LitClassifier) -> pl.Trainer:
    run = trainer(tmp_path, enable_checkpointing=True)
    run.fit(model, loader(), loader())
    return run


def path_of_checkpoint(tmp_path: Path, model: LitClassifier) -> Path:
    run = fitted(tmp_path, model)
    return Path(run.checkpoint_callback.best_model_path)  # type: ignore[union-attr]


# --- checkpoints


@pytest.mark.parametrize(
    "network",
    [MLP(4, 3, image_size=4), CNN(2, 3, image_size=4), TINY],
    ids=["MLP", "CNN", "description"],
)
def test_a_trainers_checkpoint_loads_with_weights_only(tmp_path: Path, network: Any) -> None:
    model = LitClassifier(
        network,
        "SGD",
        lr=0.1,
        scheduler="StepLR",
        optimizer_options={"momentum": 0.9},
        scheduler_options={"step_size": 1},
    )
    path = path_of_checkpoint(tmp_path, model)
    again = LitClassifier.load_from_checkpoint(path, weights_only=True)
    images = torch.randn(5, 1, 4, 4)
    assert torch.equal(again.eval()(images), model.eval()(images))
    assert dict(again.hparams) == dict(model.hparams)


def plain(value: object) -> bool:
    if type(value) is dict:
        return all(type(key) is str and plain(item) for key, item in value.items())
    return type(value) in (str, int, float, bool, type(None))


def test_hyperparameters_in_a_checkpoint_are_plain_values(tmp_path: Path) -> None:
    path = path_of_checkpoint(tmp_path, LitClassifier(MLP(4, 3, image_size=4)))
    hparams = torch.load(path, weights_only=True)["hyper_parameters"]
    assert plain(dict(hparams))
    assert hparams["network"]["class_path"].endswith("MLP")
    assert hparams["network"]["init_args"]["fc1"] == 4


def test_a_network_without_init_args_is_asked_for_and_then_loads(tmp_path: Path) -> None:
    def network() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 10))

    model = LitClassifier(network())
    path = path_of_checkpoint(tmp_path, model)
    with pytest.raises(ValueError, match=r"pass the network, load_from_checkpoint\(path, network="):
        LitClassifier.load_from_checkpoint(path, weights_only=True)
    again = LitClassifier.load_from_checkpoint(path, network=network(), weights_only=True)
    images = torch.randn(5, 1, 4, 4)
    assert torch.equal(again(images), model(images))


@pytest.mark.parametrize(
    ("network", "fault"),
    [
        ("MLP", "expected an nn.Module, or a dict"),
        ({"init_args": {}}, "expected an nn.Module, or a dict"),
        ({"class_path": "course_lib.models.MPL"}, "no network 'course_lib.models.MPL'"),
        ({"class_path": "nowhere.MLP"}, "no network 'nowhere.MLP'"),
        ({"class_path": "MLP"}, "no network 'MLP'"),
        ({"class_path": "pathlib.Path"}, "pathlib.Path is no nn.Module"),
        ({"class_path": "os.system"}, "os.system is no nn.Module"),
        ({"class_path": 3}, "no network 3"),
        (
            {"class_path": "course_lib.models.MLP", "init_args": {"fc9": 1}},
            "course_lib.models.MLP cannot be built.*fc9",
        ),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(network: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        LitClassifier(network)


def test_arguments_of_a_description_may_be_left_out() -> None:
    assert isinstance(build_network({"class_path": "course_lib.models.MLP"}), MLP)


# --- optimizers and schedulers


def optimizers(model: LitClassifier) -> torch.optim.Optimizer:
    return model.configure_optimizers()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "name",
    ["Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Rprop", "LBFGS"],
)
def test_every_optimizer_trains_by_name(tmp_path: Path, name: str) -> None:
    model = LitClassifier(TINY, optimizer=name, lr=0.01)
    before = [parameter.clone() for parameter in model.parameters()]
    run = trainer(tmp_path, max_steps=2)
    run.fit(model, loader())
    assert type(run.optimizers[0]).__name__ == name
    assert run.optimizers[0].param_groups[0]["lr"] == 0.01
    assert any(
        not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True)
    )


def test_weight_decay_and_options_reach_the_optimizer() -> None:
    options = {"momentum": 0.8, "nesterov": True}
    group = optimizers(
        LitClassifier(TINY, "SGD", lr=0.5, weight_decay=0.25, optimizer_options=options)
    ).param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.25)
    assert (group["momentum"], group["nesterov"]) == (0.8, True)
    assert optimizers(LitClassifier(TINY, "AdamW")).param_groups[0]["weight_decay"] == 0.0


def test_a_weight_decay_that_an_optimizer_lacks_is_not_dropped_in_silence() -> None:
    with pytest.raises((TypeError, ValueError), match="weight_decay"):
        optimizers(LitClassifier(TINY, "Rprop", weight_decay=0.1))


@pytest.mark.parametrize(
    ("scheduler", "options", "expected"),
    [
        ("StepLR", {"step_size": 1, "gamma": 0.5}, [0.1, 0.05, 0.025]),
        ("ExponentialLR", {"gamma": 0.1}, [0.1, 0.01, 0.001]),
        ("CosineAnnealingLR", {"T_max": 2}, [0.1, 0.05, 0.0]),
    ],
)
def test_schedulers_are_stepped_once_an_epoch(
    tmp_path: Path, scheduler: str, options: dict[str, Any], expected: list[float]
) -> None:
    model = LitClassifier(TINY, "SGD", 0.1, scheduler=scheduler, scheduler_options=options)
    assert rates(tmp_path, model, max_epochs=3)[::3] == pytest.approx(expected)


def rates(tmp_path: Path, model: LitClassifier, **options: Any) -> list[float]:
    """The learning rate that each training batch was taken with."""
    seen: list[float] = []

    class Watch(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *args: Any) -> None:
            seen.append(trainer.optimizers[0].param_groups[0]["lr"])

    trainer(tmp_path, callbacks=[Watch()], **options).fit(model, loader(), loader())
    return seen


def test_one_cycle_is_stepped_every_batch_over_the_whole_training(tmp_path: Path) -> None:
    model = LitClassifier(TINY, "SGD", lr=0.1, scheduler="OneCycleLR")
    seen = rates(tmp_path, model, max_epochs=4)
    assert len(seen) == 12
    assert len(set(seen)) > 8
    assert max(seen) == pytest.approx(0.1, rel=0.1)
    assert seen[0] < max(seen)
    assert seen[-1] < seen[0]


def test_one_cycle_takes_its_own_peak(tmp_path: Path) -> None:
    model = LitClassifier(
        TINY, lr=0.1, scheduler="OneCycleLR", scheduler_options={"max_lr": 0.5, "total_steps": 9}
    )
    assert max(rates(tmp_path, model, max_epochs=3)) > 0.4


def test_reduce_on_plateau_watches_the_metric_that_monitor_names(tmp_path: Path) -> None:
    # A threshold that no loss can beat: every epoch counts as one without progress.
    options = {"patience": 0, "factor": 0.5, "threshold": 1e9, "threshold_mode": "abs"}
    model = LitClassifier(
        TINY,
        "SGD",
        0.1,
        scheduler="ReduceLROnPlateau",
        scheduler_options=options,
        monitor="train_loss",
    )
    run = trainer(tmp_path, max_epochs=3)
    run.fit(model, loader())  # without validation there is no val_loss
    assert run.optimizers[0].param_groups[0]["lr"] < 0.1
    other = LitClassifier(TINY, scheduler="ReduceLROnPlateau")
    trainer(tmp_path).fit(other, loader(), loader())


@pytest.mark.parametrize(
    ("options", "known"),
    [
        ({"optimizer": "Adaam"}, "AdamW"),
        ({"optimizer": "Optimizer"}, "SGD"),
        ({"optimizer": "lr_scheduler"}, "SGD"),
        ({"scheduler": "StepRL"}, "StepLR"),
        ({"scheduler": "LRScheduler"}, "OneCycleLR"),
    ],
)
def test_an_unknown_name_lists_what_there_is(options: dict[str, str], known: str) -> None:
    (name,) = options.values()
    with pytest.raises(ValueError, match=f"'{name}'; expected one of") as caught:
        LitClassifier(TINY, **options)
    names = str(caught.value).partition("expected one of ")[2].rstrip(".").split(", ")
    assert known in names
    assert name not in names
    assert not [other for other in names if other.startswith("_")]


# --- steps and metrics


@pytest.mark.parametrize("devices", [0, 1])
def test_the_look_for_gpus_that_spares_forks_is_kept_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    model = LitClassifier(TINY)
    model.trainer = trainer(tmp_path)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: devices)
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    model.on_train_start()
    assert ("PYTORCH_NVML_BASED_CUDA_CHECK" in os.environ) == (devices > 0)


def test_metrics_weigh_every_image_the_same_in_unequal_batches(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, data = LitClassifier(TINY), loader()
    (found,) = trainer(tmp_path).test(model, data, verbose=False)
    images, labels = data.dataset.tensors  # type: ignore[attr-defined]
    with torch.no_grad():
        logits = model.eval()(images)
    assert found["test_loss"] == pytest.approx(F.cross_entropy(logits, labels).item(), abs=1e-6)
    right = (logits.argmax(1) == labels).float().mean().item()
    assert found["test_acc"] == pytest.approx(right, abs=1e-6)
    (again,) = trainer(tmp_path).test(model, data, verbose=False)
    assert again == found  # nothing is left over from the first time


def test_every_name_that_is_promised_is_logged(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.fit(LitClassifier(TINY), loader(), loader())
    assert {"train_loss", "val_loss", "val_acc"} <= set(run.callback_metrics)


def test_training_step_returns_the_mean_cross_entropy() -> None:
    model, (images, labels) = LitClassifier(TINY), next(iter(loader()))
    loss = model.training_step((images, labels), 0)
    assert torch.equal(loss, F.cross_entropy(model(images), labels))
    assert loss.requires_grad


def test_evaluation_steps_return_the_logits() -> None:
    model, (images, labels) = LitClassifier(TINY), next(iter(loader()))
    for step in (model.validation_step, model.test_step):
        assert torch.equal(step((images, labels), 0), model(images))


def test_predictions_are_probabilities_with_or_without_labels() -> None:
    model, (images, labels) = LitClassifier(TINY), next(iter(loader()))
    given: list[Any] = [images, (images, labels), [images, labels]]
    results: list[Tensor] = [model.predict_step(batch) for batch in given]
    for probabilities in results:
        assert torch.allclose(probabilities.sum(1), torch.ones(len(images)))
        assert torch.equal(probabilities, model(images).softmax(1))


def test_train_loss_is_logged_where_a_logger_writes_and_at_the_end_of_an_epoch(
    tmp_path: Path,
) -> None:
    logged: list[int] = []

    class Recording(LitClassifier):
        def log(self, name: str, *args: object, **kwargs: object) -> None:
            logged.append(self.global_step + 1)
            super().log(name, *args, **kwargs)

    run = trainer(tmp_path, max_epochs=2, log_every_n_steps=3)
    images, labels = torch.randn(8, 1, 28, 28), torch.arange(8)
    loader = DataLoader(TensorDataset(images, labels), batch_size=2)  # 4 steps an epoch
    run.fit(Recording(MLP()), loader)
    assert logged == [3, 4, 6, 8]
    assert "train_loss" in run.callback_metrics
