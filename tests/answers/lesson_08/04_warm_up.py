"""8.4 warm_up"""

# %% setup
import math

import pytorch_lightning as pl
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LinearLR, OneCycleLR, SequentialLR
from transformers import get_linear_schedule_with_warmup


class Good(pl.LightningModule):
    """What the wrong ones differ from."""

    optimizer = torch.optim.AdamW

    def __init__(self, model, lr=5e-4, warmup=0.1, weight_decay=0.01):
        super().__init__()
        self.save_hyperparameters(ignore="model")
        self.model = model

    def training_step(self, batch, batch_idx):
        return self.model(**batch).loss

    def decays(self, name, parameter):
        return parameter.ndim > 1

    def total(self):
        return self.trainer.estimated_stepping_batches

    def share(self, step, first, total):
        return min(step / first, (total - step) / (total - first))

    def configure_optimizers(self):
        groups = [dict(params=[], weight_decay=w) for w in (0.0, self.hparams.weight_decay)]
        for name, parameter in self.named_parameters():
            groups[self.decays(name, parameter)]["params"].append(parameter)
        optimizer = self.optimizer(groups, lr=self.hparams.lr)
        total = self.total()
        first = self.hparams.warmup * total
        scheduler = LambdaLR(optimizer, lambda step: self.share(step, first, total))
        return self.configured(optimizer, scheduler)

    def configured(self, optimizer, scheduler):
        scheduler = {"scheduler": scheduler, "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


# %% call
check.warm_up(LitWarmUp)


# %% right: transformers' own schedule, what a parameter is by its module
class LitWarmUp(pl.LightningModule):
    def __init__(self, model, lr=5e-4, warmup=0.1, weight_decay=0.01):
        super().__init__()
        self.save_hyperparameters(ignore="model")
        self.model = model

    def configure_optimizers(self):
        none = [p for n, p in self.named_parameters() if n.endswith("bias")]
        for module in self.modules():
            if isinstance(module, nn.LayerNorm):
                none.append(module.weight)
        known = {id(p) for p in none}
        some = [p for p in self.parameters() if id(p) not in known]
        groups = [{"params": none, "weight_decay": 0.0}, {"params": some}]
        h = self.hparams
        optimizer = torch.optim.AdamW(groups, lr=h.lr, weight_decay=h.weight_decay)
        total = int(self.trainer.estimated_stepping_batches)
        scheduler = get_linear_schedule_with_warmup(optimizer, int(h.warmup * total), total)
        return [optimizer], [{"scheduler": scheduler, "interval": "step", "frequency": 1}]


# %% right: OneCycleLR with straight lines
class LitWarmUp(Good):
    def configured(self, optimizer, scheduler):
        scheduler = OneCycleLR(
            optimizer,
            max_lr=self.hparams.lr,
            total_steps=self.trainer.estimated_stepping_batches,
            pct_start=self.hparams.warmup,
            anneal_strategy="linear",
        )
        return super().configured(optimizer, scheduler)


# %% right: two schedulers, one after the other, from one step on
class LitWarmUp(Good):
    def configured(self, optimizer, scheduler):
        total = self.trainer.estimated_stepping_batches
        first = round(self.hparams.warmup * total)
        up = LinearLR(optimizer, start_factor=1 / first, total_iters=first - 1)
        down = LinearLR(optimizer, 1.0, end_factor=0.0, total_iters=total - first)
        scheduler = SequentialLR(optimizer, [up, down], milestones=[first])
        return super().configured(optimizer, scheduler)


# %% wrong: no module
# says: Expected a class and got the function
def LitWarmUp(model):
    return model


# %% wrong a: Adam
# says: got an object of the class `Adam`
class LitWarmUp(Good):
    optimizer = torch.optim.Adam


# %% wrong a: what has no weight decay is forgotten
# says: would never be trained
class LitWarmUp(Good):
    def optimizer(self, groups, lr):
        return torch.optim.AdamW(groups[1:], lr=lr)


# %% wrong b: the same for all
# says: Everything has weight decay
class LitWarmUp(Good):
    def decays(self, name, parameter):
        return True


# %% wrong b: biases alone
# says: The weights of LayerNorms have weight decay
class LitWarmUp(Good):
    def decays(self, name, parameter):
        return not name.endswith("bias")


# %% wrong b: LayerNorms alone
# says: Biases have weight decay
class LitWarmUp(Good):
    def decays(self, name, parameter):
        return parameter.ndim > 1 or ("bias" in name and "LayerNorm" not in name)


# %% wrong b: linear layers alone
# says: 3 of 11 matrices have another
class LitWarmUp(Good):
    def decays(self, name, parameter):
        return parameter.ndim > 1 and "embeddings" not in name


# %% wrong c: by BERT's names
# says: In a model with other names it is not
class LitWarmUp(Good):
    def decays(self, name, parameter):
        return not any(part in name for part in ("bias", "LayerNorm.weight"))


# %% wrong d: no scheduler
# says: does the Trainer get a scheduler?
class LitWarmUp(Good):
    def configured(self, optimizer, scheduler):
        return optimizer


# %% wrong d: per epoch
# says: is stepped once per epoch and counts steps
class LitWarmUp(Good):
    def configured(self, optimizer, scheduler):
        return [optimizer], [scheduler]


# %% wrong d: no warm-up
# says: The rate begins with 0.02
class LitWarmUp(Good):
    def share(self, step, first, total):
        return min(1, (total - step) / (total - first))


# %% wrong d: too short a warm-up
# says: the first rates are 0, 0.01, 0.02, 0.02
class LitWarmUp(Good):
    def share(self, step, first, total):
        return min(step / 2, 1, (total - step) / (total - first))


# %% wrong e: stays at the top
# says: the rate does not fall
class LitWarmUp(Good):
    def share(self, step, first, total):
        return min(step / first, 1)


# %% wrong e: does not count the warm-up
# says: the fall does not end with the training
class LitWarmUp(Good):
    def share(self, step, first, total):
        return min(step / first, (total + first - step) / total)


# %% wrong e: a cosine
# says: The fall is not linear
class LitWarmUp(Good):
    def share(self, step, first, total):
        done = max(0, step - first) / (total - first)
        return min(step / first, (1 + math.cos(math.pi * done)) / 2)


# %% wrong f: batches times epochs
# says: with accumulate_grad_batches=2 the rate is
class LitWarmUp(Good):
    def total(self):
        if self.trainer.max_epochs < 1:
            return self.trainer.max_steps
        self.trainer.fit_loop.setup_data()
        return self.trainer.max_epochs * self.trainer.num_training_batches


# %% wrong f: max_steps is not looked at
# says: with max_steps=20 the rate is
class LitWarmUp(Good):
    def total(self):
        self.trainer.fit_loop.setup_data()
        batches = self.trainer.num_training_batches // self.trainer.accumulate_grad_batches
        return max(1, self.trainer.max_epochs) * batches


# %% wrong f: infinitely many steps
# says: The rate is never above 0
class LitWarmUp(Good):
    def total(self):
        return self.trainer.max_epochs * self.trainer.num_training_batches


# %% wrong f: batches that nobody has counted yet
# says: the loaders are not there yet; ask `self.trainer.estimated_stepping_batches`. Your line
class LitWarmUp(Good):
    def total(self):
        return int(self.trainer.max_epochs * self.trainer.num_training_batches)


# %% wrong f: the length of a loader that is not there yet
# says: raised TypeError: object of type 'NoneType' has no len()
class LitWarmUp(Good):
    def total(self):
        return self.trainer.max_epochs * len(self.trainer.train_dataloader)


# %% wrong f: what is left of batches that nobody has counted yet
# says: cannot convert float NaN to integer
class LitWarmUp(Good):
    def total(self):
        return int(self.trainer.num_training_batches // self.trainer.accumulate_grad_batches)


# %% wrong: a number that nobody has given
# says: raised TypeError: unsupported operand
class LitWarmUp(Good):
    def total(self):
        return self.trainer.max_epochs * self.hparams.get("steps_per_epoch")
