"""The LightningModule that classifies sentences with a transformer, pretrained or from scratch."""

from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import Metric
from torchmetrics.classification import MulticlassAccuracy

from course_lib import pretrained
from course_lib.models.guard import MonitorGuard
from course_lib.models.metrics import MeanLoss

Spec = dict[str, Any]
Batch = dict[str, Tensor]  # input_ids, attention_mask, int64 [B, T]; labels, int64 [B]


class LitTextClassifier(pl.LightningModule):
    """Cross-entropy, accuracy, AdamW and a warm-up, around a transformer of the BERT kind.

    With `pretrained_model` its body is loaded and only the head is new; without it a small BERT
    is trained from scratch on `vocab_size` tokens. The architecture is kept among the
    hyperparameters in plain values, so that a checkpoint rebuilds the model without the folder or
    the network that it came from:
    `LitTextClassifier.load_from_checkpoint(path, weights_only=True)`.

    Logs `train_loss` per step; `val_loss`, `val_acc`, `test_loss` and `test_acc` per epoch.

    Args:
        pretrained_model: a name on the Hugging Face hub or a local folder; the tokenizer has to be
            of the same one.
        vocab_size: of a model from scratch: how many tokens the tokenizer knows.
        num_classes: number of logits.
        hidden_size, layers, heads, dropout: of a model from scratch.
        lr: the learning rate at its peak; 2e-5 to 5e-5 is usual for a pretrained body.
        weight_decay: of the weights; biases and LayerNorm have none.
        warmup: share of all steps in which the learning rate rises, before it falls to 0.
        architecture: what a checkpoint has kept; nobody else needs it.

    Raises:
        ValueError: an argument has no meaning, or the pretrained model cannot be had.
        ModuleNotFoundError: transformers is not installed.
    """

    def __init__(
        self,
        pretrained_model: str | None = None,
        vocab_size: int | None = None,
        num_classes: int = 2,
        hidden_size: int = 64,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.05,
        lr: float = 1e-3,
        weight_decay: float = 0.01,
        warmup: float = 0.1,
        architecture: Spec | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(warmup, float | int) or not 0 <= warmup <= 1:
            raise ValueError(f"warmup is {warmup!r}; expected a share of the steps, 0 to 1.")
        self.save_hyperparameters()
        self.network: Any  # a transformers.PreTrainedModel
        if architecture is not None:
            self.network = rebuild(architecture)
        elif pretrained_model is not None:
            self.network = pretrained.load(
                "AutoModelForSequenceClassification", pretrained_model, num_labels=num_classes
            ).float()  # newer versions keep the file's type: 16 bits are too coarse for small steps
        else:
            self.network = small_bert(vocab_size, num_classes, hidden_size, layers, heads, dropout)
        self.network.train()  # from_pretrained leaves dropout off
        self.hparams["architecture"] = self.network.config.to_dict()
        self.val_acc = MulticlassAccuracy(average="micro")
        self.test_acc = MulticlassAccuracy(average="micro")
        self.val_loss = MeanLoss()
        self.test_loss = MeanLoss()

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Map tokens `[B, T]` to logits `[B, num_classes]`; padding has a mask of 0."""
        return self.network(input_ids=input_ids, attention_mask=attention_mask).logits

    def configure_callbacks(self) -> list[pl.Callback]:
        """Bring a guard along: a run that watches a metric that is not logged ends early."""
        return [MonitorGuard()]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the mean cross-entropy of a batch."""
        loss = F.cross_entropy(self._logits(batch), batch["labels"])
        self.log("train_loss", loss, sync_dist=True)  # the mean over devices
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log `val_loss` and `val_acc`; return the logits."""
        return self._evaluate(batch, "val", self.val_loss, self.val_acc)

    def test_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log `test_loss` and `test_acc`; return the logits."""
        return self._evaluate(batch, "test", self.test_loss, self.test_acc)

    def predict_step(self, batch: Batch, batch_idx: int = 0) -> Tensor:
        """Return class probabilities `[B, num_classes]`, with or without labels in the batch."""
        return self._logits(batch).softmax(dim=-1)

    def configure_optimizers(self) -> Any:
        """AdamW; the learning rate rises and falls in straight lines, a little with every batch."""
        decayed, plain = split_parameters(self.network)
        groups: list[Spec] = [
            {"params": decayed, "weight_decay": self.hparams["weight_decay"]},
            {"params": plain, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.hparams["lr"])
        total = int(self.trainer.estimated_stepping_batches)
        warmup = round(total * self.hparams["warmup"])

        def factor(step: int) -> float:
            if step < warmup:
                return (step + 1) / (warmup + 1)
            return max(0.0, (total - step) / max(1, total - warmup))

        scheduler = LambdaLR(optimizer, factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _logits(self, batch: Batch) -> Tensor:
        return self(batch["input_ids"], batch["attention_mask"])

    def _evaluate(self, batch: Batch, stage: str, loss: MeanLoss, accuracy: Metric) -> Tensor:
        logits, labels = self._logits(batch), batch["labels"]
        loss.update(F.cross_entropy(logits, labels), len(labels))
        accuracy.update(logits, labels)
        # The objects, so that they are counted over the epoch, and over all devices.
        self.log(f"{stage}_loss", loss, prog_bar=True)
        self.log(f"{stage}_acc", accuracy, prog_bar=True)
        return logits


def small_bert(
    vocab_size: int | None,
    num_classes: int,
    hidden_size: int,
    layers: int,
    heads: int,
    dropout: float,
) -> nn.Module:
    """Build a BERT with random weights.

    Raises:
        ValueError: a size has no meaning, or the heads cannot share the hidden size.
    """
    if vocab_size is None:
        raise ValueError("Give vocab_size (that of the data module), or a pretrained_model.")
    sizes = dict(vocab_size=vocab_size, hidden_size=hidden_size, layers=layers, heads=heads)
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} is {size!r}; expected a whole number of at least 1.")
    if hidden_size % heads:
        raise ValueError(f"hidden_size is {hidden_size}; expected a multiple of heads, {heads}.")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout!r}; expected a share from 0 to below 1.")
    transformers = pretrained.transformers()
    config = transformers.BertConfig(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * hidden_size,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        num_labels=num_classes,
    )
    network = transformers.BertForSequenceClassification(config)
    for module in network.modules():
        if isinstance(module, nn.Linear):  # BERT's 0.02 is for 768 inputs; for few it is too timid
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
    return network


def rebuild(architecture: Spec) -> nn.Module:
    """Build a model with random weights from `config.to_dict()`: those of a checkpoint follow."""
    transformers = pretrained.transformers()
    config = transformers.AutoConfig.for_model(**architecture)
    with pretrained.quiet():
        return transformers.AutoModelForSequenceClassification.from_config(config)


def split_parameters(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """What weight decay is for, and what it is not for: biases, and the weights of LayerNorm."""
    plain = [parameter for name, parameter in _plain(network)]
    rest = {id(parameter) for parameter in plain}
    decayed = [p for p in network.parameters() if p.requires_grad and id(p) not in rest]
    return decayed, plain


def _plain(network: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad and (name == "bias" or isinstance(module, nn.LayerNorm)):
                yield name, parameter
