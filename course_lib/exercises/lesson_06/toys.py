"""Exercise 6.5: a module whose weight tells after which epoch it was kept, and data for it."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from course_lib.data import ImageDataModule
from course_lib.exercises.probes import loader
from course_lib.models import LitClassifier

ACCURACIES = (0.2, 0.9, 0.5, 0.3)  # after each epoch
BEST, LAST = 2.0, 4.0  # the weight after the best epoch, and after the last


class Toy(LitClassifier):
    """Begins with the weight 0, which every epoch raises by 1, and notes what is done with it.

    Attributes:
        trained: the epochs that were trained, in order.
        tested: the weights that were tested, each with the number of epochs trained before.
        trainers: what trained and tested it.
    """

    trained: ClassVar[list[int]] = []
    tested: ClassVar[list[tuple[float, int]]] = []
    trainers: ClassVar[list[Any]] = []

    def __init__(self) -> None:
        super().__init__(nn.Linear(1, 1, bias=False))
        self.weight = nn.Parameter(torch.zeros(()))

    @classmethod
    def forget(cls) -> None:
        """Begin anew."""
        for notes in (cls.trained, cls.tested, cls.trainers):
            notes.clear()

    def setup(self, stage: str) -> None:
        """Note the Trainer."""
        self.trainers.append(self.trainer)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """One batch is one epoch."""
        self.trained.append(self.current_epoch)
        return -self.weight

    def validation_step(self, batch: Any, batch_idx: int) -> None:  # type: ignore[override]
        """Log an accuracy that is best after the second epoch."""
        self.log("val_acc", ACCURACIES[self.current_epoch])

    def test_step(self, batch: Any, batch_idx: int) -> None:  # type: ignore[override]
        """Note the weight."""
        self.tested.append((self.weight.item(), len(self.trained)))

    def configure_optimizers(self) -> Any:
        """Add 1 per step."""
        return torch.optim.SGD([self.weight], lr=1.0)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep no hyperparameters: it takes none."""
        checkpoint.pop("hyper_parameters", None)


class Tiny(ImageDataModule):
    """One batch of each kind."""

    def prepare_data(self) -> None:
        """Everything is there."""

    def setup(self, stage: str | None = None) -> None:
        """Everything is there."""

    def train_dataloader(self) -> DataLoader[Any]:  # type: ignore[override]
        """One batch."""
        return loader(2, 2)

    val_dataloader = test_dataloader = train_dataloader  # type: ignore[assignment]
