"""5.7 log_less"""

# %% setup
import torch
import torch.nn.functional as F
from torchmetrics.classification import MulticlassAccuracy

from course_lib.models import LitClassifier


class LitLean(LitClassifier):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


options = dict(log_every_n_steps=10)

# %% call
check.log_less(LitLean, options)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: a metric of torchmetrics, and other options
class LitLean(LitClassifier):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.train_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        self.train_acc(logits, labels)
        self.log("train_acc", self.train_acc, on_step=False, on_epoch=True)
        self.log("train_loss", loss, on_epoch=True, batch_size=len(labels))
        return loss


options = {"enable_progress_bar": False, "log_every_n_steps": 10, "max_epochs": 1}


# %% right: sums that stay on the device, and one row at the end
class LitLean(LitClassifier):
    def on_train_epoch_start(self):
        self.sums = torch.zeros(3, device=self.device)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        losses = F.cross_entropy(logits, labels, reduction="none")
        right = logits.argmax(dim=1) == labels
        ones = torch.ones_like(losses)
        self.sums += torch.stack([losses.detach(), right.float(), ones]).sum(dim=1)
        self.log("train_loss_step", losses.mean())
        return losses.mean()

    def on_train_epoch_end(self):
        loss, right, seen = self.sums
        self.log_dict({"train_loss_epoch": loss / seen, "train_acc": right / seen})


# %% wrong: a function
# says: Expected a class and got the function `LitLean`
def LitLean(network):
    return LitClassifier(network)


# %% wrong: a number
# says: `options` should be a dictionary
options = 10


# %% wrong: no argument of the Trainer
# says: raised TypeError
options = dict(log_every=10)


# %% wrong a: the default of 50 steps
# says: expected `train_loss_step` every 10 steps
options = {}


# %% wrong a: every 20 steps
# says: gets `train_loss_step` 2 times; expected 4 times
options = dict(log_every_n_steps=20)


# %% wrong a: a running mean
# says: the losses of those steps are
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.mean = 0.9 * getattr(self, "mean", loss.detach()) + 0.1 * loss.detach()
        self.log("train_loss_step", self.mean)
        self.log("train_loss_epoch", loss, on_step=False, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong b: no accuracy
# says: gets `train_acc` 0 times
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        loss = F.cross_entropy(self(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss


# %% wrong b: no epochs
# says: gets `train_loss_epoch` 0 times
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss_step", loss)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong b: a plain mean of the batches
# says: `train_loss_epoch` is a mean in which the short last batch counts
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True, batch_size=1)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong b: the last batch of the epoch
# says: `train_acc` is that of the last batch of each epoch alone
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        self.right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def on_train_epoch_end(self):
        self.log("train_acc", self.right)


# %% wrong b: sums of the batches, of which Lightning takes the mean
# says: `train_acc` is a mean of sums
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().sum()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong b: means of the batches, of which Lightning takes the sum
# says: `train_acc` is the sum of the batches' means
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True, reduce_fx="sum")
        return loss


# %% wrong b: the share that is wrong
# says: expected the means over all images of the epochs
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        missed = (logits.argmax(dim=1) != labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", missed, on_step=False, on_epoch=True)
        return loss


# %% wrong b: a number of images
# says: `train_acc` is a sum over all images of an epoch
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().sum()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True, reduce_fx="sum")
        return loss


# %% wrong c: a row of its own in each step
# says: the logger gets 24 rows
class LitLean(LitLean):
    def on_train_batch_end(self, outputs, batch, batch_idx):
        self.logger.log_metrics({"lr": self.hparams.lr}, step=self.global_step)


# %% wrong d: told to Lightning in every tenth step alone
# says: tell it to `self.log` in each
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        if (self.global_step + 1) % 10 == 0:
            self.log("train_loss_step", loss)
        self.log("train_loss_epoch", loss, on_step=False, on_epoch=True)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong e: item
# says: by `Tensor.item`
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss.item(), on_step=True, on_epoch=True, batch_size=len(labels))
        self.log("train_acc", right, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss


# %% wrong e: print, of some steps
# says: by `Tensor.__bool__`
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        if loss > 1e6:
            print("exploded:", loss)
        return loss


# %% wrong e: with the bar
# says: Because of `prog_bar=True`
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        right = (logits.argmax(dim=1) == labels).float().mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True, prog_bar=True)
        self.log("train_acc", right, on_step=False, on_epoch=True)
        return loss


# %% wrong e: to the CPU
# says: by `Tensor.to`
class LitLean(LitLean):
    def on_train_batch_end(self, outputs, batch, batch_idx):
        self.last = outputs["loss"].to("cpu")


# %% wrong f: the loss is not returned
# says: `training_step` returns None
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        super().training_step(batch, batch_idx)


# %% wrong f: the sum of the losses
# says: returns the sum of its images' losses
class LitLean(LitLean):
    def training_step(self, batch, batch_idx):
        return super().training_step(batch, batch_idx) * len(batch[1])


# %% wrong f: fewer steps
# says: with the same steps to the same weights
options = dict(log_every_n_steps=10, limit_train_batches=0.5)


# %% wrong f: validation is not logged
# says: gets as `val_loss` nothing
class LitLean(LitLean):
    def validation_step(self, batch, batch_idx):
        self(batch[0])
