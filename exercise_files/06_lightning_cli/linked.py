"""Exercise 6.4: what data and network have to agree on is said once.

python linked.py fit --image_size 12 --data.keep 01234 --trainer.max_epochs 1
"""

import pytorch_lightning as pl
import torch
from pytorch_lightning.cli import LightningCLI
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset


class Digits(pl.LightningDataModule):
    """Noise with the labels of some digits; it knows how many classes these are once it exists."""

    def __init__(self, image_size: int, keep: str = "0123456789"):
        super().__init__()
        self.image_size = image_size
        self.num_classes = len(set(keep))

    def train_dataloader(self):
        """Four batches."""
        images = torch.randn(64, 1, self.image_size, self.image_size)
        return DataLoader(TensorDataset(images, torch.arange(64) % self.num_classes), 16)


class LitLinear(pl.LightningModule):
    """One layer: images [N, 1, S, S] to logits [N, num_classes]."""

    def __init__(self, image_size: int, num_classes: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(image_size**2, num_classes))

    def training_step(self, batch, batch_idx):
        """Return the loss."""
        images, labels = batch
        return cross_entropy(self.layers(images), labels)

    def configure_optimizers(self):
        """Plain gradient descent."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


class LinkedCLI(LightningCLI):
    """Asks nothing twice."""

    def add_arguments_to_parser(self, parser):
        """Add `--image_size`, and link what belongs together."""
        ...


if __name__ == "__main__":
    LinkedCLI(LitLinear, Digits)
