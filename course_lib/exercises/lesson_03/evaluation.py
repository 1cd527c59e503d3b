"""Exercise 3.3: what the best weights reach, and what the last."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor, equal, nn, no_grad, tensor, zeros
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.answers import described, listed, near, number, require_function
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.probes import Bystander, loader, quiet_trainer

VAL_LOSS = [0.9, 0.4, 0.7]  # the second epoch is the best
LABELS = tensor([2, 2, 2, 2, 2, 2, 1, 1, 1, 0])
BEST, LAST = 0.3, 0.6  # the test accuracies that follow from `Staged`


class Staged(Bystander):
    """Weights of three epochs are scripted: after epoch 0, 1, 2 each image is a 0, 1, 2."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(zeros(3))

    def forward(self, images: Tensor) -> Tensor:
        """Images `[N, 1, H, W]` to logits `[N, 3]`."""
        return self.bias.expand(len(images), -1)

    def on_train_epoch_start(self) -> None:
        """Take the weights of the epoch."""
        with no_grad():
            self.bias.copy_(tensor([float(i == self.current_epoch) for i in range(3)]))

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Log the loss of the epoch."""
        self.log("val_loss", VAL_LOSS[self.current_epoch])

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Log the share of images that are right."""
        images, labels = batch
        self.log("test_acc", (self(images).argmax(dim=1) == labels).float().mean())


@exercise(
    "3.3",
    why='`ckpt_path="best"` does not only test other weights, it leaves them in the model: what '
    "comes after it works with those.",
    hints=(
        "`trainer.test(model, data, ckpt_path=…)` returns a list with one dictionary. With which "
        "`ckpt_path` does it take the model as it is?",
        "The best weights stay in the model that was tested. Either test the last ones first and "
        "put them back at the end, from copies, or load the best into a model of their own.",
    ),
)
def best_against_last(best_and_last: Any) -> None:
    """Best against last."""
    require_function(best_and_last, "best_and_last")
    model, trainer = Staged(), _trainer()
    trainer.fit(model, loader(1, 1), loader(1, 1))
    weights = model.bias.detach().clone()
    data = DataLoader(TensorDataset(zeros(len(LABELS), 1, 4, 4), LABELS), batch_size=4)
    answer = best_and_last(trainer, model, data)
    with rule("d"):
        require(
            isinstance(answer, dict) and set(answer) == {"best", "last"},
            f"Expected a dictionary with the keys `best` and `last`; it has {listed(answer)}."
            if isinstance(answer, dict)
            else f"Expected a dictionary; what came is {described(answer)}.",
        )
        for key, value in answer.items():
            require(
                not isinstance(value, list | dict),
                f"`{key}` is {described(value)}: `trainer.test` returns a list with one dictionary "
                "per loader, and the accuracy is in the dictionary.",
            )
        best, last = (number(answer[key], f"`{key}`") for key in ("best", "last"))
    with rule("a"):
        require(
            not (near(best, LAST) and near(last, BEST)),
            f"`best` is {best:.2f} and `last` {last:.2f}: that is the wrong way round. The best "
            "epoch is the one with the lowest `val_loss`, whatever its test accuracy.",
        )
        require(
            not near(best, LAST),
            f"`best` is {best:.2f}, which the weights of the last epoch reach; those of the best "
            f"epoch reach {BEST:.2f}.",
        )
        require(near(best, BEST), f"`best` is {best:.2f}; the best epoch reaches {BEST:.2f}.")
    with rule("b"):
        require(
            not near(last, BEST),
            f"`last` is {last:.2f}, too, which the weights of the best epoch reach: are they "
            "loaded when you test the last?",
        )
        require(near(last, LAST), f"`last` is {last:.2f}; the last epoch reaches {LAST:.2f}.")
    with rule("c"):
        require(
            equal(model.bias, weights) or int(model.bias.argmax()) != 1,
            "Afterwards the model has the weights of the best epoch. If you put the others back, "
            "then from copies: `state_dict()` holds the weights themselves, which change.",
        )
        require(equal(model.bias, weights), "Afterwards the model has weights of its own.")
    with rule("d"):
        require(
            isinstance(answer["best"], float) and isinstance(answer["last"], float),
            f"The accuracies should be floats; `best` is {described(answer['best'])} and `last` "
            f"{described(answer['last'])}.",
        )


def _trainer() -> pl.Trainer:
    return quiet_trainer(
        max_epochs=len(VAL_LOSS),
        enable_checkpointing=True,
        callbacks=ModelCheckpoint("kept", monitor="val_loss"),
    )
