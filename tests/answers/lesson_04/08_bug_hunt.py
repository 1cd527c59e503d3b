"""4.8 bug_hunt"""

# %% setup
import pytorch_lightning as pl
import torch
import wandb
from pytorch_lightning.loggers import CSVLogger, WandbLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib.models import LitClassifier

OFFLINE = dict(offline=True, settings=wandb.Settings(silent=True, console="off"))
MODE = dict(mode="offline", settings=OFFLINE["settings"])
QUIET = dict(
    accelerator="cpu",
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
    log_every_n_steps=1,
)


def tiny_data(size):
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(size, 1, 4, 4, generator=generator)
    return TensorDataset(images, torch.randint(10, (size,), generator=generator))


def tiny_network():
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 10))


class Broken1(pl.Callback):
    def on_train_start(self, trainer, pl_module):
        self.table = wandb.Table(columns=["epoch", "steps"])

    def on_validation_epoch_end(self, trainer, pl_module):
        if not trainer.sanity_checking:
            self.table.add_data(trainer.current_epoch, trainer.global_step)
            trainer.logger.experiment.log({"epochs": self.table})


def broken_2(rates, folder):
    for rate in rates:
        logger = WandbLogger(project="hunt", name=f"lr{rate:g}", save_dir=folder, **OFFLINE)
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))


class Broken3(pl.Callback):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        if type(trainer.logger) is WandbLogger:
            trainer.logger.log_image("weights", [weights])


class Broken4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.logger.experiment.log({"confidence": confidence.item()}, step=batch_idx)
        return super().training_step(batch, batch_idx)


class Fix1(Broken1):
    def on_train_start(self, trainer, pl_module):
        self.table = wandb.Table(columns=["epoch", "steps"], log_mode="MUTABLE")


def fix_2(rates, folder):
    for rate in rates:
        broken_2([rate], folder)
        wandb.finish()


class Fix3(pl.Callback):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        for logger in trainer.loggers:
            if hasattr(logger, "log_image"):
                logger.log_image("weights", [weights])


class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.logger.log_metrics({"confidence": confidence.item()}, step=self.global_step)
        return super().training_step(batch, batch_idx)


# %% call
check.bug_hunt(Fix1, fix_2, Fix3, Fix4)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: a new table each time, a run by hand, the last of all loggers, self.log
class Fix1(pl.Callback):
    def __init__(self):
        self.rows = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.rows.append([trainer.current_epoch, trainer.global_step])
        trainer.logger.log_table("epochs", columns=["epoch", "steps"], data=self.rows)


def fix_2(rates, folder):
    for rate in rates:
        logger = WandbLogger(project="hunt", name="lr" + str(rate), save_dir=folder, **OFFLINE)
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))
        logger.experiment.finish()


class Fix3(pl.Callback):
    def on_validation_end(self, trainer, pl_module):
        found = [logger for logger in trainer.loggers if isinstance(logger, WandbLogger)]
        if found:
            picture = wandb.Image(next(pl_module.parameters()).detach().unsqueeze(0))
            found[-1].experiment.log({"weights": picture})


class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = nn.functional.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        self.log("confidence", self(images).softmax(dim=1).amax(dim=1).mean())
        return loss


# %% right: increments, a with block, Lightning's row, which is still open
class Fix1(Broken1):
    def on_train_start(self, trainer, pl_module):
        self.table = wandb.Table(columns=["epoch", "steps"], log_mode="INCREMENTAL")


def fix_2(rates, folder):
    for rate in rates:
        with wandb.init(project="hunt", name=f"lr{rate}", dir=folder, mode="offline") as run:
            trainer = pl.Trainer(max_epochs=1, logger=WandbLogger(experiment=run), **QUIET)
            trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))


class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.logger.experiment.log({"confidence": confidence.item()}, commit=False)
        return super().training_step(batch, batch_idx)


# %% right: a run beside the other for each rate, all finished in the end; the step in the row
def fix_2(rates, folder):
    runs = []
    for rate in rates:
        name = f"lr{rate}"
        run = wandb.init(project="hunt", name=name, dir=folder, reinit="create_new", **MODE)
        runs.append(run)
        trainer = pl.Trainer(max_epochs=1, logger=WandbLogger(experiment=run), **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))
    for run in runs:
        run.finish()


class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        ours = (logger for logger in trainer.loggers if isinstance(logger, WandbLogger))
        logger = next(ours, None)
        if logger is not None and not trainer.sanity_checking:
            logger.log_image("weights", [weights])


