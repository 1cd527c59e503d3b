"""2.7 root_dir"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
import os
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


# %% wrong: ignores the folder
# says: it wrote `lightning_logs/version_0/checkpoints
def make_trainer(folder):
    return pl.Trainer(max_epochs=1)


# %% wrong: another name
# says: it wrote `folder/lightning_logs
def make_trainer(folder):
    return pl.Trainer(max_epochs=1, default_root_dir="folder")


# %% wrong: only the logger
# says: only because its logger is
def make_trainer(folder):
    return pl.Trainer(max_epochs=1, logger=CSVLogger(folder))


# %% wrong: changes the working directory
# says: the process works in another folder
def make_trainer(folder):
    folder.mkdir(parents=True)
    os.chdir(folder)
    return pl.Trainer(max_epochs=1)


# %% wrong: no checkpoints
# says: leave checkpointing on
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1, enable_checkpointing=False)


# %% wrong: no logs
# says: leave the logger on
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder, max_epochs=1, logger=False)


# %% wrong: a default number of epochs
# says: `max_epochs` is not set; expected 1
def make_trainer(folder):
    return pl.Trainer(default_root_dir=folder)
