"""7.4 warm_restarts"""

# %% setup
import math

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts


class Autoencoder(pl.LightningModule):
    """All but the methods that you write; a batch is a list of one tensor, float32 [B, 4]."""

    def __init__(self, lr=0.01, weight_decay=0.1, cycles=2, factor=2):
        super().__init__()
        self.save_hyperparameters()
        self.encoder, self.decoder = nn.Linear(4, 2), nn.Linear(2, 4)

    def loss(self, batch):
        """The mean loss of the batch's rows; in training there is noise in the inputs."""
        (cont,) = batch
        noisy = cont + 0.1 * torch.randn_like(cont) if self.training else cont
        return F.mse_loss(self.decoder(self.encoder(noisy)), cont)

    def training_step(self, batch, batch_idx):
        return self.loss(batch)


class Right(Autoencoder):
    def adamw(self):
        return torch.optim.AdamW(
            self.parameters(), lr=self.hparams.lr, weight_decay=self.hparams.weight_decay
        )

    def first_cycle(self):
        epochs, factor = self.trainer.max_epochs, self.hparams.factor
        units = sum(factor**cycle for cycle in range(self.hparams.cycles))
        if epochs % units:
            raise ValueError(f"{epochs} epochs")
        return epochs // units

    def configure_optimizers(self):
        optimizer = self.adamw()
        scheduler = CosineAnnealingWarmRestarts(optimizer, self.first_cycle(), self.hparams.factor)
        return [optimizer], [scheduler]

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.loss(batch))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss")]


# %% call
check.warm_restarts(LitAutoencoder)


# %% right: a closed form, a dictionary, a sum of its own
class LitAutoencoder(Autoencoder):
    def configure_optimizers(self):
        factor, cycles = self.hparams["factor"], self.hparams["cycles"]
        units = cycles if factor == 1 else (factor**cycles - 1) // (factor - 1)
        first, rest = divmod(self.trainer.max_epochs, units)
        if rest:
            raise ValueError(f"{self.trainer.max_epochs} is no multiple of {units}.")
        optimizer = torch.optim.AdamW(
            [{"params": self.encoder.parameters()}, {"params": self.decoder.parameters()}],
            lr=self.hparams["lr"],
            weight_decay=self.hparams["weight_decay"],
        )
        scheduler = CosineAnnealingWarmRestarts(optimizer, first, factor, eta_min=1e-9)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "epoch"},
        }

    def on_validation_epoch_start(self):
        self.total, self.rows = 0.0, 0

    def validation_step(self, batch, batch_idx):
        self.total += len(batch[0]) * self.loss(batch)
        self.rows += len(batch[0])

    def on_validation_epoch_end(self):
        self.log("val_loss", self.total / self.rows)

    def configure_callbacks(self):
        return ModelCheckpoint(monitor="val_loss", mode="min", save_top_k=-1)


# %% right: a lambda for the rate
class LitAutoencoder(Right):
    def configure_optimizers(self):
        optimizer, first = self.adamw(), self.first_cycle()

        def share(epoch):
            length = first
            while epoch >= length:
                epoch, length = epoch - length, length * self.hparams.factor
            return (1 + math.cos(math.pi * epoch / length)) / 2

        return [optimizer], [torch.optim.lr_scheduler.LambdaLR(optimizer, share)]

    def validation_step(self, batch, batch_idx):
        loss = self.training_step(batch, batch_idx)
        self.log("val_loss", loss, on_step=True, on_epoch=True, batch_size=batch[0].size(0))


# %% wrong a: Adam
# says: The optimizer is `Adam`
class LitAutoencoder(Right):
    def adamw(self):
        return torch.optim.Adam(
            self.parameters(), lr=self.hparams.lr, weight_decay=self.hparams.weight_decay
        )


