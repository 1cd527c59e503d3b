"""3.6 resume"""

# %% setup
import copy
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from course_lib.models import LitClassifier

QUIET = dict(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)


def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data, ckpt_path=path)


# %% call
check.resume(train, resume)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: the Trainer's own save_checkpoint, and a folder of its own for what comes later
def train(model, data, folder, epochs):
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data)
    path = folder / "after_training.ckpt"
    trainer.save_checkpoint(path)
    return path


def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, default_root_dir=Path(path).parent, **QUIET)
    trainer.fit(model, train_dataloaders=data, ckpt_path=path, weights_only=True)
    return trainer


# %% right: the best by the training's own count; both in one function
def fit(model, data, folder, epochs, path=None):
    keep = ModelCheckpoint(dirpath=folder, save_top_k=-1, monitor=None, filename="{epoch}")
    trainer = pl.Trainer(max_epochs=epochs, callbacks=keep, **QUIET)
    trainer.fit(model, data, ckpt_path=path)
    return keep.best_model_path


def train(model, data, folder, epochs):
    return fit(model, data, str(folder), epochs)


def resume(model, data, path, epochs):
    return fit(model, data, str(Path(path).parent), epochs, str(path))


# %% right: by hand, from the checkpoint's parts
class TakeUp(pl.Callback):
    def __init__(self, checkpoint):
        self.checkpoint = checkpoint

    def on_train_start(self, trainer, pl_module):
        trainer.optimizers[0].load_state_dict(self.checkpoint["optimizer_states"][0])
        config = trainer.lr_scheduler_configs[0]
        config.scheduler.load_state_dict(self.checkpoint["lr_schedulers"][0])


def resume(model, data, path, epochs):
    checkpoint = torch.load(path, weights_only=True)
    model.load_state_dict(checkpoint["state_dict"])
    trainer = pl.Trainer(
        max_epochs=epochs - checkpoint["epoch"],
        callbacks=[TakeUp(checkpoint)],
        enable_checkpointing=False,
        **QUIET,
    )
    trainer.fit(model, data)


# %% wrong a: one epoch
# says: `train` trains `model` for 1 epochs
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=1, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


# %% wrong a: a copy is trained
# says: does not train the `model`
def train(model, data, folder, epochs):
    model = copy.deepcopy(model)
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


# %% wrong b: nothing is returned
# says: `train` returned None
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)


# %% wrong b: no last one is kept
# says: There is no file at the path
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


# %% wrong b: the working directory
# says: not in `folder`: it is 'checkpoints/last.ckpt'
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


# %% wrong b: the first epoch's
# says: of step 2; the last epoch ends at step 6
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_top_k=-1)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return sorted(folder.glob("*.ckpt"))[0]


# %% wrong c: weights in a file of one's own
# says: something of its own and not a checkpoint
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    path = folder / "weights.pt"
    torch.save(model.state_dict(), path)
    return path


# %% wrong c: weights only
# says: and not the optimizer and the scheduler
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True, save_weights_only=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    return checkpoint.last_model_path


# %% wrong c: the scheduler is left out
# says: something in it has been changed
def train(model, data, folder, epochs):
    checkpoint = ModelCheckpoint(folder, save_last=True)
    trainer = pl.Trainer(max_epochs=epochs, callbacks=[checkpoint], **QUIET)
    trainer.fit(model, data)
    path = checkpoint.last_model_path
    content = torch.load(path, weights_only=True)
    torch.save(content | {"lr_schedulers": []}, path)
    return path


# %% wrong f: another checkpoint in the working directory
# says: `train` writes 'checkpoints/
def train(model, data, folder, epochs):
    trainer = pl.Trainer(max_epochs=epochs, **QUIET)
    trainer.fit(model, data)
    path = folder / "last.ckpt"
    trainer.save_checkpoint(path)
    return path


# %% wrong: the path goes to the Trainer
# says: unexpected keyword argument 'resume_from_checkpoint'
def resume(model, data, path, epochs):
    trainer = pl.Trainer(
        max_epochs=epochs, enable_checkpointing=False, resume_from_checkpoint=path, **QUIET
    )
    trainer.fit(model, data)


# %% wrong d: another model is trained
# says: does not train `model` at all
def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    model = type(model).load_from_checkpoint(path, weights_only=True)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong d: a model of another class is made and trained
# says: `model` is already there
def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    model = LitClassifier.load_from_checkpoint(path, network=model.network)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong d: all epochs once more
# says: all of them once more
def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    checkpoint = torch.load(path, weights_only=True)
    model.load_state_dict(checkpoint["state_dict"])
    trainer.fit(model, data)


# %% wrong d: as many as there have been, and all
# says: which are too many in all
def resume(model, data, path, epochs):
    epochs += torch.load(path, weights_only=True)["epoch"]
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong d: max_epochs is what is missing
# says: `resume` stops after 1 more
def resume(model, data, path, epochs):
    epochs -= torch.load(path, weights_only=True)["epoch"]
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong e: the checkpoint is not read
# says: are not those of the checkpoint
def resume(model, data, path, epochs):
    epochs -= torch.load(path, weights_only=True)["epoch"]
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data)


# %% wrong e: weights alone
# says: the learning rate begins anew
def resume(model, data, path, epochs):
    checkpoint = torch.load(path, weights_only=True)
    model.load_state_dict(checkpoint["state_dict"])
    epochs -= checkpoint["epoch"]
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data)


# %% wrong e: the whole checkpoint for the weights
# says: that has the weights under `state_dict`
def resume(model, data, path, epochs):
    model.load_state_dict(torch.load(path, weights_only=True))
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data)


# %% wrong e: no momentum
# says: has the optimizer kept its momentum
def resume(model, data, path, epochs):
    content = torch.load(path, weights_only=True)
    content["optimizer_states"][0]["state"].clear()
    path = str(path) + ".plain"
    torch.save(content, path)
    trainer = pl.Trainer(max_epochs=epochs, enable_checkpointing=False, **QUIET)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong f: resume keeps its own
# says: `resume` writes 'checkpoints/
def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, **QUIET)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong f: a logger that nobody asked for
# says: `resume` writes 'lightning_logs/
def resume(model, data, path, epochs):
    trainer = pl.Trainer(max_epochs=epochs, accelerator="cpu", enable_checkpointing=False)
    trainer.fit(model, data, ckpt_path=path)


# %% wrong: train: a path
# says: `train` should be a function
train = "last.ckpt"

# %% wrong: resume: a path
# says: `resume` should be a function
resume = "last.ckpt"
