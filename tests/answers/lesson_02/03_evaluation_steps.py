"""2.3 validation_step and test_step"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
import torchmetrics
from torchmetrics.classification import MulticlassAccuracy


class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% call
check.evaluation_steps(LitEvaluated)


# %% right: Accuracy with a task, update, a step for both
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.scores = nn.ModuleDict(
            {s: torchmetrics.Accuracy(task="multiclass", num_classes=10) for s in ("val_", "test_")}
        )

    def shared(self, batch, stage):
        images, labels = batch
        logits = self(images)
        self.scores[stage].update(logits.argmax(dim=1), labels)
        self.log(stage + "acc", self.scores[stage], on_epoch=True, prog_bar=True)
        self.log(stage + "loss", nn.CrossEntropyLoss()(logits, labels), on_epoch=True)

    def validation_step(self, batch):
        self.shared(batch, "val_")

    def test_step(self, batch):
        self.shared(batch, "test_")


# %% right: one metric for both, computed and reset by hand, both loss and class probabilities
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.accuracy = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.accuracy.update(logits.softmax(-1), labels)
        self.log("val_loss", F.cross_entropy(logits, labels), batch_size=len(labels))

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.accuracy.update(logits, labels)
        self.log("test_loss", F.cross_entropy(logits, labels))
        return logits

    def on_validation_epoch_end(self):
        self.log("val_acc", self.accuracy.compute())
        self.accuracy.reset()

    def on_test_epoch_end(self):
        self.log("test_acc", self.accuracy.compute())
        self.accuracy.reset()


# %% right: a metric for the loss too
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.val_mean = torchmetrics.MeanMetric()

    def validation_step(self, batch, batch_idx):
        x, y = batch
        z = self(x)
        self.val_mean(F.cross_entropy(z, y), len(y))
        self.val_acc(z, y)
        self.log_dict({"val_loss": self.val_mean, "val_acc": self.val_acc})

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% right: a collection with a prefix, copied for the test
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_scores = torchmetrics.MetricCollection(
            {"acc": MulticlassAccuracy(10, average="micro")}, prefix="val_"
        )
        self.test_scores = self.val_scores.clone(prefix="test_")

    def validation_step(self, batch, batch_idx):
        x, y = batch
        z = self.network(x)
        self.val_scores.update(z, y)
        self.log_dict(self.val_scores)
        self.log(name="val_loss", value=nn.functional.cross_entropy(z, y), on_step=True)

    def test_step(self, batch, batch_idx):
        x, y = batch
        z = self.network(x)
        self.log_dict({**self.test_scores(z, y), "test_loss": nn.CrossEntropyLoss()(z, y)})


# %% wrong a: no metric objects
# says: holds no torchmetrics object
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.metrics = {}

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        acc = (logits.argmax(dim=1) == labels).float().mean()
        self.log("val_acc", acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        acc = (logits.argmax(dim=1) == labels).float().mean()
        self.log("test_acc", acc)


# %% wrong e: a mean of batch means
# says: Every batch counts the same there
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.batches.append(self.val_acc(logits, labels))

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)

    def on_validation_epoch_start(self):
        self.batches = []

    def on_validation_epoch_end(self):
        self.log("val_acc", torch.stack(self.batches).mean())


# %% wrong e: the mean over classes
# says: mean over the classes
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10)
        self.test_acc = MulticlassAccuracy(num_classes=10)

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong d: softmax before the loss
# says: takes the softmax itself
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits.softmax(dim=1), labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong d: the loss of the test counts every batch the same
# says: `test_loss` should be
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels), batch_size=1)
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong f: never reset
# says: something is carried over
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc.update(logits, labels)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)

    def on_validation_epoch_end(self):
        self.log("val_acc", self.val_acc.compute())


# %% wrong c: test under the names of validation
# says: there is `val_acc`, `val_loss`
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)


# %% wrong b: no accuracy
# says: there is `val_loss`
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong: argmax over the images
# says: raised
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits.argmax(dim=0), labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong: a function instead of a class
# says: got the function
def LitEvaluated(network):
    return LitMLP(network)


# %% wrong a: metrics made, and then counts by hand
# says: gives no torchmetrics object anything to count
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.log("val_acc", (logits.argmax(dim=1) == labels).float().mean())

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong c: another name for the hook
# says: Your class has no `test_step`
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def testing_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong d: sums of the batches
# says: You log the sum over each batch
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels, reduction="sum"))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong e: the last batch alone
# says: That is the last batch alone
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.last = self.val_acc(logits, labels)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)

    def on_validation_epoch_end(self):
        self.log("val_acc", self.last)


# %% wrong e: right if among the first two
# says: whose largest logit is that of their label
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro", top_k=2)
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong f: the losses of all runs in one list
# says: `val_loss` is right in the first run
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.losses = []

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.losses += F.cross_entropy(logits, labels, reduction="none")
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)

    def on_validation_epoch_end(self):
        self.log("val_loss", torch.stack(self.losses).mean())


# %% wrong e: computed at each step
# says: You log what is counted so far
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc.compute())

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.test_acc)


# %% wrong e: the test logs the metric of the validation
# says: to the metric that it logs
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.val_acc = MulticlassAccuracy(num_classes=10, average="micro")
        self.test_acc = MulticlassAccuracy(num_classes=10, average="micro")

    def validation_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("val_loss", F.cross_entropy(logits, labels))
        self.val_acc(logits, labels)
        self.log("val_acc", self.val_acc)

    def test_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("test_loss", F.cross_entropy(logits, labels))
        self.test_acc(logits, labels)
        self.log("test_acc", self.val_acc)


# %% wrong b: logged at the steps alone
# says: `on_epoch=False` keeps a value from getting that far
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.accuracy = MulticlassAccuracy(10, average="micro")

    def shared(self, batch, stage):
        images, labels = batch
        logits = self(images)
        self.accuracy(logits, labels)
        self.log(stage + "loss", F.cross_entropy(logits, labels), on_step=True, on_epoch=False)
        self.log(stage + "acc", self.accuracy)

    def validation_step(self, batch, batch_idx):
        self.shared(batch, "val_")

    def test_step(self, batch, batch_idx):
        self.shared(batch, "test_")


# %% wrong a: logs a metric that is made in the step
# says: logs a metric object that the model does not hold
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.accuracy = MulticlassAccuracy(10, average="micro")

    def shared(self, batch, stage):
        images, labels = batch
        logits = self(images)
        accuracy = MulticlassAccuracy(10, average="micro")
        accuracy(logits, labels)
        self.log(stage + "loss", F.cross_entropy(logits, labels))
        self.log(stage + "acc", accuracy)

    def validation_step(self, batch, batch_idx):
        self.shared(batch, "val_")

    def test_step(self, batch, batch_idx):
        self.shared(batch, "test_")


# %% wrong e: an accuracy for each class
# says: `average=None` gives one for each class
class LitEvaluated(LitMLP):
    def __init__(self, network, lr=0.1):
        super().__init__(network, lr)
        self.accuracy = MulticlassAccuracy(10, average=None)

    def shared(self, batch, stage):
        images, labels = batch
        logits = self(images)
        self.accuracy(logits, labels)
        self.log(stage + "loss", F.cross_entropy(logits, labels))
        self.log(stage + "acc", self.accuracy)

    def validation_step(self, batch, batch_idx):
        self.shared(batch, "val_")

    def test_step(self, batch, batch_idx):
        self.shared(batch, "test_")
