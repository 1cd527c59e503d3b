"""8.3 lit_text"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torchmetrics.classification import MulticlassAccuracy


class Good(pl.LightningModule):
    """What the wrong ones differ from."""

    def __init__(self, model, lr=1e-3):
        super().__init__()
        self.lr = lr
        self.model = model.train()

    def logits(self, batch):
        return self.model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits

    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.logits(batch), batch["labels"])

    def validation_step(self, batch, batch_idx):
        right = self.logits(batch).argmax(dim=1) == batch["labels"]
        self.log("val_acc", right.float().mean())

    def predict_step(self, batch, batch_idx):
        return self.logits(batch).softmax(dim=1)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


# %% call
check.lit_text(LitText)


# %% right: the model's own loss, torchmetrics, modes before each epoch
class LitText(pl.LightningModule):
    def __init__(self, model, lr=1e-3):
        super().__init__()
        self.lr, self.bert = lr, model
        self.accuracy = MulticlassAccuracy(average="micro")

    def on_train_epoch_start(self):
        self.bert.train()

    def training_step(self, batch, batch_idx):
        loss = self.bert(**batch).loss
        self.log("train_loss", loss)
        return {"loss": loss}

    def validation_step(self, batch, batch_idx):
        out = self.bert(**batch)
        self.log("val_loss", out.loss)
        self.accuracy(out.logits, batch["labels"])
        self.log("val_acc", self.accuracy)

    def predict_step(self, batch, batch_idx):
        inputs = {name: value for name, value in batch.items() if name != "labels"}
        return torch.softmax(self.bert(**inputs).logits, dim=-1)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


# %% right: counted by hand, a mode in each step
class LitText(pl.LightningModule):
    def __init__(self, network, lr=1e-3):
        super().__init__()
        self.network, self.lr = network, lr

    def forward(self, batch):
        ids, mask = batch["input_ids"], batch["attention_mask"]
        return self.network(input_ids=ids, attention_mask=mask)["logits"]

    def training_step(self, batch, batch_idx):
        self.network.train()
        log_probabilities = self(batch).log_softmax(dim=1)
        return F.nll_loss(log_probabilities, batch["labels"])

    def on_validation_epoch_start(self):
        self.hits = self.seen = 0

    def validation_step(self, batch, batch_idx):
        self.hits += (self(batch).argmax(dim=1) == batch["labels"]).sum()
        self.seen += len(batch["labels"])

    def on_validation_epoch_end(self):
        self.log("val_acc", self.hits / self.seen)

    @torch.no_grad()
    def predict_step(self, batch, batch_idx):
        scores = self(batch).exp()
        return scores / scores.sum(dim=1, keepdim=True)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong: no LightningModule
# says: does not inherit from
class LitText(torch.nn.Module):
    pass


# %% wrong a: a softmax too many
# says: a softmax too many
class LitText(Good):
    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.logits(batch).softmax(dim=1), batch["labels"])


# %% wrong a: labels as floats
# says: the labels are floats, which means
class LitText(Good):
    def training_step(self, batch, batch_idx):
        return self.model(**{**batch, "labels": batch["labels"].float()}).loss


# %% wrong a: one-hot labels, as floats
# says: labels that are floats have that meaning
class LitText(Good):
    def training_step(self, batch, batch_idx):
        labels = F.one_hot(batch["labels"], 3).float()
        return self.model(**{**batch, "labels": labels}).loss


# %% wrong a: the sum
# says: summed over the batch
class LitText(Good):
    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.logits(batch), batch["labels"], reduction="sum")


# %% wrong a: smoothed
# says: its mean cross-entropy is
class LitText(Good):
    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.logits(batch), batch["labels"], label_smoothing=0.1)


# %% wrong a: what the model returns
# says: `training_step` returns None
class LitText(Good):
    def training_step(self, batch, batch_idx):
        F.cross_entropy(self.logits(batch), batch["labels"])


# %% wrong b: trained without the mask
# says: the loss is what it would be if the padding were words
class LitText(Good):
    def training_step(self, batch, batch_idx):
        return self.model(input_ids=batch["input_ids"], labels=batch["labels"]).loss


# %% wrong b: validated without the mask
# says: as if the padding were words; without it
class LitText(Good):
    def validation_step(self, batch, batch_idx):
        logits = self.model(batch["input_ids"]).logits
        self.log("val_acc", (logits.argmax(dim=1) == batch["labels"]).float().mean())


# %% wrong b: predicts without the mask
# says: reads the padding as if it were words
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        return self.model(batch["input_ids"]).logits.softmax(dim=1)


# %% wrong c: another name
# says: logged is `accuracy`
class LitText(Good):
    def validation_step(self, batch, batch_idx):
        right = self.logits(batch).argmax(dim=1) == batch["labels"]
        self.log("accuracy", right.float().mean())


# %% wrong c: each batch counts the same
# says: the plain mean of three batches
class LitText(Good):
    def validation_step(self, batch, batch_idx):
        right = self.logits(batch).argmax(dim=1) == batch["labels"]
        self.log("val_acc", right.float().mean(), batch_size=1)


# %% wrong c: the last batch
# says: of the last batch alone
class LitText(Good):
    def validation_step(self, batch, batch_idx):
        self.right = self.logits(batch).argmax(dim=1) == batch["labels"]

    def on_validation_epoch_end(self):
        self.log("val_acc", self.right.float().mean())


# %% wrong c: counts that never begin anew
# says: of the sentences are right.
class LitText(Good):
    hits = seen = 0

    def validation_step(self, batch, batch_idx):
        self.hits += (self.logits(batch).argmax(dim=1) == batch["labels"]).sum()
        self.seen += len(batch["labels"])

    def on_validation_epoch_end(self):
        self.log("val_acc", self.hits / self.seen)


# %% wrong d: logits
# says: returns logits
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        return self.logits(batch)


# %% wrong d: over the batch
# says: their sums are 0.0683, 2.8, 0.072
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        return self.logits(batch).softmax(dim=0)


# %% wrong d: classes
# says: for a batch of 4 sentences [4]; expected
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        return self.logits(batch).argmax(dim=1)


# %% wrong d: with labels alone
# says: with batches that have no labels
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        ids, mask, _ = (batch[name] for name in ("input_ids", "attention_mask", "labels"))
        return self.model(ids, mask).logits.softmax(dim=1)


# %% wrong d: something else without labels
# says: something else if the batches have no labels
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        logits = self.logits(batch)
        return logits.softmax(dim=1) if "labels" in batch else logits


# %% wrong e: as `from_pretrained` gives it
# says: The model comes in eval mode
class LitText(Good):
    def __init__(self, model, lr=1e-3):
        super().__init__(model, lr)
        self.model.eval()


# %% wrong e: in the first epoch alone
# says: In 3 of 6 training steps
class LitText(Good):
    def on_validation_start(self):
        self.model.eval()

    def on_train_epoch_end(self):
        self.model.eval()


# %% wrong e: validates with dropout
# says: so that `val_acc` is left to chance
class LitText(Good):
    def on_validation_epoch_start(self):
        self.model.train()


# %% wrong e: predicts with dropout
# says: so that each prediction is another one
class LitText(Good):
    def predict_step(self, batch, batch_idx):
        self.model.train()
        return super().predict_step(batch, batch_idx)