class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        row = {"confidence": confidence, "trainer/global_step": self.global_step}
        self.logger.experiment.log(row)
        return super().training_step(batch, batch_idx)


# %% right: W&B torn down after each training, whose service is the notebook's, too
def fix_2(rates, folder):
    for rate in rates:
        broken_2([rate], folder)
        wandb.teardown()


# %% right: what is open is finished by the next
def fix_2(rates, folder):
    for rate in rates:
        options = dict(name=f"lr{rate}", dir=folder, reinit="finish_previous", **MODE)
        logger = WandbLogger(experiment=wandb.init(project="hunt", **options))
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))
    wandb.finish()


# %% wrong: 1: an object
# says: got an object of the class `Fix1`
Fix1 = Fix1()
# %% wrong a: 1: not fixed
# says: the row of the first epoch alone
Fix1 = Broken1


# %% wrong a: 1: a new table for each epoch
# says: the row of the last epoch alone
class Fix1(Broken1):
    def on_validation_epoch_end(self, trainer, pl_module):
        self.on_train_start(trainer, pl_module)
        super().on_validation_epoch_end(trainer, pl_module)


# %% wrong a: 1: counted from one
# says: the rows of `epochs` are [[1, 2], [2, 4], [3, 6]]
class Fix1(pl.Callback):
    rows = None

    def on_train_epoch_end(self, trainer, pl_module):
        self.rows = [*(self.rows or []), [trainer.current_epoch + 1, trainer.global_step]]
        trainer.logger.log_table("epochs", columns=["epoch", "steps"], data=self.rows)


# %% wrong a: 1: under another name
# says: the rows of `epochs` are []
class Fix1(Broken1):
    def on_validation_epoch_end(self, trainer, pl_module):
        if not trainer.sanity_checking:
            self.table.add_data(trainer.current_epoch, trainer.global_step)
            trainer.logger.experiment.log({"table": self.table})


# %% wrong a: 1: with the check before the training
# says: makes a row, too, of no steps at all
class Fix1(pl.Callback):
    def __init__(self):
        self.rows = []

    def on_validation_epoch_end(self, trainer, pl_module):
        self.rows.append([trainer.current_epoch, trainer.global_step])
        trainer.logger.log_table("epochs", columns=["epoch", "steps"], data=self.rows)


# %% wrong: 1: with the check before the training, when there is no table yet
# says: raised AttributeError: 'Fix1' object has no attribute 'table'
class Fix1(Broken1):
    def on_validation_epoch_end(self, trainer, pl_module):
        self.table.add_data(trainer.current_epoch, trainer.global_step)
        table = wandb.Table(columns=self.table.columns, data=self.table.data)
        trainer.logger.experiment.log({"epochs": table})


# %% wrong b: 1: only at the end
# says: after each epoch it should be there already
class Fix1(Broken1):
    def on_validation_epoch_end(self, trainer, pl_module):
        if not trainer.sanity_checking:
            self.table.add_data(trainer.current_epoch, trainer.global_step)

    def on_train_end(self, trainer, pl_module):
        trainer.logger.experiment.log({"epochs": self.table})


# %% wrong: 1: an argument too many
# says: Fix1: Your answer raised TypeError
class Fix1(Broken1):
    def __init__(self, table):
        self.table = table


# %% wrong: 2: the result
# says: `fix_2` should be a function
fix_2 = None
# %% wrong c: 2: not fixed
# says: 2 trainings made 1 run(s)
fix_2 = broken_2


# %% wrong c: 2: one name for all
# says: the runs are called hunt, hunt;
def fix_2(rates, folder):
    for rate in rates:
        logger = WandbLogger(project="hunt", name="hunt", save_dir=folder, **OFFLINE)
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))
        wandb.finish()


# %% wrong c: 2: the rate in the name alone
# says: the runs have the rates [0.001, 0.001]
def fix_2(rates, folder):
    for rate in rates:
        logger = WandbLogger(project="hunt", name=f"lr{rate:g}", save_dir=folder, **OFFLINE)
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network()), DataLoader(tiny_data(8), 4))
        wandb.finish()


# %% wrong c: 2: `dir`, which W&B knows and WandbLogger passes over
# says: the runs are not kept in `folder`
def fix_2(rates, folder):
    for rate in rates:
        logger = WandbLogger(project="hunt", name=f"lr{rate:g}", dir=folder, **OFFLINE)
        trainer = pl.Trainer(max_epochs=1, logger=logger, **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))
        wandb.finish()


