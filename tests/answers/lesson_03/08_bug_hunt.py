"""3.8 bug_hunt"""

# %% setup
from pathlib import Path

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from torch import nn
from torchmetrics import MeanMetric

QUIET = dict(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)


class Plain(pl.LightningModule):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        loss = F.cross_entropy(self(batch[0]), batch[1])
        self.log("train_loss", loss, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", F.cross_entropy(self(batch[0]), batch[1]))

    def test_step(self, batch, batch_idx):
        self.log("test_loss", F.cross_entropy(self(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.5)


def broken_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="test_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader)
    return best.best_model_path


def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


def broken_2(model, train_loader, val_loader, folder):
    callbacks = [ModelCheckpoint(folder, monitor="val_loss")]
    callback = [*callbacks, EarlyStopping("val_loss", patience=2)]  # noqa: F841
    trainer = pl.Trainer(max_epochs=20, callbacks=callbacks, **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    patient = EarlyStopping("val_loss", patience=2)
    trainer = pl.Trainer(max_epochs=20, callbacks=[best, patient], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


class Broken3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


class Broken4(Plain):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        return {"val_loss": F.cross_entropy(self(images), labels)}

    def configure_callbacks(self):
        return [ModelCheckpoint(filename="{epoch}-{val_loss:.3f}")]


class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}-{val_loss:.3f}")]


class Broken5(Plain):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        self.log("val_loss_7", F.cross_entropy(self(images[sevens]), labels[sevens]))


class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if sevens.any():
            loss = F.cross_entropy(self(images[sevens]), labels[sevens])
            self.log("val_loss_7", loss, batch_size=int(sevens.sum()))


# %% call
check.bug_hunt(fix_1, fix_2, Fix3, Fix4, Fix5)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: other routes
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(dirpath=str(folder), monitor="val_loss", save_top_k=2, mode="min")
    trainer = pl.Trainer(max_epochs=3, callbacks=best, **QUIET)
    trainer.fit(model, train_dataloaders=train_loader, val_dataloaders=val_loader)
    return trainer.checkpoint_callback.best_model_path


def fix_2(model, train_loader, val_loader, folder):
    callbacks = [ModelCheckpoint(folder, monitor="val_loss", save_last=True)]
    callbacks.append(EarlyStopping(monitor="val_loss", mode="min", patience=2))
    trainer = pl.Trainer(max_epochs=20, callbacks=callbacks, **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


class Fix3(pl.Callback):
    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_epoch_end(self, trainer, *_):
        self.losses += [float(trainer.callback_metrics["train_loss_epoch"])]


class Fix4(Plain):
    def __init__(self, network):
        super().__init__(network)
        self.mean = MeanMetric()

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        losses = F.cross_entropy(self(images), labels, reduction="none")
        self.mean(losses)
        return {"val_loss": losses.mean()}

    def on_validation_epoch_end(self):
        self.log("val_loss", self.mean.compute())
        self.mean.reset()

    def configure_callbacks(self):
        return ModelCheckpoint(
            monitor="val_loss",
            filename="epoch={epoch}-val_loss={val_loss:.2f}",
            auto_insert_metric_name=False,
        )


class Fix5(Broken5):
    def on_validation_epoch_start(self):
        self.losses = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        self.losses.append(F.cross_entropy(self(images), labels, reduction="none")[sevens])

    def on_validation_epoch_end(self):
        self.log("val_loss_7", torch.cat(self.losses).mean())


# %% right: a metric that is told the weights, a hand-made sum
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(round(trainer.logged_metrics["train_loss_epoch"].item(), 6))


class Fix5(Broken5):
    def __init__(self, network):
        super().__init__(network)
        self.mean_7 = MeanMetric(nan_strategy="ignore")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if sevens.any():
            loss = F.cross_entropy(self(images)[sevens], labels[sevens])
            self.mean_7.update(loss, weight=sevens.sum())

    def on_validation_epoch_end(self):
        self.log("val_loss_7", self.mean_7)


# %% right: 1: all are kept, and validated afterwards; 4: other names
def fix_1(model, train_loader, val_loader, folder):
    every = ModelCheckpoint(folder, save_top_k=-1)
    trainer = pl.Trainer(max_epochs=3, callbacks=[every], **QUIET)
    trainer.fit(model, train_loader)
    losses = {}
    for path in sorted(folder.glob("*.ckpt")):
        (logged,) = trainer.validate(model, val_loader, ckpt_path=path, verbose=False)
        losses[path] = logged["val_loss"]
    return min(losses, key=losses.get)


class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{val_loss:.4f}_{epoch:02d}")]


# %% right: 1: all are kept, and compared by hand
def fix_1(model, train_loader, val_loader, folder):
    every = ModelCheckpoint(folder, save_top_k=-1)
    trainer = pl.Trainer(max_epochs=3, callbacks=[every], **QUIET)
    trainer.fit(model, train_loader)

    @torch.no_grad()
    def loss(path):
        model.load_state_dict(torch.load(path, weights_only=True)["state_dict"])
        model.eval()
        losses = [F.cross_entropy(model(x), y, reduction="sum") for x, y in val_loader]
        return sum(losses).item()

    return min(folder.iterdir(), key=loss)


# %% wrong b: 1: the metric alone
# says: there is still no validation
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="train_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader)
    return best.best_model_path


# %% wrong: 1: the validation alone
# says: fix_1: Your line 5 raised MisconfigurationException
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="test_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong: 1: five epochs
# says: the training takes 10 steps
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=5, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong b: 1: the training images
# says: with which every epoch looks better
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, train_loader)
    return best.best_model_path


# %% wrong b: 1: one batch of validation
# says: of 9 images to validate on, 4 are used
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, limit_val_batches=1, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong a: 1: nothing is returned
# says: what is returned is None
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)


# %% wrong a: 1: the working directory
# says: is not in `folder`
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong a: 1: the highest loss
# says: `val_loss` is the highest after the first
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss", mode="max")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong a: 1: the best training loss
# says: this checkpoint is that of the last
def fix_1(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="train_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return best.best_model_path


# %% wrong c: 2: not fixed
# says: it still trains for 20 epochs
def fix_2(model, train_loader, val_loader, folder):
    callbacks = [ModelCheckpoint(folder, monitor="val_loss")]
    callback = [*callbacks, EarlyStopping("val_loss", patience=2)]  # noqa: F841
    trainer = pl.Trainer(max_epochs=20, callbacks=callbacks, **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


# %% wrong c: 2: a patience of three
# says: 10 epochs are trained; expected 6
def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    patient = EarlyStopping("val_loss", patience=3)
    trainer = pl.Trainer(max_epochs=20, callbacks=[best, patient], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


# %% wrong d: 2: early stopping alone
# says: a checkpoint is kept in 'checkpoints'
def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    patient = EarlyStopping("val_loss", patience=2)
    trainer = pl.Trainer(max_epochs=20, callbacks=[patient], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


# %% wrong d: 2: no checkpoints at all
# says: no checkpoint is kept any more
def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    patient = EarlyStopping("val_loss", patience=2)
    trainer = pl.Trainer(max_epochs=20, callbacks=[patient], enable_checkpointing=False, **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


# %% wrong d: 2: the latest
# says: the checkpoint is of epoch 5
def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder)
    patient = EarlyStopping("val_loss", patience=2)
    trainer = pl.Trainer(max_epochs=20, callbacks=[best, patient], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    return trainer


# %% wrong: 2: nothing is returned
# says: expected the Trainer
def fix_2(model, train_loader, val_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    patient = EarlyStopping("val_loss", patience=2)
    trainer = pl.Trainer(max_epochs=20, callbacks=[best, patient], **QUIET)
    trainer.fit(model, train_loader, val_loader)


# %% wrong e: 3: not fixed
# says: after three epochs `losses` is still empty
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


# %% wrong e: 3: after each batch
# says: `losses` gets 6 numbers, and in two
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_batch_end(self, trainer, *args):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


# %% wrong e: 3: one list for all
# says: a new callback begins with the numbers of another
class Fix3(pl.Callback):
    losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss"].item())


# %% wrong f: 3: the last batch
# says: that is the loss of the last batch
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss_step"].item())


# %% wrong f: 3: tensors
# says: what `losses` gets is a tensor of shape []
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(trainer.callback_metrics["train_loss"])


# %% wrong f: 3: the mean of what training_step returns
# says: not what `training_step` returns
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_train_epoch_start(self, trainer, pl_module):
        self.batches = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.batches.append(outputs["loss"].item())

    def on_train_epoch_end(self, trainer, pl_module):
        self.losses.append(sum(self.batches) / len(self.batches))


# %% wrong g: 4: nothing is logged
# says: `val_loss` is logged 0 times
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        return {"val_loss": F.cross_entropy(self(images), labels)}

    def configure_callbacks(self):
        return [ModelCheckpoint(filename="{epoch}-{val_loss:.3f}")]


# %% wrong: 4: watched, not logged
# says: Fix4: Your answer raised MisconfigurationException
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        return {"val_loss": F.cross_entropy(self(images), labels)}

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}-{val_loss:.3f}")]


# %% wrong g: 4: every batch counts the same
# says: the plain mean of the batches
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels), batch_size=1)

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}-{val_loss:.3f}")]


# %% wrong g: 4: the sum
# says: in three validations; expected
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels, reduction="sum"))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}-{val_loss:.3f}")]


# %% wrong h: 4: watches nothing
# says: the latest is kept as the best
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(filename="{epoch}-{val_loss:.3f}")]


# %% wrong h: 4: the highest
# says: kept is epoch 0
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", mode="max", filename="{epoch}-{val_loss:.3f}")]


# %% wrong h: 4: keeps nothing
# says: Fix4: no checkpoint is kept any more
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [
            ModelCheckpoint(monitor="val_loss", save_top_k=0, filename="{epoch}-{val_loss:.3f}")
        ]


# %% wrong i: 4: named twice
# says: inserts the names of the metrics itself
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        name = "epoch={epoch}-val_loss={val_loss:.3f}"
        return [ModelCheckpoint(monitor="val_loss", filename=name)]


# %% wrong i: 4: the epoch alone
# says: expected a name as 'epoch=1-val_loss=
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}")]


