"""2.7 root_dir"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
import contextlib
import os
import tempfile
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger

# %% call
check.root_dir(make_trainer)


# %% right: plainly
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1)


# %% right: with an explicit logger below it, as a string
def make_trainer(folder):
    return pl.Trainer(default_root_dir=str(folder), max_epochs=1, logger=CSVLogger(folder / "logs"))


# %% right: makes the folder first
def make_trainer(folder):
    folder.mkdir(parents=True, exist_ok=True)
    trainer = pl.Trainer(max_epochs=1, default_root_dir=os.path.abspath(folder))
    return trainer


# %% right: in a folder of its own below it
def make_trainer(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return pl.Trainer(max_epochs=1, default_root_dir=folder / "x")


# %% right: made there, back again
def make_trainer(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(folder):
        return pl.Trainer(max_epochs=1)


# %% wrong a: a default number of epochs
# says: its `max_epochs` is not set
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder)


# %% wrong a: two epochs
# says: its `max_epochs` is 2
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=2)


# %% wrong b: ignores the folder
# says: it wrote `lightning_logs/version_0/checkpoints
def make_trainer(folder):
    return pl.Trainer(max_epochs=1)


# %% wrong b: another name
# says: it wrote `folder/lightning_logs
def make_trainer(folder):
    return pl.Trainer(max_epochs=1, default_root_dir="folder")


# %% wrong b: the logger elsewhere
# says: it wrote `logs/lightning_logs
def make_trainer(folder):
    return pl.Trainer(max_epochs=1, default_root_dir=folder, logger=CSVLogger("logs"))


# %% wrong b: the checkpoints elsewhere
# says: it wrote `checkpoints/
def make_trainer(folder):
    keep = ModelCheckpoint(dirpath="checkpoints")
    return pl.Trainer(max_epochs=1, default_root_dir=folder, callbacks=[keep])


# %% wrong c: no logs
# says: leave the logger on
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1, logger=False)


# %% wrong d: no checkpoints
# says: leave checkpointing on
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1, enable_checkpointing=False)


# %% wrong e: only the logger
# says: only because the logger is
def make_trainer(folder):
    return pl.Trainer(max_epochs=1, logger=CSVLogger(folder))


# %% wrong f: changes the working directory
# says: the process works in another folder
def make_trainer(folder):
    folder.mkdir(parents=True)
    os.chdir(folder)
    return pl.Trainer(max_epochs=1)


# %% wrong: makes only the last folder
# says: raised FileNotFoundError
def make_trainer(folder):
    folder.mkdir()
    return pl.Trainer(max_epochs=1, default_root_dir=folder)


# %% wrong a: one step
# says: The Trainer stops inside the epoch
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1, max_steps=1)


# %% wrong b: checkpoints in a temporary folder
# says: /elsewhere` too
place = tempfile.TemporaryDirectory()


def make_trainer(folder):
    keep = ModelCheckpoint(dirpath=os.path.join(place.name, "elsewhere"))
    return pl.Trainer(default_root_dir=folder, max_epochs=1, callbacks=[keep])