# %% wrong d: 2: finished before, not after
# says: the last run is still open
def fix_2(rates, folder):
    for rate in rates:
        wandb.finish()
        broken_2([rate], folder)


# %% wrong d: 2: runs beside one another that nobody finishes
# says: what was made with `create_new` is not finished
def fix_2(rates, folder):
    for rate in rates:
        name = f"lr{rate}"
        run = wandb.init(project="hunt", name=name, dir=folder, reinit="create_new", **MODE)
        trainer = pl.Trainer(max_epochs=1, logger=WandbLogger(experiment=run), **QUIET)
        trainer.fit(LitClassifier(tiny_network(), lr=rate), DataLoader(tiny_data(8), 4))


# %% wrong: 3: a function
# says: Expected a class and got the function `Fix3`
def Fix3(trainer, pl_module):
    pass


# %% wrong e: 3: not fixed
# says: with a CSVLogger in front
Fix3 = Broken3


# %% wrong e: 3: always the second
# says: with a CSVLogger behind
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        if isinstance(trainer.loggers[-1:][0] if trainer.loggers else None, WandbLogger):
            trainer.loggers[-1].log_image("weights", [weights])


# %% wrong e: 3: no picture
# says: wherever the WandbLogger stands
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_metrics({"weights": 1.0})


# %% wrong f: 3: of any logger
# says: with a CSVLogger alone the training ends with an error, IndexError
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        found = [logger for logger in trainer.loggers if isinstance(logger, WandbLogger)]
        found[0].log_image("weights", [weights])


# %% wrong f: 3: the first of none
# says: with a CSVLogger alone the training ends with an error, StopIteration
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        found = next(logger for logger in trainer.loggers if isinstance(logger, WandbLogger))
        found.log_image("weights", [weights])


# %% wrong f: 3: not without any logger
# says: with no logger the training ends with an error, AttributeError
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        weights = next(pl_module.parameters()).detach().unsqueeze(0)
        trainer.logger.name
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_image("weights", [weights])


# %% wrong f: 3: the run that is open
# says: gets into a run that happens to be open
class Fix3(Broken3):
    def on_validation_epoch_end(self, trainer, pl_module):
        if wandb.run is not None:
            wandb.log({"weights": wandb.Image(next(pl_module.parameters()).detach().unsqueeze(0))})


# %% wrong g: 4: not fixed
# says: the values of the second epoch are lost
Fix4 = Broken4


# %% wrong g: 4: at the end of each epoch
# says: of 8 values of `confidence` 2 arrive
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.log("confidence", confidence, on_step=False, on_epoch=True)
        return super().training_step(batch, batch_idx)


# %% wrong g: 4: twice
# says: for 8 batches `confidence` arrives 16 times
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.log("confidence", confidence)
        self.logger.log_metrics({"confidence": confidence.item()}, step=self.global_step)
        return super().training_step(batch, batch_idx)


# %% wrong g: 4: the smallest probability
# says: is not the mean of the largest probabilities
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        self.log("confidence", self(batch[0]).softmax(dim=1).min(dim=1).values.mean())
        return super().training_step(batch, batch_idx)


# %% wrong h: 4: without any step
# says: one behind
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.logger.experiment.log({"confidence": confidence.item()})
        return super().training_step(batch, batch_idx)


# %% wrong h: 4: the number of the batch in the epoch
# says: in the second epoch the steps start again at 0
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        self.logger.log_metrics({"confidence": confidence.item()}, step=batch_idx)
        return super().training_step(batch, batch_idx)


# %% wrong h: 4: images of a batch for batches of an epoch
# says: of the values is [0, 1, 2, 3, 2, 3, 4, 5]
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        confidence = self(batch[0]).softmax(dim=1).max(dim=1).values.mean()
        step = self.current_epoch * len(batch[0]) + batch_idx
        row = {"confidence": confidence.item(), "trainer/global_step": step}
        self.logger.experiment.log(row)
        return super().training_step(batch, batch_idx)


# %% wrong i: 4: train_loss is forgotten
# says: does not train and log `train_loss` any more
class Fix4(LitClassifier):
    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("confidence", logits.softmax(dim=1).max(dim=1).values.mean())
        return nn.functional.cross_entropy(logits, labels)
