"""A module that can be shown, and a logger that keeps what is shown: probes of exercise 3.5."""

from typing import Any, NamedTuple

import pytorch_lightning as pl
from torch import Tensor, manual_seed, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.probes import CLASSES, Recorder, quiet_trainer


class Call(NamedTuple):
    """What a call of `log_image` has passed."""

    key: Any
    images: Any
    options: dict[str, Any]


class Gallery(Recorder):
    """A logger that keeps images as W&B's takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def log_image(self, key: Any, images: Any, step: Any = None, **kwargs: Any) -> None:
        """Keep what is to be shown."""
        self.calls.append(Call(key, images, kwargs))


class Module(pl.LightningModule):
    """A network with dropout that keeps its logits for each validation's first batch."""

    def __init__(self, returns: str = "the logits") -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, CLASSES))
        self.returns = returns
        self.logits: list[Tensor] = []
        self.training_modes: list[bool] = []
        self.without_gradient = 0
        self.sanity_calls = 0

    def forward(self, images: Tensor) -> Tensor:
        """Map images to logits."""
        return self.network(images)

    def on_train_start(self) -> None:
        """After the sanity check: count what it has shown, and forget it."""
        gallery: Any = self.trainer.logger
        self.sanity_calls = len(gallery.calls)
        gallery.calls.clear()
        self.logits.clear()

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Any loss."""
        return cross_entropy(self(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> Any:
        """Note what the hook should see, and what it has changed since."""
        logits = self(batch[0])
        if batch_idx == 0:
            self.logits.append(logits)
        else:  # the hook has been called between this batch and the first
            self.training_modes += [module.training for module in self.modules()]
            self.without_gradient += sum(not p.requires_grad for p in self.parameters())
        return {"the logits": logits, "its loss": cross_entropy(logits, batch[1])}.get(self.returns)

    def configure_optimizers(self) -> Any:
        """Plain SGD."""
        return SGD(self.parameters(), lr=0.5)


def fitted(callback: Any, data: Any) -> tuple[Module, Gallery]:
    """Two epochs, with validations between two batches whose gradients are added up."""
    manual_seed(0)
    module, gallery = Module(), Gallery()
    trainer = quiet_trainer(
        max_epochs=2,
        callbacks=[callback],
        logger=gallery,
        num_sanity_val_steps=2,
        val_check_interval=1,
        accumulate_grad_batches=2,
    )
    trainer.fit(module, data, data)
    return module, gallery


def validated(callback: Any, module: Module, *parts: Tensor, **options: Any) -> list[Call]:
    """What a logger gets in one validation; one batch, unless `batch_size` is given.

    With `loaders`, the validation has as many of them, each with its own share of the images.
    """
    size, count = options.pop("batch_size", len(parts[0])), options.pop("loaders", 1)
    trainer = quiet_trainer(**({"logger": Gallery()} | options), callbacks=[callback])
    shares = zip(*(part.chunk(count) for part in parts), strict=True)
    loaders = [DataLoader(TensorDataset(*share), batch_size=size) for share in shares]
    trainer.validate(module, loaders, verbose=False)
    return trainer.logger.calls if isinstance(trainer.logger, Gallery) else []
