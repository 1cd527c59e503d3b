"""The last two fixes of exercise 3.8: what a validation logs, and which checkpoint it leads to."""

import re
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, arange, load, nn, ones, tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import listed, listed_numbers, near
from course_lib.exercises.engine import require, rule
from course_lib.exercises.lesson_03.checkpoints import NAMED_TWICE
from course_lib.exercises.probes import CLASSES, Recorder, quiet_trainer


class _Network(nn.Module):
    """Images `[N, 1, 4, 4]` to their first ten pixels as logits, by a scale for each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(0 * ones(CLASSES))
        self.scale = 1.0

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, :CLASSES] * self.scale + 0 * self.bias


class _Scale(pl.Callback):
    """Makes the network better, much better, and then worse."""

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        pl_module.network.scale = (1.0, 3.0, 2.0)[trainer.current_epoch]


def _pictures(*labels: int) -> TensorDataset:
    """Images whose pixels are the higher, the nearer they are to the label."""
    shown = tensor(labels)
    pixels = -(arange(16) - shown[:, None]).abs() / 4.0
    return TensorDataset(pixels.view(-1, 1, 4, 4), shown)


def check_fix_4(fix: Any) -> None:
    """Refuse a module that does not log `val_loss`, or does not keep its best checkpoint."""
    data, logger = _pictures(0, 1, 5, 3, 9, 5, 7, 7, 2), Recorder()
    trainer = quiet_trainer(
        max_epochs=3,
        logger=logger,
        callbacks=[_Scale()],
        enable_checkpointing=True,
        default_root_dir="fix_4",
    )
    network = _Network()
    trainer.fit(fix(network), DataLoader(_pictures(*range(8)), 4), DataLoader(data, 4))
    values, expected, unweighted = logger.values("val_loss"), [], []
    for network.scale in (1.0, 3.0, 2.0):
        losses = cross_entropy(network(data.tensors[0]), data.tensors[1], reduction="none")
        expected.append(losses.mean().item())
        unweighted.append(sum(batch.mean().item() for batch in losses.split(4)) / 3)
    with rule("g"):
        require(
            len(values) == 3,
            f"Fix4: in three validations `val_loss` is logged {len(values)} times.",
        )
        require(
            not all(map(near, values, unweighted)),
            "Fix4: `val_loss` is the plain mean of the batches, of which the last is shorter; "
            "expected the mean over all images.",
        )
        require(
            all(map(near, values, expected)),
            f"Fix4: `val_loss` is {listed_numbers(values)} in three validations; expected "
            f"{listed_numbers(expected)}.",
        )
    path = Path(getattr(trainer.checkpoint_callback, "best_model_path", None) or "nothing")
    with rule("h"):
        require(path.is_file(), "Fix4: no checkpoint is kept any more.")
        epoch = load(path, weights_only=True)["global_step"] // 2 - 1
        require(
            epoch != 2,
            "Fix4: `val_loss` is the lowest in epoch 1, and the latest is kept as the best.",
        )
        require(epoch == 1, f"Fix4: kept is epoch {epoch}, in which `val_loss` is the highest.")
    with rule("i"):
        value = dict(enumerate(values)).get(epoch, expected[epoch])
        numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", path.stem)]
        require(
            not NAMED_TWICE.search(path.stem),
            f"Fix4: the file is {path.name!r:.80}: Lightning inserts the names of the metrics "
            "itself, unless `auto_insert_metric_name=False`.",
        )
        require(
            epoch in numbers and any(abs(number - value) < 0.01 for number in numbers),
            f"Fix4: the file is {path.name!r:.80}; expected a name as "
            f"'epoch={epoch}-val_loss={value:.3f}.ckpt'.",
        )


def check_fix_5(fix: Any) -> None:
    """Refuse a module whose `val_loss_7` is not the mean over all sevens, and never NaN."""
    network, trainer, letter = _Network(), quiet_trainer(), "k"
    model = fix(network)
    for labels in ((7, 7, 1, 2, 0, 3, 5, 9, 7, 4, 4, 0, 7, 7, 7), (1, 7, 2, 3, 7, 7, 7, 9, 1)):
        data = _pictures(*labels)
        network.scale = 3.0 - network.scale  # 2, and then 1
        images, shown = data.tensors
        images += arange(len(labels)).view(-1, 1, 1, 1) ** 2 * arange(16).view(4, 4) / 500
        (logged,) = trainer.validate(model, DataLoader(data, batch_size=4), verbose=False)
        losses = cross_entropy(network(images), shown, reduction="none")
        with rule("j"):
            require(
                "val_loss_7" in logged,
                f"Fix5: `val_loss_7` is not logged; what is logged is {listed(logged)}.",
            )
            found = logged["val_loss_7"]
            require(found == found, "Fix5: `val_loss_7` is still NaN.")
        expected = losses[shown == 7].mean()
        with rule(letter):
            require(
                near(found, expected) or letter == "k",
                f"Fix5: `val_loss_7` is {found:.3f} in a second validation, where it should be "
                f"{expected:.3f}: what the first has seen is still in it.",
            )
            require(
                near(found, expected),
                f"Fix5: `val_loss_7` is {found:.3f}; the mean over all sevens is {expected:.3f}."
                f"{_mistaken_for(found, losses, shown == 7)}",
            )
        letter = "l" if near(found, expected) else "k"


def _mistaken_for(found: float, losses: Tensor, sevens: Tensor) -> str:
    parts = [
        (loss[chosen].mean().item(), len(loss))
        for loss, chosen in zip(losses.split(4), sevens.split(4), strict=True)
        if chosen.any()
    ]
    weighted = sum(mean * size for mean, size in parts)
    mistakes = (
        ("every batch with a seven counts the same", sum(mean for mean, _ in parts) / len(parts)),
        ("a batch counts by all of its images", weighted / sum(size for _, size in parts)),
        ("a batch without a seven counts as a loss of 0", weighted / len(losses)),
        ("it is the mean over all images", losses.mean().item()),
    )
    return "".join([f" In yours {what}." for what, wrong in mistakes if near(found, wrong)][:1])
