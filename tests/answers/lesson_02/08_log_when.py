"""2.8 log_when"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassAccuracy


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


# %% right: the loss on the bar too, a dictionary
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, prog_bar=True)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log_dict({"largest": logits.max().item()}, prog_bar=True, logger=False)
        return {"loss": loss, "logits": logits.detach()}


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


# %% right: a metric of torchmetrics
class LitLogging(LitMLP):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.accuracy = MulticlassAccuracy(num_classes=10, average="micro")

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.accuracy(logits, labels)
        self.log("train_acc", self.accuracy, on_step=False, on_epoch=True, prog_bar=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


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


# %% wrong a: the loss is not logged
# says: The logger gets `train_acc`; expected `train_loss`
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong a: the loss once per epoch
# says: `train_loss` gets to the logger at the end of an epoch
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


# %% wrong a: every other loss
# says: The logger gets some losses twice
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        if batch_idx % 2 == 0:
            self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong a: the sum over the batch
# says: expected the losses of the batches
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss * len(labels))
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong b: the loss both ways
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


# %% wrong c: the accuracy at every step
# says: `train_acc` gets to the logger at 6 steps and never
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


# %% wrong c: the accuracy both ways
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


# %% wrong c: another name
# says: `train_acc` 0 times (all names that it gets: `train_accuracy`
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_accuracy", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong d: every batch counts the same
# says: the plain mean of three batches
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True, batch_size=1)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong d: the last batch
# says: that of the last batch alone
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.last = accuracy
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss

    def on_train_epoch_end(self):
        self.log("train_acc", self.last)


# %% wrong d: counts that are never reset
# says: a mean over both epochs
class LitLogging(LitMLP):
    right = seen = 0

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.right += (logits.argmax(dim=1) == labels).sum()
        self.seen += len(labels)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss

    def on_train_epoch_end(self):
        self.log("train_acc", self.right / self.seen)


# %% wrong d: the mean over classes
# says: each image of the epoch counts the same
class LitLogging(LitMLP):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.accuracy = MulticlassAccuracy(num_classes=10)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.accuracy(logits, labels)
        self.log("train_acc", self.accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss


# %% wrong e: not on the bar
# says: The progress bar shows nothing
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


# %% wrong e: the smallest instead
# says: After the six steps the bar shows
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


# %% wrong e: when the epoch is over
# says: only when an epoch is over
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False, on_step=False, on_epoch=True)
        return loss


# %% wrong e: both ways
# says: shows `largest_epoch`, `largest_step`; expected
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False, on_epoch=True)
        return loss


# %% wrong f: sent to the logger too
# says: `largest` is for the progress bar alone
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


# %% wrong g: the return is lost
# says: returns no loss any more
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)


# %% wrong g: a number is returned
# says: returns an object of the class `float`
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
        return loss.item()


# %% wrong g: the loss is cut off
# says: cut off from the weights
class LitLogging(LitMLP):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        loss = loss.detach()
        self.log("train_loss", loss)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        self.log("largest", logits.max(), prog_bar=True, logger=False)
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
