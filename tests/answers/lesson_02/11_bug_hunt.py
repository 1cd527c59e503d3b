"""2.11 bug_hunt"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torchmetrics.classification import MulticlassAccuracy

from course_lib.models import LitClassifier


class Broken1(LitClassifier):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False)
        return loss


class Broken2(LitClassifier):
    def on_validation_epoch_start(self):
        self.accuracies = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracies.append((self(images).argmax(dim=1) == labels).float().mean())

    def on_validation_epoch_end(self):
        self.log("val_acc", torch.stack(self.accuracies).mean())


class Broken3(LitClassifier):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=total)
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class Broken4(pl.LightningModule):
    def __init__(self, network, optimizer):
        super().__init__()
        self.network, self.optimizer = network, optimizer

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return self.optimizer


class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss


class Fix2(Broken2):
    def __init__(self, network):
        super().__init__(network)
        self.accuracy = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy(self(images), labels)
        self.log("val_acc", self.accuracy)

    def on_validation_epoch_end(self):
        pass


class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% call
check.bug_hunt(Fix1, Fix2, Fix3, Fix4)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: counts by hand, total_steps by epochs and batches, an optimizer made in __init__
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss


class Fix2(LitClassifier):
    def on_validation_epoch_start(self):
        self.right = self.seen = 0

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.right += (self(images).argmax(dim=1) == labels).sum()
        self.seen += len(labels)

    def on_validation_epoch_end(self):
        self.log("val_acc", self.right / self.seen)


class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(
            optimizer,
            self.hparams.lr,
            epochs=self.trainer.max_epochs,
            steps_per_epoch=self.trainer.num_training_batches,
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


class Fix4(pl.LightningModule):
    def __init__(self, hidden, lr):
        super().__init__()
        self.save_hyperparameters("hidden", "lr")
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden, bias=False), nn.Tanh(), nn.Linear(hidden, 10)
        )
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=lr)

    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.network(batch[0]), batch[1])

    def configure_optimizers(self):
        return [self.optimizer]


# %% right: means weighted by Lightning, the old scheduler stepped otherwise, layers of one's own
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        loss = nn.CrossEntropyLoss()(self(batch[0]), batch[1])
        self.log_dict({"train_loss": loss.item()}, on_epoch=True, on_step=False)
        return {"loss": loss}


class Fix2(LitClassifier):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        right = self(images).argmax(dim=1) == labels
        self.log("val_acc", right.float().mean(), prog_bar=True)


class Fix3(Broken3):
    def configure_optimizers(self):
        both = super().configure_optimizers()
        return [both["optimizer"]], [{"scheduler": both["lr_scheduler"], "interval": "step"}]


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.first, self.second = nn.LazyLinear(hidden), nn.Linear(hidden, 10)

    def forward(self, images):
        return self.second(F.gelu(self.first(images.flatten(1)))).log_softmax(dim=1)


class Fix4(pl.LightningModule):
    def __init__(self, hidden: int, lr: float):
        super().__init__()
        self.save_hyperparameters({"hidden": hidden, "lr": lr})
        self.network, self.lr = Net(hidden), lr

    def training_step(self, batch, batch_idx):
        return F.nll_loss(self.network(batch[0]), batch[1])

    def configure_optimizers(self):
        groups = [{"params": [parameter]} for parameter in self.parameters()]
        return {"optimizer": torch.optim.AdamW(groups, self.lr)}


# %% wrong: 1: not fixed
# says: Fix1: Your line 6 raised MisconfigurationException
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False)
        return loss


# %% wrong a: 1: at every step
# says: at 6 steps and at the end of no epoch
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss


# %% wrong a: 1: both
# says: at the end of each epoch, but at each step too
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_epoch=True)
        return loss


# %% wrong b: 1: the last batch only
# says: that of the last batch alone
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.last = loss.detach()
        return loss

    def on_train_epoch_end(self):
        self.log("train_loss", self.last)


# %% wrong: 1: an object
# says: got an object of the class `Fix1`
Fix1 = Fix1(nn.Flatten())
# %% wrong d: 2: not fixed
# says: the plain mean of three batches
Fix2 = Broken2


# %% wrong d: 2: the mean over classes
# says: a mean over the classes
class Fix2(Broken2):
    def __init__(self, network):
        super().__init__(network)
        self.accuracy = MulticlassAccuracy(num_classes=10)

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy(self(images), labels)
        self.log("val_acc", self.accuracy)

    def on_validation_epoch_end(self):
        pass


# %% wrong d: 2: not logged
# says: Fix2: expected `val_acc` to be logged
class Fix2(Broken2):
    def __init__(self, network):
        super().__init__(network)
        self.accuracy = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy(self(images), labels)

    def on_validation_epoch_end(self):
        pass


# %% wrong f: 3: not fixed
# says: within an epoch the learning rate stays the same
Fix3 = Broken3


# %% wrong: 3: epochs for steps
# says: Fix3: Your answer raised ValueError: Tried to step
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(
            optimizer, max_lr=self.hparams.lr, total_steps=self.trainer.max_epochs
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong h: 3: ten times as long
# says: still climbing when the training ends
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=10 * total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong k: 4: only one of them is saved
# says: (RuntimeError)
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters("lr")
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong k: 4: nothing is saved
# says: (TypeError)
class Fix4(pl.LightningModule):
    def __init__(self, hidden, lr):
        super().__init__()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=lr)

    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.network(batch[0]), batch[1])

    def configure_optimizers(self):
        return [self.optimizer]


# %% wrong j: 4: a fixed learning rate
# says: it trains with `0.1`
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


# %% wrong j: 4: the optimizer of other weights
# says: `network.1.bias`, `network.1.weight` would never be trained
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(list(self.parameters())[2:], lr=self.hparams.lr)


# %% wrong c: 1: returns no loss
# says: returns no loss any more
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)


# %% wrong e: 2: counts that are never reset
# says: what the first counted is still in it
class Fix2(LitClassifier):
    def __init__(self, network):
        super().__init__(network)
        self.right = self.seen = 0

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.right += (self(images).argmax(dim=1) == labels).sum()
        self.seen += len(labels)

    def on_validation_epoch_end(self):
        self.log("val_acc", self.right / self.seen)


# %% wrong: 2: a misspelt name
# says: Fix2: Your line 5 raised AttributeError
class Fix2(LitClassifier):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy(self(images), labels)


# %% wrong h: 3: the number of steps as a literal
# says: when the training ends, after 20 steps
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=30)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong g: 3: the rate as a literal
# says: climbs to 0.1000
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong g: 3: only falls
# says: begins at 0.0500
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong i: 4: no hidden layer
# says: have the shapes [[10, 16], [10]]
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(nn.Flatten(), nn.Linear(16, 10))

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong i: 4: a hidden layer of fixed size
# says: have the shapes [[8, 16], [8], [10, 8], [10]]
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 10))

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong i: 4: no non-linearity
# says: the network is linear
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(nn.Flatten(), nn.Linear(16, hidden), nn.Linear(hidden, 10))

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong i: 4: twelve logits
# says: output has the shape [64, 12]
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 12)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong a: 1: another name
# says: `train_loss` 0 times (all names that it gets: `loss`)
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss


# %% wrong b: 1: every batch counts the same
# says: the plain mean of three batches
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=1)
        return loss


# %% wrong b: 1: a list that is never emptied
# says: a mean over both epochs
class Fix1(Broken1):
    losses = []

    def training_step(self, batch, batch_idx):
        images, labels = batch
        losses = F.cross_entropy(self(images), labels, reduction="none")
        self.losses.append(losses.detach())
        return losses.mean()

    def on_train_epoch_end(self):
        self.log("train_loss", torch.cat(self.losses).mean())


# %% wrong c: 1: returns a number
# says: returns an object of the class `float`
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss.item()


# %% wrong d: 2: the last batch
# says: the accuracy of the last batch alone
class Fix2(LitClassifier):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy = (self(images).argmax(dim=1) == labels).float().mean()

    def on_validation_epoch_end(self):
        self.log("val_acc", self.accuracy)


# %% wrong f: 3: every other step
# says: at 11 of 20 steps it stays
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        total = 2 * self.trainer.max_epochs + 1
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step", "frequency": 2},
        }


# %% wrong h: 3: a cycle in each epoch
# says: it climbs again
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: [0.01, 0.5, 1.0, 0.6, 0.2][step % 5]
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong i: 4: a softmax at the end
# says: not linear in the hidden numbers
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 10),
            nn.Softmax(dim=1),
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong i: 4: no Flatten
# says: the network cannot take images
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


# %% wrong k: 4: the rate is not saved
# says: saved with lr=0.02, the loaded model trains with `0.1`
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters("hidden")
        self.lr = lr
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong k: 4: one optimizer for all models
# says: does not train on
class Fix4(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.network = nn.Sequential(
            nn.Flatten(), nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 10)
        )

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.network(images), labels)

    def configure_optimizers(self):
        if not hasattr(Fix4, "optimizer"):
            Fix4.optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        return Fix4.optimizer
