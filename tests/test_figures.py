"""The drawings show what is so."""

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import (
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
)
from pytorch_lightning.loggers import CSVLogger
from torch import Tensor

from course_lib import samples
from course_lib.callbacks import LogPredictionsCallback
from course_lib.data import ImageDataModule
from course_lib.models import MLP, LitClassifier

FIGURES = Path(__file__).parent.parent / "figures"


def script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, FIGURES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hook() -> str:
    """The hook that is being called."""
    frame: Any = sys._getframe(1)
    while not frame.f_code.co_name.startswith("on_"):
        frame = frame.f_back
    return frame.f_code.co_name


def test_callback_timeline_shows_where_callbacks_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: dict[str, set[str]] = defaultdict(set)

    def watch(owner: Any, method: str, actor: str) -> None:
        original = getattr(owner, method)

        def watched(*args: Any, **kwargs: Any) -> Any:
            acts[hook()].add(actor)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, watched)

    class Averaging(EMAWeightAveraging):
        def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
            due = super().should_update(step_idx, epoch_idx)
            if due:
                acts[hook()].add("EMAWeightAveraging")
            return due

    rates = [LearningRateMonitor("step"), LearningRateMonitor("epoch")]
    stopping = EarlyStopping("val_loss")

    def decide(value: Tensor, best: Tensor) -> Tensor:
        acts[hook()].add("EarlyStopping")
        return value < best

    monkeypatch.setattr(type(stopping), "monitor_op", property(lambda self: decide))
    watch(samples, "read", "LogPredictionsCallback")
    trainer = pl.Trainer(
        max_epochs=2,
        limit_train_batches=2,
        limit_val_batches=1,
        log_every_n_steps=1,
        logger=CSVLogger(tmp_path),
        callbacks=[
            *rates,
            stopping,
            ModelCheckpoint(tmp_path, monitor="val_loss"),
            Averaging(),
            LogPredictionsCallback(),
        ],
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    watch(trainer, "save_checkpoint", "ModelCheckpoint")
    log_metrics = trainer.loggers[0].log_metrics

    def log(metrics: dict[str, float], step: int | None = None) -> None:
        if any(name.startswith("lr-") for name in metrics):
            acts[hook()].add("LearningRateMonitor")
        log_metrics(metrics, step)

    monkeypatch.setattr(trainer.loggers[0], "log_metrics", log)
    trainer.fit(LitClassifier(MLP(fc1=8, fc2=8)), datamodule=ImageDataModule())
    drawn = {
        hook: {actor.partition(" ")[0] for actor, _ in actors}
        for hook, actors in script("callback_timeline").ACTORS.items()
    }
    assert acts == drawn


@pytest.mark.parametrize("name", ["callback_timeline", "vae"])
def test_a_drawing_is_what_its_script_draws(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = script(name)
    committed = drawing.TARGET.read_text("utf-8")
    monkeypatch.setattr(drawing, "TARGET", tmp_path / drawing.TARGET.name)
    drawing.main()
    assert drawing.TARGET.read_text("utf-8") == committed