# %% wrong j: 5: not fixed
# says: still NaN
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        self.log("val_loss_7", F.cross_entropy(self(images[sevens]), labels[sevens]))


# %% wrong j: 5: never logged
# says: is not logged; what is logged is `val_loss`
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if sevens.any():
            loss = F.cross_entropy(self(images[sevens]), labels[sevens])
            self.log("val_loss", loss, batch_size=int(sevens.sum()))


# %% wrong k: 5: a batch counts by its images
# says: by all of its images
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if sevens.any():
            loss = F.cross_entropy(self(images[sevens]), labels[sevens])
            self.log("val_loss_7", loss)


# %% wrong k: 5: every batch counts the same
# says: every batch with a seven counts the same
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if sevens.any():
            loss = F.cross_entropy(self(images[sevens]), labels[sevens])
            self.log("val_loss_7", loss, batch_size=1)


# %% wrong k: 5: NaN becomes 0
# says: counts as a loss of 0
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        loss = F.cross_entropy(self(images[sevens]), labels[sevens]).nan_to_num()
        self.log("val_loss_7", loss)


# %% wrong k: 5: all images
# says: it is the mean over all images
class Fix5(Broken5):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        sevens = labels == 7
        if True:
            loss = F.cross_entropy(self(images), labels)
            self.log("val_loss_7", loss, batch_size=len(labels))


