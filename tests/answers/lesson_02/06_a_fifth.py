"""2.6 a_fifth"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn

QUIET = dict(
    logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
)
# %% call
check.a_fifth(make_trainer)


# %% right: plainly
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)


# %% right: with loggers, a fraction, a lambda
make_trainer = lambda: pl.Trainer(limit_train_batches=1 / 5, max_epochs=1, log_every_n_steps=1)


# %% wrong: validation too
# says: only the training was to be short
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=0.2, limit_val_batches=0.2, **QUIET)


# %% wrong: overfit_batches
# says: overfit_batches
def make_trainer():
    return pl.Trainer(max_epochs=1, overfit_batches=0.2, **QUIET)


# %% wrong: a fifth of 35 batches
# says: Of 20 training batches 7 were
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=7, **QUIET)


# %% wrong: four batches
# says: Of 35 training batches 4 were
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=4, **QUIET)


# %% wrong: one batch
# says: 1 were trained on
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=1, **QUIET)


# %% wrong: no limit
# says: 20 were trained on; expected a fifth, 4
def make_trainer():
    return pl.Trainer(max_epochs=1, **QUIET)


# %% wrong: too many epochs
# says: `max_epochs` is 2; expected 1
def make_trainer():
    return pl.Trainer(max_epochs=2, limit_train_batches=0.2, **QUIET)


# %% wrong: no epochs
# says: `max_epochs` is not set; expected 1
def make_trainer():
    return pl.Trainer(limit_train_batches=0.2, **QUIET)


# %% wrong: a trainer instead of the function
# says: got an object of the class `Trainer`
make_trainer = pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)


# %% wrong: forgets to return
# says: it returned None
def make_trainer():
    trainer = pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)
