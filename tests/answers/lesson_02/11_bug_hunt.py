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


# %% wrong: 1: not fixed
# says: Fix1: Your line 6 raised MisconfigurationException
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False)
        return loss


# %% wrong: 1: at every step
# says: `train_loss` 6 times
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss


# %% wrong: 1: both
# says: `train_loss` 0 times (all names: `train_loss_epoch`, `train_loss_step`)
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_epoch=True)
        return loss


# %% wrong: 1: the last batch only
# says: mean over the epoch
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
# %% wrong: 2: not fixed
# says: Fix2: over batches of 8, 8 and 2
Fix2 = Broken2


# %% wrong: 2: the mean over classes
# says: Fix2: over batches of 8, 8 and 2
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


# %% wrong: 2: not logged
# says: Fix2: `val_acc` is not logged
class Fix2(Broken2):
    def __init__(self, network):
        super().__init__(network)
        self.accuracy = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.accuracy(self(images), labels)

    def on_validation_epoch_end(self):
        pass


# %% wrong: 3: not fixed
# says: in the 5 steps of the first epoch
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


# %% wrong: 3: ten times as long
# says: Fix3: made with lr=0.05 and trained for 20 steps
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=10 * total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong: 4: only one of them is saved
# says: Fix4: a checkpoint of it cannot be loaded without further arguments (RuntimeError)
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


# %% wrong: 4: nothing is saved
# says: without further arguments (TypeError)
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


# %% wrong: 4: a fixed learning rate
# says: Fix4: saved with lr=0.02
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


# %% wrong: 4: the optimizer of other weights
# says: Fix4: the optimizer of the loaded model holds
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


# %% wrong: 1: returns no loss
# says: Fix1 no longer trains
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)


# %% wrong: 2: counts that are never reset
# says: Fix2: `val_acc` is right in the first validation and wrong in the second
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


# %% wrong: 3: the number of steps as a literal
# says: it goes from 0.0020 over 0.0500 to 0.0231
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=30)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong: 3: the rate as a literal
# says: it goes from 0.0040 over 0.1000
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong: 3: only falls
# says: it goes from 0.0500 over 0.0500 to 0.000
class Fix3(Broken3):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        total = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


# %% wrong: 4: no hidden layer
# says: the same shapes, [[10, 16], [10]]
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


# %% wrong: 4: a hidden layer of fixed size
# says: the same shapes, [[8, 16], [8], [10, 8], [10]]
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


# %% wrong: 4: no non-linearity
# says: Fix4: the network is linear
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


# %% wrong: 4: twelve logits
# says: output has the shape [32, 12]
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
