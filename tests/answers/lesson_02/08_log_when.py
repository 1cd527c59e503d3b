"""2.8 log_when"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torchmetrics import MeanMetric


class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% call
check.log_when(LitLogging)


# %% right: every default said
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=False)
        self.log("train_acc", accuracy, on_epoch=True, on_step=False, batch_size=len(labels))
        self.log(
            name="largest", value=logits.detach().max(), logger=False, prog_bar=True, on_step=True
        )
        return loss


# %% right: the loss on the bar too
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, prog_bar=True)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log_dict({"largest": logits.max().item()}, prog_bar=True, logger=False)
        return loss


# %% right: the epoch's mean by hand
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.mean.update(accuracy, len(labels))
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss

    def on_train_epoch_start(self):
        self.mean = MeanMetric()

    def on_train_epoch_end(self):
        self.log("train_acc", self.mean.compute())


# %% wrong: on_step=False alone
# says: raised MisconfigurationException
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: the accuracy at every step
# says: `train_acc` was logged 6 times
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: the accuracy both ways
# says: `train_acc_epoch`, `train_acc_step`, `train_loss`. Lightning adds
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: the loss once per epoch
# says: `train_loss` was logged 2 times
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: the loss both ways
# says: `train_acc`, `train_loss_epoch`, `train_loss_step`
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: the loss is not logged
# says: it got `train_acc`.
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong: sent to the logger too
# says: it is for the bar only
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True)
        return loss


# %% wrong: not on the bar
# says: what does is nothing
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), logger=False)
        return loss


# %% wrong: the smallest instead
# says: The bar shows
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.min(), prog_bar=True, logger=False)
        return loss


# %% wrong: an object instead of a class
# says: got an object of the class `LitLogging`
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


LitLogging = LitLogging(nn.Flatten())


# %% wrong: the largest logit both ways
# says: what does is `largest_epoch`, `largest_step`. Lightning adds
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False, on_step=True, on_epoch=True)
        return loss