# %% wrong l: 5: a list that is never emptied
# says: what the first has seen is still in it
class Fix5(Broken5):
    losses = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        losses = F.cross_entropy(self(images), labels, reduction="none")
        self.losses.append(losses[labels == 7])

    def on_validation_epoch_end(self):
        self.log("val_loss_7", torch.cat(self.losses).mean())


# %% wrong: 1: a path
# says: `fix_1` should be a function
fix_1 = "best.ckpt"


# %% wrong: 3: an object
# says: got an object of the class `Fix3`
Fix3 = Fix3()


# %% wrong i: 4: another metric in the name
# says: the file is 'epoch=1-loss=0.000.ckpt'
class Fix4(Broken4):
    def validation_step(self, batch, batch_idx):
        images, labels = batch
        self.log("val_loss", F.cross_entropy(self(images), labels))

    def configure_callbacks(self):
        return [ModelCheckpoint(monitor="val_loss", filename="{epoch}-{loss:.3f}")]


# %% wrong e: 3: after each validation
# says: only gets numbers where there is a validation
class Fix3(pl.Callback):
    def __init__(self):
        self.losses = []

    def on_validation_epoch_end(self, trainer, pl_module):
        self.losses.append(
            trainer.callback_metrics.get("train_loss_epoch", torch.tensor(1.5)).item()
        )
