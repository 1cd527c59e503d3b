"""4.5 watch"""

# %% setup
import contextlib
import copy

import pytorch_lightning as pl
import torch
import wandb
from pytorch_lightning.loggers import WandbLogger

# %% call
check.watch(watched_fit)


# %% right: watch, and unwatch whatever comes
def watched_fit(trainer, model, data):
    logger = trainer.logger
    logger.watch(model, "all", 10, False)
    try:
        trainer.fit(model, data)
    finally:
        logger.experiment.unwatch(model)


# %% right: a callback that does it
class Watch(pl.Callback):
    def on_fit_start(self, trainer, pl_module):
        trainer.logger.experiment.watch(pl_module, log="all", log_freq=10)

    def on_fit_end(self, trainer, pl_module):
        trainer.logger.experiment.unwatch()

    def on_exception(self, trainer, pl_module, exception):
        trainer.logger.experiment.unwatch()


def watched_fit(trainer, model, data):
    trainer.callbacks.append(Watch())
    trainer.fit(model, train_dataloaders=data)


# %% right: the functions of the open run, and the error by hand
def watched_fit(trainer, network, loader):
    run = trainer.logger.experiment
    wandb.watch([network], log="all", log_freq=10)
    try:
        trainer.fit(network, loader)
    except BaseException:
        run.unwatch(network)
        raise
    wandb.unwatch(network)


# %% right: only the network, which has all of the parameters
def watched_fit(trainer, model, data):
    trainer.loggers[0].watch(model.network, log="all", log_freq=10, log_graph=False)
    with contextlib.ExitStack() as stack:
        stack.callback(trainer.loggers[0].experiment.unwatch)
        trainer.fit(model, data)


# %% right: histograms drawn by hand
class Draw(pl.Callback):
    def on_after_backward(self, trainer, pl_module):
        if (trainer.global_step + 1) % 10 == 0:
            drawn = {}
            for name, parameter in pl_module.named_parameters():
                drawn[f"gradients/{name}"] = wandb.Histogram(parameter.grad.cpu())
                drawn[f"parameters/{name}"] = wandb.Histogram(parameter.detach().cpu())
            trainer.logger.experiment.log(drawn)


def watched_fit(trainer, model, data):
    trainer.callbacks.append(Draw())
    trainer.fit(model, data)


# %% wrong: a call's result
# says: pass the function itself
watched_fit = None


# %% wrong a: watches, but does not train
# says: it made 0
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    trainer.logger.experiment.unwatch(model)


# %% wrong a: trains a copy
# says: has the weights that it had before
def watched_fit(trainer, model, data):
    model = copy.deepcopy(model)
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong: W&B's own function, before the logger has begun a run
# says: `wandb.watch` needs an open run, and the logger begins its own
def watched_fit(trainer, model, data):
    wandb.watch(model, log="all", log_freq=10)
    try:
        trainer.fit(model, data)
    finally:
        wandb.unwatch(model)


# %% wrong: an error of W&B's kind, about something else
# says: raised Error: Only one model at a time
def watched_fit(trainer, model, data):
    if hasattr(model, "was_watched"):
        raise wandb.Error("Only one model at a time")
    model.was_watched = True
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong: a method that the logger does not have
# says: 'WandbLogger' object has no attribute 'unwatch'
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.unwatch(model)


# %% wrong b: a logger of its own
# says: is not the one that the Trainer's logger was to begin
def watched_fit(trainer, model, data):
    logger = WandbLogger(project="lightning-course", offline=True)
    trainer.logger = logger
    logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        logger.experiment.unwatch(model)


# %% wrong b: parameters alone
# says: No histogram of the gradients arrives
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="parameters", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong b: gradients of the weights alone
# says: Of the gradients only those of `1.weight` arrive
class Draw(pl.Callback):
    def on_after_backward(self, trainer, pl_module):
        if (trainer.global_step + 1) % 10 == 0:
            drawn = {}
            for name, parameter in pl_module.named_parameters():
                drawn[f"parameters/{name}"] = wandb.Histogram(parameter.detach())
                if parameter.ndim > 1:
                    drawn[f"gradients/{name}"] = wandb.Histogram(parameter.grad)
            trainer.logger.experiment.log(drawn)


def watched_fit(trainer, model, data):
    trainer.callbacks.append(Draw())
    trainer.fit(model, data)


# %% wrong c: gradients alone, the default
# says: No histogram of the parameters arrives
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong c: parameters of the last layer's bias alone
# says: Of the parameters only those of `1.bias` arrive
class Draw(pl.Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if (batch_idx + 1) % 10 == 0:
            (*_, (name, bias)) = pl_module.named_parameters()
            histogram = wandb.Histogram(bias.detach())
            trainer.logger.experiment.log({f"parameters/{name}": histogram})


def watched_fit(trainer, model, data):
    trainer.callbacks.append(Draw())
    trainer.logger.watch(model, log="gradients", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch()


# %% wrong d: every 100 batches, the default
# says: In a training of 25 batches no histogram arrives at all
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong d: every batch
# says: arrive after batches 1, 2, 3, 4, 5, 6
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=1, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong e: with the graph
# says: draws the graph of a model only once
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)


# %% wrong e: each model once
# says: no histogram arrives any more
def watched_fit(trainer, model, data):
    if not hasattr(model, "was_watched"):
        trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    model.was_watched = True
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch()


# %% wrong: a model that cannot be watched
# says: raised ValueError: Expected an optimizer
def watched_fit(trainer, model, data):
    if hasattr(model, "was_trained"):
        raise ValueError("Expected an optimizer")
    model.was_trained = True
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch()


# %% wrong f: stops after an error alone
# says: After the training the model is watched on
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    except Exception:
        trainer.logger.experiment.unwatch(model)
        raise


# %% wrong f: finishes the run
# says: finishes the run
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    finally:
        trainer.logger.experiment.unwatch(model)
        wandb.finish()


# %% wrong g: not after an error
# says: After a training that ended with an error the model is still watched
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    trainer.fit(model, data)
    trainer.logger.experiment.unwatch(model)


# %% wrong g: the error is lost
# says: returned as if nothing had happened
def watched_fit(trainer, model, data):
    trainer.logger.watch(model, log="all", log_freq=10, log_graph=False)
    try:
        trainer.fit(model, data)
    except Exception as error:
        print(error)
    trainer.logger.experiment.unwatch(model)
