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


# %% right: a limit set later
def make_trainer():
    trainer = pl.Trainer(max_epochs=1, limit_val_batches=1.0, **QUIET)
    trainer.limit_train_batches = 0.2
    return trainer


# %% right: a callback that sets the limit
class Fifth(pl.Callback):
    def setup(self, trainer, pl_module, stage):
        trainer.limit_train_batches = 0.2


def make_trainer(epochs=1):
    return pl.Trainer(max_epochs=epochs, callbacks=[Fifth()], **QUIET)


# %% wrong a: too many epochs
# says: its `max_epochs` is 2
def make_trainer():
    return pl.Trainer(max_epochs=2, limit_train_batches=0.2, **QUIET)


# %% wrong a: no epochs
# says: its `max_epochs` is not set
def make_trainer():
    return pl.Trainer(limit_train_batches=0.2, **QUIET)


# %% wrong b: no limit
# says: All of the 20 training batches
def make_trainer():
    return pl.Trainer(max_epochs=1, **QUIET)


# %% wrong b: four batches
# says: The number of training batches is 4, whether
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=4, **QUIET)


# %% wrong b: leaves a fifth out
# says: Of 20 training batches 16 were trained on, 80%
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=0.8, **QUIET)


# %% wrong c: overfit_batches, validation put right
# says: turns the shuffling off
def make_trainer():
    trainer = pl.Trainer(max_epochs=1, overfit_batches=0.2, **QUIET)
    trainer.limit_val_batches = 1.0
    return trainer


# %% wrong d: validation too
# says: only the training was to be short
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=0.2, limit_val_batches=0.2, **QUIET)


# %% wrong d: validates in between
# says: once is enough
def make_trainer():
    return pl.Trainer(max_epochs=1, limit_train_batches=0.2, val_check_interval=0.5, **QUIET)


# %% wrong: a trainer instead of the function
# says: is an object of the class `Trainer`
make_trainer = pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)


# %% wrong: forgets to return
# says: it returned None
def make_trainer():
    trainer = pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)


# %% wrong a: a fifth of an epoch
# says: `max_epochs` is 0.2
def make_trainer():
    return pl.Trainer(max_epochs=0.2, **QUIET)


# %% wrong: always the same Trainer
# says: returned the same Trainer
trainer = pl.Trainer(max_epochs=1, limit_train_batches=0.2, **QUIET)


def make_trainer():
    return trainer
