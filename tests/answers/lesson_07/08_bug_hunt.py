"""7.8 bug_hunt"""

# %% setup
import tempfile
from pathlib import Path

import pandas as pd
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts
from torch.utils.data import Dataset

QUIET = dict(
    accelerator="cpu",
    logger=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)


class BrokenRows(Dataset):
    def __init__(self, split, folder):
        names = ["train", "test"] if split == "both" else [split]
        frame = pd.concat([pd.read_csv(Path(folder) / f"{name}.csv") for name in names])
        values = torch.tensor(frame["value"].to_numpy()).float()
        self.value = ((values - values.mean()) / values.std()).unsqueeze(1)
        self.day = torch.tensor(frame["day"].to_numpy())
        self.target = torch.tensor(frame["target"].to_numpy()).float()

    def __getitem__(self, row):
        return self.value[row], self.day[row], self.target[row]

    def __len__(self):
        return len(self.target)


class BrokenVAE(pl.LightningModule):
    def __init__(self, folder, days=7, max_epochs=60):
        super().__init__()
        self.save_hyperparameters()
        self.embedding = nn.Embedding(days, 2)
        self.encoder = nn.Linear(1 + 2, 4)
        self.decoder = nn.Linear(2, 1 + 2)

    def sample(self, mu, logvar):
        return mu + 0.1 * torch.randn_like(mu) * torch.exp(logvar / 2)

    def forward(self, value, day):
        inputs = torch.cat([value, self.embedding(day)], dim=1)
        mu, logvar = self.encoder(inputs).chunk(2, dim=1)
        return self.decoder(self.sample(mu, logvar)), inputs, mu, logvar

    def loss(self, value, day):
        rebuilt, inputs, mu, logvar = self(value, day)
        kld = (mu.square() + logvar.exp() - 1 - logvar).mean() / 2
        return F.mse_loss(rebuilt, inputs) + 0.05 * kld

    def training_step(self, batch, batch_idx):
        return self.loss(*batch[:2])

    def test_step(self, batch, batch_idx):
        self.log("test_loss", self.loss(*batch[:2]))

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.02)
        scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=25)
        return [optimizer], [scheduler]


class Broken3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if batch_idx == 0:
            values, _ = batch
            logger.log_metrics({"worst_score": outputs.max(), "size": len(values)})


def broken_4(model, train_loader, val_loader, test_loader, folder):
    best = ModelCheckpoint(folder, monitor="test_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader)
    (result,) = trainer.test(model, test_loader, verbose=False)
    return best.best_model_path, result["test_loss"]


class Fix1(BrokenRows):
    def __init__(self, split, folder):
        super().__init__(split, folder)
        names = ["train", "test"] if split == "both" else [split]
        values = pd.concat([pd.read_csv(Path(folder) / f"{name}.csv")["value"] for name in names])
        known = pd.read_csv(Path(folder) / "train.csv")["value"]
        scaled = (values - known.mean()) / known.std()
        self.value = torch.tensor(scaled.to_numpy()).float().unsqueeze(1)


class Fix2(BrokenVAE):
    def __init__(self, folder, days=7, max_epochs=60):
        folder = str(folder)
        super().__init__(folder, days, max_epochs)
        self.decoder = nn.Linear(2, 1 + days)

    def sample(self, mu, logvar):
        return mu + torch.randn_like(mu) * torch.exp(logvar / 2) if self.training else mu

    def loss(self, value, day):
        rebuilt, _, mu, logvar = self(value, day)
        kld = (mu.square() + logvar.exp() - 1 - logvar).mean() / 2
        return F.mse_loss(rebuilt[:, :1], value) + F.cross_entropy(rebuilt[:, 1:], day) + 0.05 * kld

    def validation_step(self, batch, batch_idx):
        value, day, _ = batch
        self.log("val_loss", self.loss(value, day))
        return (self(value, day)[0][:, 0] - value[:, 0]).square()

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.02)
        return [optimizer], [CosineAnnealingWarmRestarts(optimizer, self.hparams.max_epochs)]


class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.log("worst_score", outputs.max(), on_epoch=True, reduce_fx="max")


def fix_4(model, train_loader, val_loader, test_loader, folder, **options):
    best = ModelCheckpoint(folder, **(dict(monitor="val_loss") | options))
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    (result,) = trainer.test(model, test_loader, ckpt_path="best", verbose=False)
    return best.best_model_path, result["test_loss"]


# %% call
check.bug_hunt(Fix1, Fix2, Fix3, fix_4)


# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: the other standard deviation, a class of its own, numbers in the callback, two Trainers
class Fix1(Dataset):
    def __init__(self, split, folder):
        frames = {name: pd.read_csv(Path(folder, f"{name}.csv")) for name in ("train", "test")}
        values = frames["train"]["value"].to_numpy()
        mean, std = values.mean(), values.std()
        self.frame = pd.concat(frames.values()) if split == "both" else frames[split]
        self.frame = self.frame.assign(value=(self.frame["value"] - mean) / std)

    def __getitem__(self, i):
        row = self.frame.iloc[i]
        value = torch.tensor([row["value"]], dtype=torch.float32)
        return value, torch.tensor(int(row["day"])), torch.tensor(float(row["target"]))

    def __len__(self):
        return len(self.frame)


class Fix2(BrokenVAE):
    def __init__(self, folder, days=7, max_epochs=60):
        pl.LightningModule.__init__(self)
        self.save_hyperparameters({"folder": f"{folder}", "days": days, "max_epochs": max_epochs})
        self.embedding = nn.Embedding(days, 2)
        self.encoder = nn.Linear(1 + 2, 4)
        self.value, self.day = nn.Linear(2, 1), nn.Linear(2, days)

    def sample(self, mu, logvar):
        return torch.normal(mu, logvar.exp().sqrt()) if self.training else mu

    def forward(self, value, day):
        inputs = torch.cat([value, self.embedding(day)], dim=1)
        mu, logvar = self.encoder(inputs).chunk(2, dim=1)
        z = self.sample(mu, logvar)
        return self.value(z), self.day(z), mu, logvar

    def losses(self, value, day):
        rebuilt, logits, mu, logvar = self(value, day)
        latent = torch.distributions.Normal(mu, (logvar / 2).exp())
        kld = torch.distributions.kl_divergence(latent, torch.distributions.Normal(0, 1))
        entropy = F.cross_entropy(logits, day, reduction="none")
        return (rebuilt - value).pow(2).squeeze(1), entropy, kld.mean(dim=1)

    def loss(self, value, day):
        square, entropy, kld = self.losses(value, day)
        return (square + entropy + 0.05 * kld).mean()

    def validation_step(self, batch, batch_idx):
        square, entropy, kld = self.losses(batch[0], batch[1])
        loss = (square + entropy + 0.05 * kld).mean()
        self.log("val_loss", loss, batch_size=len(square), prog_bar=True)
        return square

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.02)
        steps = self.trainer.estimated_stepping_batches
        scheduler = {"scheduler": CosineAnnealingLR(optimizer, steps), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class Fix3(pl.Callback):
    def on_validation_epoch_start(self, trainer, pl_module):
        self.scores = []

    def on_validation_batch_end(self, trainer, pl_module, outputs, *args):
        self.scores += outputs.tolist()

    def on_validation_epoch_end(self, trainer, pl_module):
        worst = {"worst_score": max(self.scores)}
        trainer.logger.log_metrics(worst, step=trainer.global_step)


def fix_4(model, train, val, test, folder):
    best = ModelCheckpoint(folder, "best", monitor="val_loss", mode="min", save_top_k=1)
    trainer = pl.Trainer(max_epochs=3, callbacks=best, **QUIET)
    trainer.fit(model, train, val)
    weights = torch.load(best.best_model_path, weights_only=True)["state_dict"]
    model.load_state_dict(weights)
    pl.Trainer(**QUIET).test(model, test)
    results = trainer.test(model, test)
    return Path(best.best_model_path), torch.tensor(results[0]["test_loss"])


# %% wrong: 1: an object
# says: got an object of the class `BrokenRows`
Fix1 = BrokenRows.__new__(BrokenRows)


# %% wrong: 1: the training rows alone
# says: for split='both' there are 4 rows; expected 7
class Fix1(Fix1):
    def __init__(self, split, folder):
        super().__init__("train" if split == "both" else split, folder)


# %% wrong a: 1: not fixed
# says: with the statistics of test.csv
Fix1 = BrokenRows


# %% wrong a: 1: the test alone
# says: with the statistics of both files
class Fix1(Fix1):
    def __init__(self, split, folder):
        super().__init__(split, folder)
        if split == "both":
            BrokenRows.__init__(self, split, folder)


# %% wrong a: 1: not scaled
# says: the values are 10, 30, 20, 60; expected
class Fix1(BrokenRows):
    def __init__(self, split, folder):
        super().__init__(split, folder)
        names = ["train", "test"] if split == "both" else [split]
        frame = pd.concat([pd.read_csv(Path(folder) / f"{name}.csv") for name in names])
        self.value = torch.tensor(frame[["value"]].to_numpy()).float()


# %% wrong a: 1: on top of what the base class does
# says: the values are standardised twice
class Fix1(BrokenRows):
    def __init__(self, split, folder):
        super().__init__(split, folder)
        known = pd.read_csv(Path(folder) / "train.csv")["value"]
        self.value = (self.value - known.mean()) / known.std()


# %% wrong b: 2: not fixed
# says: a tenth of the noise
class Fix2(Fix2):
    sample = BrokenVAE.sample


# %% wrong b: 2: the variance
# says: draws with the standard deviations
class Fix2(Fix2):
    def sample(self, mu, logvar):
        return mu + torch.randn_like(mu) * logvar.exp() if self.training else mu


# %% wrong b: 2: the noise alone
# says: the mean of what `sample` draws is
class Fix2(Fix2):
    def sample(self, mu, logvar):
        return torch.randn_like(mu) * torch.exp(logvar / 2) if self.training else mu


# %% wrong b: 2: nothing
# says: `sample` returns None
class Fix2(Fix2):
    def sample(self, mu, logvar):
        mu + torch.randn_like(mu) * torch.exp(logvar / 2)


# %% wrong c: 2: noise in evaluation, too
# says: in evaluation mode `sample` should return mu
class Fix2(Fix2):
    def sample(self, mu, logvar):
        return mu + torch.randn_like(mu) * torch.exp(logvar / 2)


# %% wrong d: 2: the embedding is the target
# says: embeddings of 0 are easily rebuilt
class Fix2(Fix2):
    def __init__(self, folder, days=7, max_epochs=60):
        folder = str(folder)
        super().__init__(folder, days, max_epochs)
        self.decoder = nn.Linear(2, 1 + 2)

    loss = BrokenVAE.loss


# %% wrong d: 2: without the values
# says: the mean squared error of the values is 3.6 then
class Fix2(Fix2):
    def loss(self, value, day):
        return super().loss(value, day) - F.mse_loss(self(value, day)[0][:, :1], value)


# %% wrong d: 2: without the divergence
# says: which is 0.05 times the KL divergence
class Fix2(Fix2):
    def loss(self, value, day):
        rebuilt = self(value, day)[0]
        return F.mse_loss(rebuilt[:, :1], value) + F.cross_entropy(rebuilt[:, 1:], day)


# %% wrong d: 2: values and errors of different shapes
# says: do shapes [B] and [B, 1] meet somewhere
class Fix2(Fix2):
    def loss(self, value, day):
        rebuilt, _, mu, logvar = self(value, day)
        kld = (mu.square() + logvar.exp() - 1 - logvar).mean() / 2
        error = (rebuilt[:, 0] - value).square().mean()
        return error + F.cross_entropy(rebuilt[:, 1:], day) + 0.05 * kld


# %% wrong d: 2: softmax
# says: any other costs 1 more at most
class Fix2(Fix2):
    def loss(self, value, day):
        rebuilt, _, mu, logvar = self(value, day)
        kld = (mu.square() + logvar.exp() - 1 - logvar).mean() / 2
        entropy = F.cross_entropy(rebuilt[:, 1:].softmax(dim=1), day)
        return F.mse_loss(rebuilt[:, :1], value) + entropy + 0.05 * kld


# %% wrong e: 2: not fixed
# says: `folder` still is that Path
class Fix2(Fix2):
    def __init__(self, folder, days=7, max_epochs=60):
        super().__init__(str(folder), days, max_epochs)


# %% wrong e: 2: not saved at all
# says: cannot be loaded without further arguments
class Fix2(Fix2):
    def __init__(self, folder, days=7, max_epochs=60):
        super().__init__(folder, days, max_epochs)
        del self.hparams["folder"]


# %% wrong e: 2: a default in the place of an argument
# says: does not say so any more
class Fix2(Fix2):
    def __init__(self, folder=".", days=5, max_epochs=60):
        super().__init__(folder, days, max_epochs)
        del self.hparams["folder"], self.hparams["days"]


# %% wrong f: 2: not fixed
# says: the training ends in the middle of a cycle
class Fix2(Fix2):
    configure_optimizers = BrokenVAE.configure_optimizers


# %% wrong f: 2: two cycles
# says: begins a new cycle
class Fix2(Fix2):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.02)
        return [optimizer], [CosineAnnealingWarmRestarts(optimizer, self.hparams.max_epochs // 2)]


# %% wrong f: 2: no scheduler
# says: the learning rate stays the same
class Fix2(Fix2):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.02)


# %% wrong g: 2: no metric
# says: a validation logs no `val_loss`
class Fix2(Fix2):
    def validation_step(self, batch, batch_idx):
        value, day, _ = batch
        return (self(value, day)[0][:, 0] - value[:, 0]).square()


# %% wrong g: 2: each batch counts the same
# says: the mean over all rows is
class Fix2(Fix2):
    def validation_step(self, batch, batch_idx):
        value, day, _ = batch
        self.log("val_loss", self.loss(value, day), batch_size=1)
        return (self(value, day)[0][:, 0] - value[:, 0]).square()


# %% wrong h: 2: the loss
# says: `validation_step` returns a tensor of shape []
class Fix2(Fix2):
    def validation_step(self, batch, batch_idx):
        loss = self.loss(*batch[:2])
        self.log("val_loss", loss)
        return loss


# %% wrong i: 3: nothing
# says: the Trainer's logger gets no `worst_score`
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.worst = outputs.max()


# %% wrong: 3: not fixed
# says: raised ValueError: too many values to unpack
Fix3 = Broken3


# %% wrong i: 3: each batch
# says: the logger gets `worst_score` 6 times
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        trainer.logger.log_metrics({"worst_score": outputs.max().item()})


# %% wrong i: 3: the first batch
# says: is the largest of the first batch alone
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if batch_idx == 0:
            trainer.logger.log_metrics({"worst_score": outputs.max().item()})


# %% wrong i: 3: the last batch
# says: is the largest of the last batch alone
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.worst = outputs.max()

    def on_validation_end(self, trainer, pl_module):
        trainer.logger.log_metrics({"worst_score": self.worst.item()})


# %% wrong i: 3: never begun anew
# says: is the largest of all validations so far
class Fix3(pl.Callback):
    worst = 0.0

    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.worst = max(self.worst, outputs.max().item())

    def on_validation_end(self, trainer, pl_module):
        trainer.logger.log_metrics({"worst_score": self.worst})


# %% wrong i: 3: the mean, as it is by default
# says: is the largest of a batch, in the mean
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.log("worst_score", outputs.max())


# %% wrong i: 3: the smallest
# says: the largest scores of two validations are 9, 6
class Fix3(pl.Callback):
    def on_validation_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.log("worst_score", outputs.min(), reduce_fx="min")


# %% wrong j: 4: not fixed
# says: expected the path of a checkpoint; what is returned is ''
fix_4 = broken_4


# %% wrong j: 4: the metric not fixed
# says: monitors what nothing logs while `fit` runs
def fix_4(*args, fixed=fix_4):
    return fixed(*args, monitor="test_loss")


# %% wrong j: 4: an error in the training
# says: fix_4: there is an error in the training.
def fix_4(model, train_loader, val_loader, test_loader, folder):
    trainer = pl.Trainer(max_epochs=3, callbacks=[ModelCheckpoint], **QUIET)
    trainer.fit(model, train_loader, val_loader)


# %% wrong k: 4: an error after it
# says: fix_4: there is an error when the training is over.
def fix_4(*args, fixed=fix_4):
    path, loss = fixed(*args)
    return path, loss["test_loss"]


# %% wrong j: 4: elsewhere
# says: is not in `folder`
def fix_4(model, train_loader, val_loader, test_loader, folder, fixed=fix_4):
    return fixed(model, train_loader, val_loader, test_loader, Path("elsewhere"))


# %% wrong j: 4: the latest
# says: the checkpoint is that of the last epoch
def fix_4(*args, fixed=fix_4):
    return fixed(*args, monitor=None)


# %% wrong j: 4: by the test rows
# says: this epoch is the best on other rows
def fix_4(model, train_loader, val_loader, test_loader, folder, fixed=fix_4):
    return fixed(model, train_loader, test_loader, test_loader, folder)


# %% wrong k: 4: the last weights
# says: that is the `test_loss` of the weights of the last epoch
def fix_4(model, train_loader, val_loader, test_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=3, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    (result,) = trainer.test(model, test_loader, verbose=False)
    return best.best_model_path, result["test_loss"]


# %% wrong k: 4: what `test` returns
# says: fix_4: the second is a list of 1
def fix_4(*args, fixed=fix_4):
    path, loss = fixed(*args)
    return path, [{"test_loss": loss}]


# %% wrong k: 4: the best `val_loss`
# says: the best checkpoint has the `test_loss` 6; you return 0.4
def fix_4(*args, fixed=fix_4):
    return fixed(*args)[0], 0.4


# %% wrong: 4: one epoch less
# says: fix_4: the training has 2 epochs
def fix_4(model, train_loader, val_loader, test_loader, folder):
    best = ModelCheckpoint(folder, monitor="val_loss")
    trainer = pl.Trainer(max_epochs=2, callbacks=[best], **QUIET)
    trainer.fit(model, train_loader, val_loader)
    (result,) = trainer.test(model, test_loader, ckpt_path="best", verbose=False)
    return best.best_model_path, result["test_loss"]


# %% wrong: 4: the path alone
# says: Expected a path and a loss from fix_4
def fix_4(*args, fixed=fix_4):
    return fixed(*args)[0]
