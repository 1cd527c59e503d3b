"""3.5 log_predictions"""

# %% setup
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import WandbLogger
from torch import nn

# %% call
check.log_predictions(LogPredictions)


# %% right: returns early
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels = batch[0][: self.num_samples], batch[1][: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% right: all in one condition, the whole batch predicted, eval and back, positional arguments
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        super().__init__()
        self.n = num_samples

    def on_validation_batch_end(self, trainer, module, outputs, batch, batch_idx, *_):
        if trainer.logger and batch_idx == 0 and not trainer.sanity_checking:
            x, y, *rest = batch
            was_training = module.training
            module.eval()
            with torch.no_grad():
                probs = module.forward(x).softmax(-1)
            module.train(was_training)
            texts, pictures = [], []
            for i in range(min(self.n, len(x))):
                pictures.append(x[i].numpy())
                texts.append("true %d, predicted %d" % (y[i], probs[i].argmax()))
            trainer.logger.log_image("predictions", pictures, caption=texts)


# %% right: remembers the batches and logs at the end of the validation
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples, self.batches = num_samples, {}

    def on_validation_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
        if batch_idx == 0:
            self.batches[dataloader_idx] = [part[: self.num_samples] for part in batch]

    def on_validation_epoch_end(self, trainer, pl_module):
        if trainer.state.stage == "sanity_check":
            return
        for images, labels, *_ in self.batches.values():
            captions = [
                f"true {label.item()}, predicted {int(logits.argmax())}"
                for label, logits in zip(labels, pl_module(images))
            ]
            for logger in trainer.loggers:
                logger.log_image(key="predictions", images=[*images], caption=captions)


# %% wrong a: every batch
# says: one for each batch
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong a: only once in its life
# says: expected one in each of them
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        if hasattr(self, "done"):
            return
        self.done = True
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong a: a call per image
# says: the images of one batch go into one call
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        for image, caption in zip(images, captions):
            trainer.logger.log_image(key="predictions", images=[image], caption=[caption])


# %% wrong a: the last batch
# says: those of the second batch
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if (
            batch_idx < trainer.num_val_batches[0] - 1
            or trainer.sanity_checking
            or trainer.logger is None
        ):
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong a: the first loader alone
# says: In a validation with two loaders the number of calls of `log_image` is 1
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or dataloader_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong a: remembers one batch, and shows it for each loader
# says: what is shown are not their first batches
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
        if batch_idx == 0:
            self.batch = batch

    def on_validation_epoch_end(self, trainer, pl_module):
        if trainer.sanity_checking or trainer.logger is None:
            return
        for _ in trainer.num_val_batches:
            images, labels = (part[: self.num_samples] for part in self.batch[:2])
            preds = pl_module(images).argmax(dim=1)
            captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
            trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong b: in the sanity check too
# says: before the training has begun
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: all images
# says: 6 images are shown; expected the first 4
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images, labels
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: the last images
# says: not the first of the batch
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[-self.num_samples :], labels[-self.num_samples :]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: another default
# says: expected 20. `num_samples` is 20
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=16):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: only full batches
# says: Where there are fewer than `num_samples`
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        if len(images) < self.num_samples:
            return
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: counts to num_samples
# says: With a batch of 3 images: Your line
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {labels[i]}, predicted {preds[i]}" for i in range(self.num_samples)]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: a pair and nothing else
# says: With a batch of three parts: Your line
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: the last part for the images
# says: its first part, whatever else
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        labels, images = batch[1], batch[-1] if len(batch) > 2 else batch[0]
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong c: pixels for images
# says: has the shape
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images[:, 0]), caption=captions)


# %% wrong d: one kind of logger
# says: or does it accept only one kind of logger
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or not isinstance(trainer.logger, WandbLogger):
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong: a global that does not exist
# says: raised NameError
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        wandb_logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong: a logger that the module has not
# says: raised AttributeError
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.wandb_logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong d: another key
# says: under the key 'sample_images'
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="sample_images", images=list(images), caption=captions)


# %% wrong d: one tensor of images
# says: W&B takes a list of images
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=images, caption=captions)


# %% wrong d: one text
# says: expected a list, with a text per image
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(
            key="predictions", images=list(images), caption=", ".join(captions)
        )


# %% wrong d: captions under another name
# says: `caption` is None
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), captions=captions)


# %% wrong d: texts for all images
# says: There are 4 images and 6 captions
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images, labels
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(
            key="predictions", images=list(images[: self.num_samples]), caption=captions
        )


# %% wrong e: tensors in the texts
# says: take the number out of the tensor
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t!r}, predicted {p!r}" for t, p in zip(labels, preds)]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong e: the other way round
# says: have changed places
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {p}, predicted {t}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong e: words of its own
# says: A text reads 'Ground Truth: 3 - Prediction:
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [
            f"Ground Truth: {t} - Prediction: {p}" for t, p in zip(labels.tolist(), preds.tolist())
        ]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: the logit
# says: a class is a whole number
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).amax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: the label
# says: is the label taken for the prediction
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), labels.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: along the images
# says: looked for along the images
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=0)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: the smallest logit
# says: as that logit is the largest
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmin(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: takes what is returned
# says: that returns nothing: Your line
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = outputs.argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: takes what is returned, if anything is
# says: that returns its loss: Your line
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        logits = pl_module(images) if outputs is None else outputs
        preds = logits.argmax(dim=-1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong f: shows nothing where nothing is returned
# says: is not what the module predicts
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None or outputs is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong g: training mode
# says: in training mode, with dropout on
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        pl_module.eval()
        preds = pl_module(images).argmax(dim=1)
        pl_module.train()
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong g: frozen
# says: require no gradient
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        pl_module.freeze()
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong g: no gradients any more
# says: ends in other weights than without
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking or trainer.logger is None:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        pl_module.zero_grad()
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong h: never without a logger
# says: With `logger=False`: Your line
class LogPredictions(pl.Callback):
    def __init__(self, num_samples=20):
        self.num_samples = num_samples

    def on_validation_batch_end(
        self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0
    ):
        if batch_idx > 0 or trainer.sanity_checking:
            return
        images, labels, *_ = batch
        images, labels = images[: self.num_samples], labels[: self.num_samples]
        preds = pl_module(images).argmax(dim=1)
        captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
        trainer.logger.log_image(key="predictions", images=list(images), caption=captions)


# %% wrong: an object
# says: pass the class itself
LogPredictions = pl.Callback()
