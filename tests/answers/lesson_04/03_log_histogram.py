"""4.3 log_histogram"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
import wandb
from pytorch_lightning.loggers import WandbLogger
from torch import nn

from course_lib.models import LitClassifier

# %% call
check.log_histogram(LitHistogram)


# %% right: plainly
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1).detach().cpu())
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% right: a tensor, numpy's histogram, the experiment
class LitHistogram(LitClassifier):
    def on_validation_start(self):
        self.largest = torch.empty(0)

    def validation_step(self, batch, batch_idx):
        super().validation_step(batch, batch_idx)
        with torch.no_grad():
            exponentials = self(batch[0]).exp()
        shares = exponentials.max(dim=1).values / exponentials.sum(dim=1)
        self.largest = torch.cat([self.largest, shares.cpu()])

    def on_validation_end(self):
        if self.trainer.sanity_checking:
            return
        for logger in self.loggers:
            if isinstance(logger, WandbLogger):
                histogram = wandb.Histogram(self.largest.tolist(), num_bins=20)
                step = self.trainer.global_step
                logger.experiment.log({"val_confidence": histogram, "trainer/global_step": step})


# %% right: everything in validation_step
import numpy as np


class LitHistogram(LitClassifier):
    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        if batch_idx == 0:
            self.seen = []
        self.seen.extend(F.softmax(logits, dim=-1).max(dim=-1).values.tolist())
        last = batch_idx == self.trainer.num_val_batches[0] - 1
        if last and not self.trainer.sanity_checking and isinstance(self.logger, WandbLogger):
            counted = np.histogram(self.seen, bins=16, range=(0, 1))
            histogram = wandb.Histogram(np_histogram=counted)
            self.logger.log_metrics({"val_confidence": histogram}, self.global_step)
        return logits


# %% right: at the step of Lightning's own `val_acc`, one before
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step - 1)


# %% wrong a: another name
# says: The names that the W&B run gets are
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"confidence": histogram}, step=self.global_step)


# %% wrong a: the raw numbers
# says: `val_confidence` is a tensor of shape [18]; expected a `wandb.Histogram`
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = torch.cat(self.confidences)
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong a: wandb.log
# says: It goes to the run that happens to be open
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            wandb.log({"val_confidence": histogram, "trainer/global_step": self.global_step})


# %% wrong: self.log
# says: raised ValueError
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.log("val_confidence", histogram)


# %% wrong b: logits
# says: the largest logits, of which no softmax
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: all ten
# says: the probabilities of all ten classes
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).flatten())
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: of the right class
# says: the probabilities of the right class
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1)[range(len(logits)), batch[1]])
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: the classes
# says: the classes, and not how sure
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).argmax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: whether right
# says: whether each image is right
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.argmax(dim=1) == batch[1])
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: log_softmax
# says: logarithms of the probabilities
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.log_softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: softmax over the batch
# says: softmax over the images of a batch
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=0).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: the smallest
# says: the smallest probabilities
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amin(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong b: a sigmoid
# says: are not the largest probabilities of the images
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.sigmoid().amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong c: the last batch
# says: Only the last batch is in it
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences = [logits.softmax(dim=1).amax(dim=1)]
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong c: the first batch
# says: Only one batch is in it
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(self.confidences[0])
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong c: those of the validation before, too
# says: Those of the validation before are among them
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        if self.trainer.sanity_checking or self.global_step <= 3:
            self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong c: those of the check, too
# says: Those of the check before the training are among them
class LitHistogram(LitClassifier):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)
            self.confidences.clear()


# %% wrong c: a mean of each batch
# says: counts 3 values; expected 18
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1).mean()[None])
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong c: those trained on, too
# says: Those that were trained on are among them
class LitHistogram(LitClassifier):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.confidences = []

    def forward(self, images):
        logits = super().forward(images)
        self.confidences.append(logits.detach().softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)
        self.confidences.clear()


# %% wrong d: in the check, too
# says: logs a histogram, too, of an untrained model
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger):
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong d: at each batch
# says: 6 histograms are logged
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)
        return logits

    def on_validation_epoch_end(self):
        pass


# %% wrong d: at the end of the training
# says: a single histogram is logged
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_train_end(self):
        if isinstance(self.logger, WandbLogger):
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong e: no step
# says: No step is logged with the histogram
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.experiment.log({"val_confidence": histogram})


# %% wrong e: W&B's own step
# says: sets W&B's own counter of calls
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.experiment.log({"val_confidence": histogram}, step=self.global_step)


# %% wrong e: the epoch
# says: is logged at the step 0; expected `self.global_step`
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.current_epoch)


# %% wrong f: no super()
# says: `val_loss` is not logged any more
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = self(batch[0])
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong f: a loss of its own
# says: `val_loss` is
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.val_acc(logits, labels)
        self.log("val_loss", F.cross_entropy(logits.softmax(dim=1), labels))
        self.log("val_acc", self.val_acc)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong f: no accuracy
# says: `val_acc` is not logged any more
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong g: needs a logger
# says: With `logger=False` it does not work: Your line
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong g: needs an experiment
# says: With another logger it does not work: Your line
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if self.logger and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.experiment.log(
                {"val_confidence": histogram, "trainer/global_step": self.global_step}
            )


# %% wrong g: any logger
# says: gets the histogram, too, and would write
class LitHistogram(LitClassifier):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if self.logger and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)


# %% wrong: an instance
# says: pass the class itself
LitHistogram = LitClassifier(nn.Linear(2, 2))


# %% wrong: another base
# says: does not inherit from `LitClassifier`
class LitHistogram(pl.LightningModule):
    def on_validation_epoch_start(self):
        self.confidences = []

    def validation_step(self, batch, batch_idx):
        logits = super().validation_step(batch, batch_idx)
        self.confidences.append(logits.softmax(dim=1).amax(dim=1))
        return logits

    def on_validation_epoch_end(self):
        if isinstance(self.logger, WandbLogger) and not self.trainer.sanity_checking:
            histogram = wandb.Histogram(torch.cat(self.confidences))
            self.logger.log_metrics({"val_confidence": histogram}, step=self.global_step)
