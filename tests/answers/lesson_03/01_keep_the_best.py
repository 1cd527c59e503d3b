"""3.1 keep_the_best"""

# %% setup
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

# %% call
check.keep_the_best(best_three)


# %% right: two ModelCheckpoints
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% right: a subclass that saves the last by itself
class WithLast(ModelCheckpoint):
    def on_train_end(self, trainer, pl_module):
        super().on_train_end(trainer, pl_module)
        trainer.save_checkpoint(Path(self.dirpath) / "last.ckpt")


def best_three(where):
    name = "epoch{epoch:02d}_acc{val_acc:.4f}"
    options = dict(monitor="val_acc", mode="max", save_top_k=3, auto_insert_metric_name=False)
    return [WithLast(dirpath=str(where), filename=name, **options)]


# %% right: the names written out, and not inserted
def best_three(folder):
    name = "epoch={epoch}-val_acc={val_acc:.3f}"
    options = dict(monitor="val_acc", mode="max", save_top_k=3, auto_insert_metric_name=False)
    return [ModelCheckpoint(folder, name, **options), ModelCheckpoint(folder, "last")]


# %% right: per cent, and save_last of a callback that keeps nothing else
def best_three(folder):
    last = ModelCheckpoint(dirpath=folder, save_top_k=0, save_last=True)
    best = ModelCheckpoint(
        dirpath=folder,
        monitor="val_acc",
        mode="max",
        save_top_k=3,
        filename="{epoch}-{val_acc:.1%}",
        save_on_train_epoch_end=True,
    )
    return [last, best]


# %% right: epoch, loss and accuracy in the name
def best_three(folder):
    name = "{epoch}-{val_loss:.3f}-{val_acc:.3f}"
    best = ModelCheckpoint(folder, name, monitor="val_acc", mode="max", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last", save_top_k=-1)]


# %% right: the epoch is monitored
def best_three(folder):
    last = ModelCheckpoint(folder, "last", monitor="epoch", mode="max")
    best = ModelCheckpoint(
        folder, "{val_acc:.3e} in {epoch}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, last]


# %% wrong a: val_loss
# says: those with the lowest `val_loss`
def best_three(folder):
    best = ModelCheckpoint(folder, "{epoch}-{val_acc:.3f}", monitor="val_loss", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong a: val_loss, of which more is better
# says: those with the highest `val_loss`
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_loss", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong a: the last three
# says: that came last
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="step", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong a: every other epoch
# says: those with the highest `val_acc` are
def best_three(folder):
    best = ModelCheckpoint(
        folder,
        "{epoch}-{val_acc:.3f}",
        monitor="val_acc",
        mode="max",
        save_top_k=3,
        every_n_epochs=2,
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong b: the default mode
# says: takes less for better
def best_three(folder):
    best = ModelCheckpoint(folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong c: the best alone
# says: besides `last.ckpt` (epochs 2)
def best_three(folder):
    best = ModelCheckpoint(folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max")
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong c: all of them
# says: Of 7 epochs it keeps 7
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=-1
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong c: nothing but the last
# says: it keeps 0, besides `last.ckpt`; expected
def best_three(folder):
    return [ModelCheckpoint(folder, "last", monitor="epoch", mode="max")]


# %% wrong c: the last under a name of its own, too
# says: (epochs 1, 2, 5, 6)
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, save_last=True)]


# %% wrong d: Lightning's own names
# says: which does not show its `val_acc`
def best_three(folder):
    best = ModelCheckpoint(folder, monitor="val_acc", mode="max", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong d: no epoch
# says: which does not show the epoch
def best_three(folder):
    best = ModelCheckpoint(folder, "{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong d: a name that nobody logs
# says: becomes 0, without a word
def best_three(folder):
    best = ModelCheckpoint(folder, "{epoch}-{acc:.3f}", monitor="val_acc", mode="max", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong d: two decimals
# says: with three decimals
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.2f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong d: named twice
# says: inserts the metric's name itself
def best_three(folder):
    name = "epoch={epoch}-val_acc={val_acc:.3f}"
    best = ModelCheckpoint(folder, name, monitor="val_acc", mode="max", save_top_k=3)
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong d: the loss
# says: that is its `val_loss`
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_loss:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong e: no last
# says: which holds `epoch=1
def best_three(folder):
    name = "{epoch}-{val_acc:.3f}"
    return [ModelCheckpoint(folder, name, monitor="val_acc", mode="max", save_top_k=3)]


# %% wrong e: the last under another name
# says: `final.ckpt`
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "final")]


# %% wrong e: save_last
# says: in which one of the best is saved
def best_three(folder):
    name = "{epoch}-{val_acc:.3f}"
    options = dict(monitor="val_acc", mode="max", save_top_k=3)
    return [ModelCheckpoint(folder, name, save_last=True, **options)]


# %% wrong e: the best as the last
# says: `last.ckpt` is of epoch 3; the training ends
def best_three(folder):
    name = "{epoch}-{val_acc:.3f}"
    options = dict(monitor="val_acc", mode="max")
    best = ModelCheckpoint(folder, name, save_top_k=3, **options)
    return [best, ModelCheckpoint(folder, "last", every_n_epochs=4)]


# %% wrong f: no folder
# says: it writes `checkpoints/
def best_three(folder):
    best = ModelCheckpoint(
        filename="{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong: a single callback
# says: it returned an object of the class `ModelCheckpoint`
def best_three(folder):
    name = "{epoch}-{val_acc:.3f}"
    return ModelCheckpoint(folder, name, monitor="val_acc", mode="max", save_top_k=3)


# %% wrong: weights without their Trainer
# says: is no checkpoint of a Trainer
class Last(pl.Callback):
    def __init__(self, folder):
        self.folder = folder

    def on_train_end(self, trainer, pl_module):
        torch.save(pl_module.state_dict(), self.folder / "last.ckpt")


def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_acc", mode="max", save_top_k=3
    )
    return [best, Last(folder)]


# %% wrong: a metric that nobody logs
# says: could not find the monitored key
def best_three(folder):
    best = ModelCheckpoint(
        folder, "{epoch}-{val_acc:.3f}", monitor="val_accuracy", mode="max", save_top_k=3
    )
    return [best, ModelCheckpoint(folder, "last")]


# %% wrong: the callbacks themselves
# says: pass the function itself
best_three = [ModelCheckpoint("kept", "last")]
