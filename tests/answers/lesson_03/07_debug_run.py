"""3.7 debug_run"""

# %% setup
import copy
import math

import pytorch_lightning as pl

QUIET = dict(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)

# %% call
check.debug_run(debug_run)


# %% right: two Trainers
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% right: a helper, no validation in the second run, isfinite
def fit(model, data, **options):
    trainer = pl.Trainer(**options, **QUIET)
    trainer.fit(model, data)
    return trainer.callback_metrics


def debug_run(make_model, data, bound):
    fit(make_model(), data, fast_dev_run=5)
    overfit = dict(overfit_batches=5, limit_val_batches=0, enable_checkpointing=False)
    loss = float(fit(make_model(), data, max_epochs=20, **overfit)["train_loss"])
    if math.isfinite(loss) and loss < bound:
        return loss
    raise RuntimeError(f"not below {bound}: {loss}")


# %% right: limits for the first run, steps for the second, a model of a copied kind
def debug_run(make_model, data, bound):
    first, second = make_model(), make_model()
    limits = dict(limit_train_batches=5, limit_val_batches=5, max_epochs=1)
    pl.Trainer(**limits, num_sanity_val_steps=0, enable_checkpointing=False, **QUIET).fit(
        first, data
    )
    trainer = pl.Trainer(
        max_epochs=-1, max_steps=100, overfit_batches=5, enable_checkpointing=False, **QUIET
    )
    trainer.fit(second, datamodule=data)
    loss = trainer.logged_metrics["train_loss"].item()
    if loss >= bound or math.isnan(loss):
        raise RuntimeError("The loss, {:.2f}, is not below {:.2f}.".format(loss, bound))
    return loss


# %% wrong a: one batch
# says: which is what `fast_dev_run=True` means
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=True, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong a: the other order
# says: Which comes first
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    pl.Trainer(fast_dev_run=5, **QUIET).fit(make_model(), datamodule=data)
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong a: no validation
# says: validates on 0 batches
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), data.train_dataloader())
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong: one run only
# says: Expected two runs
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong b: errors are swallowed
# says: passes the debug run
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    try:
        trainer.fit(make_model(), datamodule=data)
    except Exception as error:
        print(error)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), data.train_dataloader())
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong b: errors become others
# says: should come through as it is
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    try:
        trainer.fit(make_model(), datamodule=data)
    except Exception as error:
        raise RuntimeError("the fast run failed") from error
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong c: one model
# says: has been trained already
def debug_run(make_model, data, bound):
    model = make_model()
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(model, datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(model, datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong d: other batches in each epoch
# says: as the loader goes on shuffling
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, limit_train_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong d: all batches
# says: an epoch has 7 batches; expected 5
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong d: ten epochs
# says: trains for 10 epochs
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=10, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong d: without an end
# says: trains for more than 20 epochs
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong e: nothing is returned
# says: `debug_run` returned None
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")


# %% wrong e: a tensor
# says: `debug_run` returned a tensor of shape []
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"]
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong e: the mean of the last epoch
# says: the mean over the last five batches
class Keep(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_batch_end(self, trainer, *args):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    keep = Keep()
    trainer.callbacks.append(keep)
    trainer.fit(make_model(), datamodule=data)
    loss = sum(keep.losses[-5:]) / 5
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong e: that of the first run
# says: the last `train_loss` of the second run is 0.09
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    last = trainer.callback_metrics["train_loss"].item()
    if not last < bound:
        raise RuntimeError(f"the loss is {last:.3f}, not below {bound}")
    return loss


# %% wrong: another name
# says: raised KeyError
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong f: the other way round
# says: far below the bound of 2
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong f: only tells
# says: is above the bound of 0.5, and `debug_run` finds nothing
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        print(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong f: assert
# says: and what is raised is AssertionError
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    assert loss < bound, f"the loss is {loss:.3f}, not below {bound}"
    return loss


# %% wrong f: not above
# says: 0.5 is not below the bound of 0.5, and
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss <= bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong f: without numbers
# says: expected both numbers in it
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError("the model does not learn")
    return loss


# %% wrong f: without the loss
# says: 'The loss is not below 0.5.'; expected
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"The loss is not below {bound}.")
    return loss


# %% wrong g: NaN is let through
# says: NaN is not below the bound
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, enable_checkpointing=False, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if loss >= bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong h: checkpoints
# says: leave 4 files in the working directory
def debug_run(make_model, data, bound):
    trainer = pl.Trainer(fast_dev_run=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    trainer = pl.Trainer(max_epochs=20, overfit_batches=5, **QUIET)
    trainer.fit(make_model(), datamodule=data)
    loss = trainer.callback_metrics["train_loss"].item()
    if not loss < bound:
        raise RuntimeError(f"the loss is {loss:.3f}, not below {bound}")
    return loss


# %% wrong: what it returns
# says: should be a function
debug_run = 0.09
