"""The LightningModule that trains any network on any labelled images."""

import importlib
import inspect
import os
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import lr_scheduler
from torchmetrics import Metric
from torchmetrics.classification import MulticlassAccuracy

from course_lib.models.guard import MonitorGuard
from course_lib.models.metrics import MeanLoss
from course_lib.models.networks import Network

Spec = dict[str, Any]

if TYPE_CHECKING:
    AnyNetwork = nn.Module | Spec
else:  # what the command line reads: by their names alone it takes, lists and checks these
    AnyNetwork = Network


class LitClassifier(pl.LightningModule):
    """Cross-entropy, accuracy, an optimizer and a scheduler by name, around any network.

    Hyperparameters are plain values, the network among them as its class's path and arguments, so
    that a checkpoint rebuilds the model under `weights_only=True`:
    `LitClassifier.load_from_checkpoint(path, weights_only=True)`.

    Logs `train_loss` where a logger would write it (every `log_every_n_steps` steps of the Trainer)
    and at an epoch's last step; `val_loss`, `val_acc`, `test_loss` and `test_acc` per epoch.

    Args:
        network: maps images `[N, C, H, W]` to logits `[N, num_classes]`. An `nn.Module`, or the
            arguments of one: `{"class_path": "course_lib.models.MLP", "init_args": {"fc1": 64}}`.
            A module with an attribute `init_args` can be rebuilt from a checkpoint; for any other,
            pass it again: `load_from_checkpoint(path, network=the_same_architecture)`.
        optimizer: name of a class in `torch.optim`.
        lr: its learning rate.
        weight_decay: its weight decay.
        scheduler: name of a class in `torch.optim.lr_scheduler`, stepped once an epoch.
            `"ReduceLROnPlateau"` watches `monitor`; `"OneCycleLR"` is stepped every batch and gets
            `max_lr` and `total_steps` unless `scheduler_options` has them.
        optimizer_options, scheduler_options: further arguments of theirs, by name.
        monitor: the logged metric that ReduceLROnPlateau watches.

    Raises:
        ValueError: no optimizer or scheduler has that name, or the network cannot be built; when
            the training begins, an optimizer or a scheduler cannot be built from its options.
    """

    def __init__(
        self,
        network: AnyNetwork,
        optimizer: str = "Adam",
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        scheduler: str | None = None,
        optimizer_options: Spec | None = None,
        scheduler_options: Spec | None = None,
        monitor: str = "val_loss",
    ) -> None:
        super().__init__()
        _find(torch.optim, torch.optim.Optimizer, optimizer)
        if scheduler is None and scheduler_options:
            raise ValueError(f"scheduler_options are {scheduler_options}, but scheduler is None.")
        if scheduler is not None:
            _find(lr_scheduler, lr_scheduler.LRScheduler, scheduler)
        module = network if isinstance(network, nn.Module) else build_network(network)
        network = describe_network(module)  # what save_hyperparameters finds under this name
        self.save_hyperparameters()
        self.network = module
        # Micro: the share of all images that are right, whatever their class, in any batch size.
        self.val_acc = MulticlassAccuracy(average="micro")
        self.test_acc = MulticlassAccuracy(average="micro")
        self.val_loss = MeanLoss()
        self.test_loss = MeanLoss()
        self._log_every = 1  # until a Trainer says otherwise

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, H, W]` to logits `[N, num_classes]`."""
        return self.network(images)

    def configure_callbacks(self) -> list[pl.Callback]:
        """Bring a guard along: a run that watches a metric that is not logged ends early."""
        return [MonitorGuard()]

    def on_train_start(self) -> None:
        """Learn from the Trainer how often its loggers write, and spare the steps a search."""
        self._log_every = max(1, self.trainer.log_every_n_steps)  # type: ignore[attr-defined]
        if torch.cuda.device_count() == 0:
            # Lightning sets this so that a look for GPUs does not spoil a later fork. Every step of
            # an optimizer looks; without a GPU it costs 0.25 ms, and there is nothing to spoil.
            os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the mean cross-entropy of a batch; backward and step are the Trainer's."""
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        # A call of `self.log` costs much of a small network's step: spare those that nobody reads.
        step = self.global_step + 1
        if step % self._log_every == 0 or self.trainer.is_last_batch:
            self.log("train_loss", loss, sync_dist=True)  # the mean over devices
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Log `val_loss` and `val_acc`; return the logits for callbacks to look at."""
        return self._evaluate(batch, "val", self.val_loss, self.val_acc)

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Log `test_loss` and `test_acc`; return the logits."""
        return self._evaluate(batch, "test", self.test_loss, self.test_acc)

    def predict_step(self, batch: tuple[Tensor, Tensor] | Tensor, batch_idx: int = 0) -> Tensor:
        """Return class probabilities `[N, num_classes]`, with or without labels in the batch."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        return self(images).softmax(dim=-1)

    def configure_optimizers(self) -> Any:
        """Build the optimizer, and the scheduler if there is one, from the hyperparameters."""
        hparams = self.hparams
        optimizer_class = _find(torch.optim, torch.optim.Optimizer, hparams["optimizer"])
        options = {"lr": hparams["lr"], **(hparams["optimizer_options"] or {})}
        # LBFGS and Rprop know no weight decay; asked for one, they shall say so.
        if (
            hparams["weight_decay"]
            or "weight_decay" in inspect.signature(optimizer_class).parameters
        ):
            options["weight_decay"] = hparams["weight_decay"]
        optimizer = _make(optimizer_class, self.parameters(), options, "optimizer_options")
        name = hparams["scheduler"]
        if name is None:
            return optimizer
        options = dict(hparams["scheduler_options"] or {})
        config: Spec = {"interval": "epoch"}
        if name == "ReduceLROnPlateau":
            config["monitor"] = hparams["monitor"]
        elif name == "OneCycleLR":
            config["interval"] = "step"
            options.setdefault("max_lr", hparams["lr"])
            options.setdefault("total_steps", int(self.trainer.estimated_stepping_batches))
        scheduler_class = _find(lr_scheduler, lr_scheduler.LRScheduler, name)
        config["scheduler"] = _make(scheduler_class, optimizer, options, "scheduler_options")
        return {"optimizer": optimizer, "lr_scheduler": config}

    def _evaluate(
        self, batch: tuple[Tensor, Tensor], stage: str, loss: MeanLoss, accuracy: Metric
    ) -> Tensor:
        images, labels = batch
        logits = self(images)
        loss.update(F.cross_entropy(logits, labels), len(labels))
        accuracy.update(logits, labels)
        # The objects, so that they are counted over the epoch, and over all devices.
        self.log(f"{stage}_loss", loss, prog_bar=True)
        self.log(f"{stage}_acc", accuracy, prog_bar=True)
        return logits


def describe_network(network: nn.Module) -> Spec:
    """Name a network in plain values: its class's path and, if it knows them, its arguments."""
    kind = type(network)
    arguments = getattr(network, "init_args", None)
    return {
        "class_path": f"{kind.__module__}.{kind.__qualname__}",
        "init_args": dict(arguments) if isinstance(arguments, dict) else None,
    }


def build_network(spec: Spec) -> nn.Module:
    """Build the network that `describe_network` named.

    Raises:
        ValueError: the description is incomplete, or names something that is no network.
    """
    if not isinstance(spec, dict) or "class_path" not in spec:
        raise ValueError(
            f"network is {spec!r}; expected an nn.Module, or a dict with class_path and init_args."
        )
    path, arguments = spec["class_path"], spec.get("init_args", {})
    if arguments is None:
        raise ValueError(
            f"The arguments of the network {path} are not in the checkpoint: pass the network, "
            "load_from_checkpoint(path, network=…), or give the class an attribute init_args."
        )
    module_name, _, class_name = str(path).rpartition(".")
    try:
        kind = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError):
        raise ValueError(f"There is no network {path!r}: import or define it first.") from None
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise ValueError(f"{path} is no nn.Module.")
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ValueError(f"{path} cannot be built: {error}") from None


def _make(kind: type, first: Any, options: Spec, name: str) -> Any:
    """Build an optimizer or a scheduler; what is wrong with its options is said by their name."""
    try:
        return kind(first, **options)
    except (TypeError, ValueError) as error:
        known = list(inspect.signature(kind).parameters)[1:]
        raise ValueError(
            f"{kind.__name__} cannot be built from {options} ({str(error).rstrip('.')}); {name} "
            f"may hold {', '.join(known)}."
        ) from error


def _find(module: Any, base: type, name: str) -> Any:
    """The class of that name in `module`, with a message that lists what there is."""
    kind = getattr(module, name, None)
    if isinstance(kind, type) and issubclass(kind, base) and kind is not base:
        return kind
    known = sorted(
        key
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, base)
        and value is not base
        and not key.startswith("_")
    )
    raise ValueError(f"{module.__name__} has no {name!r}; expected one of {', '.join(known)}.")