# %% wrong a: torch's own weight decay
# says: the optimizer has 0.01
class LitAutoencoder(Right):
    def adamw(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


# %% wrong a: torch's own learning rate
# says: the first step's learning rate is 0.001
class LitAutoencoder(Right):
    def adamw(self):
        return torch.optim.AdamW(self.parameters(), weight_decay=self.hparams.weight_decay)


# %% wrong a: the decoder alone
# says: does not have all parameters
class LitAutoencoder(Right):
    def adamw(self):
        return torch.optim.AdamW(
            self.decoder.parameters(), lr=self.hparams.lr, weight_decay=self.hparams.weight_decay
        )


# %% wrong a: none
# says: returns no optimizer
class LitAutoencoder(Right):
    def configure_optimizers(self):
        self.first_cycle()


# %% wrong b: the optimizer alone
# says: return the scheduler?
class LitAutoencoder(Right):
    def configure_optimizers(self):
        self.first_cycle()
        return self.adamw()


# %% wrong b: divided by the number of cycles
# says: restarts after 4 epochs; expected 2
class LitAutoencoder(Right):
    def first_cycle(self):
        super().first_cycle()
        return self.trainer.max_epochs // self.hparams.cycles


# %% wrong b: a straight line
# says: the restarts are right, and the first cycle's rates
class LitAutoencoder(Right):
    def configure_optimizers(self):
        optimizer, first = self.adamw(), self.first_cycle()

        def share(epoch):
            length = first
            while epoch >= length:
                epoch, length = epoch - length, length * self.hparams.factor
            return 1 - (epoch + 0.2) / (length + 0.2) if epoch else 1

        return [optimizer], [torch.optim.lr_scheduler.LambdaLR(optimizer, share)]


# %% wrong b: a closed form that holds for other factors alone
# says: With `cycles=3, factor=1`, there is a division by 0
class LitAutoencoder(Right):
    def first_cycle(self):
        super().first_cycle()
        factor, cycles = self.hparams.factor, self.hparams.cycles
        return self.trainer.max_epochs * (factor - 1) // (factor**cycles - 1)


# %% wrong c: within an epoch, too
# says: changes from batch to batch
class LitAutoencoder(Right):
    def configure_optimizers(self):
        optimizer = self.adamw()
        steps = 2 * self.first_cycle()
        scheduler = CosineAnnealingWarmRestarts(optimizer, steps, self.hparams.factor)
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]


# %% wrong d: rounded down
# says: goes through all the same
class LitAutoencoder(Right):
    def first_cycle(self):
        factor, cycles = self.hparams.factor, self.hparams.cycles
        return self.trainer.max_epochs // sum(factor**cycle for cycle in range(cycles))


# %% wrong d: an assertion
# says: expected a ValueError
class LitAutoencoder(Right):
    def first_cycle(self):
        try:
            return super().first_cycle()
        except ValueError as error:
            raise AssertionError(error)


# %% wrong d: a message without the number
# says: name their number
class LitAutoencoder(Right):
    def first_cycle(self):
        try:
            return super().first_cycle()
        except ValueError:
            raise ValueError("the cycles do not fit")


# %% wrong e: another name
# says: After validation there is `validation_loss` to monitor
class LitAutoencoder(Right):
    def validation_step(self, batch, batch_idx):
        self.log("validation_loss", self.loss(batch))


# %% wrong e: returned, as in training
# says: After validation there is nothing to monitor
class LitAutoencoder(Right):
    def validation_step(self, batch, batch_idx):
        return self.loss(batch)


# %% wrong e: the mean of the batches
# says: Does each batch count by its rows
class LitAutoencoder(Right):
    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.loss(batch), batch_size=1)


# %% wrong e: in training mode
# says: is in training mode while `val_loss` is computed
class LitAutoencoder(Right):
    def validation_step(self, batch, batch_idx):
        self.train()
        self.log("val_loss", self.loss(batch))


# %% wrong f: a metric of the test
# says: Lightning ends the training
class LitAutoencoder(Right):
    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="test_loss")]


# %% wrong f: the largest
# says: it keeps the largest
class LitAutoencoder(Right):
    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", mode="max")]


# %% wrong f: the last
# says: it keeps epoch 3
class LitAutoencoder(Right):
    def configure_callbacks(self):
        return [ModelCheckpoint()]


# %% wrong f: the class of callbacks in another hook
# says: returns 0 objects
class LitAutoencoder(Right):
    def configure_callbacks(self):
        return [pl.callbacks.EarlyStopping("val_loss", patience=9)]


# %% wrong f: nothing is kept
# says: keeps nothing
class LitAutoencoder(Right):
    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", save_top_k=0)]


# %% wrong: an object
# says: pass the class itself
LitAutoencoder = Right()
