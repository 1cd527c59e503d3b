"""5.8 bug_hunt"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from course_lib.models import LitClassifier


class Broken1(LitClassifier):
    def on_train_epoch_start(self):
        self.worst = 0.0

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        if loss > self.worst:
            self.worst = loss.item()
        return loss

    def on_train_epoch_end(self):
        self.log("worst_loss", self.worst)


def broken_2(model, loader):
    losses = []
    for images, labels in loader:
        losses.append(F.cross_entropy(model(images), labels, reduction="none"))
    return torch.cat(losses)


class Broken3(pl.LightningDataModule):
    def __init__(self, train_set, val_set):
        super().__init__()
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True, num_workers=2)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, num_workers=2)


class Broken4(LitClassifier):
    def on_validation_epoch_start(self):
        self.logits = torch.zeros(0, 10, device=self.device)
        self.labels = torch.zeros(0, dtype=torch.int64, device=self.device)

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.logits = torch.cat([self.logits, self(images)])
        self.labels = torch.cat([self.labels, labels])
        right = (self.logits.topk(2).indices == self.labels[:, None]).any(dim=1)
        self.so_far = right.float().mean()

    def on_validation_epoch_end(self):
        self.log("val_top2", self.so_far)


class Fix1(LitClassifier):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.log("worst_loss", loss, on_step=False, on_epoch=True, reduce_fx="max")
        return loss


def fix_2(model, loader):
    with torch.no_grad():
        return broken_2(model, loader)


class Fix3(Broken3):
    def train_dataloader(self):
        return DataLoader(
            self.train_set, batch_size=8, shuffle=True, num_workers=2, persistent_workers=True
        )

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, num_workers=2, persistent_workers=True)


class Fix4(LitClassifier):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        right = (self(images).topk(2).indices == labels[:, None]).any(dim=1)
        self.log("val_top2", right.float().mean())


# %% call
check.bug_hunt(Fix1, fix_2, Fix3, Fix4)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: a tensor that is the largest so far, detach, options shared by both loaders, counts
class Fix1(Broken1):
    def on_train_epoch_start(self):
        self.worst = torch.zeros((), device=self.device)

    def training_step(self, batch, batch_idx):
        loss = LitClassifier.training_step(self, batch, batch_idx)
        self.worst = torch.maximum(self.worst, loss.detach())
        return loss


def fix_2(model, loader):
    losses = []
    for images, labels in loader:
        losses.append(F.cross_entropy(model(images), labels, reduction="none").detach())
    return torch.cat(losses)


class Fix3(pl.LightningDataModule):
    def __init__(self, train_set, val_set):
        super().__init__()
        self.sets = train_set, val_set
        self.options = dict(batch_size=8, num_workers=2, persistent_workers=True)

    def train_dataloader(self):
        return DataLoader(self.sets[0], shuffle=True, prefetch_factor=4, **self.options)

    def val_dataloader(self):
        return DataLoader(self.sets[1], **self.options)


class Fix4(Broken4):
    def on_validation_epoch_start(self):
        self.counts = torch.zeros(2, device=self.device)

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        hits = (self(images).topk(2).indices == labels[:, None]).sum()
        self.counts += torch.stack([hits, hits * 0 + len(labels)])

    def on_validation_epoch_end(self):
        self.log("val_top2", self.counts[0] / self.counts[1])


# %% right: one list of all losses, inference_mode, one list of what is right
class Fix1(LitClassifier):
    def on_train_epoch_start(self):
        self.losses = []

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.losses.append(loss.detach())
        return loss

    def on_train_epoch_end(self):
        self.log("worst_loss", torch.stack(self.losses).max().item())


@torch.inference_mode()
def fix_2(model, loader):
    was_training = model.training
    model.eval()
    losses = [F.cross_entropy(model(x), y, reduction="none") for x, y in loader]
    model.train(was_training)
    return torch.cat(losses)


class Fix4(LitClassifier):
    def on_validation_epoch_start(self):
        self.right = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        two = self(images).topk(2).indices
        self.right.append((two == labels.unsqueeze(1)).any(dim=1))

    def on_validation_epoch_end(self):
        self.log("val_top2", torch.cat(self.right).float().mean())


# %% wrong: 1: an object
# says: got an object of the class `Fix1`
Fix1 = Fix1(torch.nn.Flatten())
# %% wrong b: 1: not fixed
# says: by `Tensor.__bool__`, `Tensor.item`
Fix1 = Broken1


# %% wrong b: 1: max of two, which compares
# says: by `Tensor.__bool__`.
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        loss = LitClassifier.training_step(self, batch, batch_idx)
        self.worst = max(self.worst, loss.detach())
        return loss


# %% wrong b: 1: after each batch
# says: by `Tensor.item`.
class Fix1(LitClassifier):
    def on_train_epoch_start(self):
        self.losses = []

    def on_train_batch_end(self, outputs, batch, batch_idx):
        self.losses.append(outputs["loss"].item())

    def on_train_epoch_end(self):
        self.log("worst_loss", max(self.losses))


# %% wrong a: 1: not logged any more
# says: `worst_loss` is logged 0 times
Fix1 = LitClassifier


# %% wrong a: 1: the mean over the images, as it is without `reduce_fx`
# says: is the mean over its images
class Fix1(LitClassifier):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.log("worst_loss", loss, on_step=False, on_epoch=True)
        return loss


# %% wrong a: 1: the mean
# says: is the mean of the losses of its batches
class Fix1(LitClassifier):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.log("worst_loss", loss, on_step=False, on_epoch=True, batch_size=1)
        return loss


# %% wrong a: 1: the last
# says: is the loss of its last batch
class Fix1(Broken1):
    def training_step(self, batch, batch_idx):
        loss = LitClassifier.training_step(self, batch, batch_idx)
        self.worst = loss.detach()
        return loss


# %% wrong a: 1: of both epochs
# says: right for the first epoch, and never begun anew
class Fix1(Broken1):
    def on_fit_start(self):
        self.worst = torch.zeros(())

    def on_train_epoch_start(self):
        pass

    def training_step(self, batch, batch_idx):
        loss = LitClassifier.training_step(self, batch, batch_idx)
        self.worst = torch.maximum(self.worst, loss.detach())
        return loss


# %% wrong a: 1: the smallest
# says: the largest losses of the epochs are
class Fix1(LitClassifier):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.log("worst_loss", loss, on_step=False, on_epoch=True, reduce_fx="min")
        return loss


# %% wrong c: 1: without detach
# says: for a backward pass that never comes
class Fix1(Broken1):
    def on_train_epoch_start(self):
        self.worst = torch.zeros((), device=self.device)

    def training_step(self, batch, batch_idx):
        loss = LitClassifier.training_step(self, batch, batch_idx)
        self.worst = torch.maximum(self.worst, loss)
        return loss


# %% wrong: 2: a class
# says: `fix_2` should be a function
fix_2 = Broken1
# %% wrong e: 2: not fixed
# says: when the last batch begins
fix_2 = broken_2


# %% wrong e: 2: detached in the end
# says: let go of them batch by batch
def fix_2(model, loader):
    return broken_2(model, loader).detach()


# %% wrong e: 2: a graph that has nothing to keep
# says: they keep a graph
def fix_2(model, loader):
    with torch.no_grad():
        losses = broken_2(model, loader)
    return losses.requires_grad_()


# %% wrong d: 2: a list
# says: what is returned is a list of 3
def fix_2(model, loader):
    with torch.no_grad():
        return [F.cross_entropy(model(x), y, reduction="none") for x, y in loader]


# %% wrong d: 2: means
# says: of shape [3], are not the losses
def fix_2(model, loader):
    with torch.no_grad():
        return torch.stack([F.cross_entropy(model(x), y) for x, y in loader])


# %% wrong f: 2: switched off for good
# says: autograd is switched off for good
def fix_2(model, loader):
    torch.set_grad_enabled(False)
    return broken_2(model, loader)


# %% wrong f: 2: frozen
# says: parameters do not require gradients any more
def fix_2(model, loader):
    model.requires_grad_(False)
    return broken_2(model, loader)


# %% wrong f: 2: left in eval mode
# says: the model is in eval mode
def fix_2(model, loader):
    model.eval()
    with torch.no_grad():
        return broken_2(model, loader)


# %% wrong f: 2: a backward, which frees the graph
# says: weights or their gradients are not what they were
def fix_2(model, loader):
    losses = []
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels, reduction="none")
        loss.sum().backward()
        losses.append(loss.detach())
    return torch.cat(losses)


# %% wrong: 3: a loader
# says: got the function `Fix3`
def Fix3(train_set, val_set):
    return DataLoader(train_set)


# %% wrong g: 3: not fixed
# says: of the loader for training still end
Fix3 = Broken3


# %% wrong g: 3: for the training alone
# says: of the loader for validation still end
class Fix3(Fix3):
    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, num_workers=2)


# %% wrong h: 3: no workers
# says: has 0 workers; expected 2
class Fix3(Broken3):
    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)


# %% wrong h: 3: a list of batches
# says: expected a DataLoader; there is a list
class Fix3(Fix3):
    def val_dataloader(self):
        return list(DataLoader(self.val_set, batch_size=8))


# %% wrong i: 3: not shuffled
# says: come in the same order in each epoch
class Fix3(Fix3):
    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, num_workers=2, persistent_workers=True)


# %% wrong i: 3: the validation is shuffled
# says: the validation images are shuffled
class Fix3(Fix3):
    def train_dataloader(self):
        return self.loader(self.train_set)

    def val_dataloader(self):
        return self.loader(self.val_set)

    def loader(self, images):
        options = dict(batch_size=8, num_workers=2, persistent_workers=True)
        return DataLoader(images, shuffle=True, **options)


# %% wrong i: 3: another batch size
# says: for training have the sizes 4, 4, 4, 4, 4
class Fix3(Fix3):
    def train_dataloader(self):
        options = dict(num_workers=2, persistent_workers=True)
        return DataLoader(self.train_set, batch_size=4, shuffle=True, **options)


# %% wrong i: 3: without the last batch
# says: the loaders have 16 and 10
class Fix3(Fix3):
    def train_dataloader(self):
        options = dict(num_workers=2, persistent_workers=True, drop_last=True)
        return DataLoader(self.train_set, batch_size=8, shuffle=True, **options)


# %% wrong k: 4: not fixed
# says: the work still grows
Fix4 = Broken4


# %% wrong j: 4: not logged any more
# says: `val_top2` is logged 0 times
Fix4 = LitClassifier


# %% wrong j: 4: each batch counts the same
# says: in which the short last one counts as much
class Fix4(LitClassifier):
    def on_validation_epoch_start(self):
        self.shares = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        right = (self(images).topk(2).indices == labels[:, None]).any(dim=1)
        self.shares.append(right.float().mean())

    def on_validation_epoch_end(self):
        self.log("val_top2", torch.stack(self.shares).mean())


# %% wrong j: 4: counts that never begin anew
# says: of all images are right; `val_top2` is
class Fix4(LitClassifier):
    right = seen = 0

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.right += (self(images).topk(2).indices == labels[:, None]).sum()
        self.seen += len(labels)

    def on_validation_epoch_end(self):
        self.log("val_top2", self.right / self.seen)
