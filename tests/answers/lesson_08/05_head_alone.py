"""8.5 head_alone"""

# %% setup
import pytorch_lightning as pl
import torch


class Steps(pl.LightningModule):
    """What the notebook gives."""

    def __init__(self, model, lr=1e-3):
        super().__init__()
        self.model, self.lr = model, lr

    def training_step(self, batch, batch_idx):
        return self.model(**batch).loss

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.model(**batch).loss)


class Good(Steps):
    """What the wrong ones differ from."""

    def __init__(self, model, lr=1e-3):
        super().__init__(model, lr)
        self.model.base_model.requires_grad_(False)
        self.train()

    def train(self, mode=True):
        super().train(mode)
        self.model.base_model.eval()
        return self

    def configure_optimizers(self):
        head = [p for p in self.parameters() if p.requires_grad]
        return torch.optim.AdamW(head, lr=self.lr)


# %% call
check.head_alone(LitHead)


# %% right: modes before each step, names that begin otherwise
class LitHead(Steps):
    def configure_optimizers(self):
        body = self.model.base_model_prefix + "."
        head = []
        for name, parameter in self.model.named_parameters():
            if name.startswith(body):
                parameter.requires_grad = False
            else:
                head.append(parameter)
        return torch.optim.Adam(head, lr=self.lr)

    def on_train_batch_start(self, batch, batch_idx):
        for child in self.model.children():
            child.train(child is not self.model.base_model)


# %% right: a body that can be in no other mode, and no gradients by no_grad
class LitHead(Steps):
    def __init__(self, model, lr=1e-3):
        super().__init__(model.train(), lr)
        body = model.base_model
        body.eval()
        body.train = lambda mode=True: body
        body.forward = torch.no_grad()(body.forward)

    def configure_optimizers(self):
        body = set(self.model.base_model.parameters())
        groups = [{"params": [p]} for p in self.model.parameters() if p not in body]
        return {"optimizer": torch.optim.AdamW(groups, lr=self.lr)}


# %% wrong: a model
# says: an object of the class
LitHead = torch.nn.Linear(1, 1)


# %% wrong: the loss is a number
# says: The head gets no gradients
class LitHead(Good):
    def training_step(self, batch, batch_idx):
        return super().training_step(batch, batch_idx).detach().requires_grad_()


# %% wrong a: what has `bert` in its name
# says: of the body of a GPT2Model
class LitHead(Good):
    def configure_optimizers(self):
        head = [p for name, p in self.named_parameters() if "bert" not in name]
        return torch.optim.AdamW(head, lr=self.lr)


# %% wrong a: all parameters
# says: The optimizer holds 23 parameters of the body
class LitHead(Good):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


# %% wrong a: the last layer alone
# says: the optimizer lacks `pre_classifier.bias`
class LitHead(Good):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.model.classifier.parameters(), lr=self.lr)


# %% wrong a: by BERT's name
# says: with DistilBERT it does not
class LitHead(Good):
    def train(self, mode=True):
        super().train(mode)
        self.model.bert.eval()
        return self


# %% wrong b: left out of the optimizer alone
# says: gradients are computed
class LitHead(Good):
    def __init__(self, model, lr=1e-3):
        super().__init__(model, lr)
        self.model.base_model.requires_grad_(True)

    def configure_optimizers(self):
        body = set(self.model.base_model.parameters())
        return torch.optim.AdamW([p for p in self.parameters() if p not in body], lr=self.lr)


# %% wrong c: requires_grad alone
# says: with a model that came in training mode
class LitHead(Good):
    def __init__(self, model, lr=1e-3):
        was = model.training
        super().__init__(model, lr)
        model.base_model.train(was)


# %% wrong c: in eval mode, once
# says: where a callback has called `train()`
class LitHead(Good):
    def __init__(self, model, lr=1e-3):
        super().__init__(model, lr)
        self.model.train()
        self.model.base_model.eval()

    def train(self, mode=True):
        return pl.LightningModule.train(self, mode)


# %% wrong c: training mode for all, as a reflex
# says: with a model that came in eval mode
class LitHead(Good):
    def on_train_epoch_start(self):
        self.model.base_model.train()


# %% wrong d: as it came
# says: With a model that came in eval mode
class LitHead(Good):
    def __init__(self, model, lr=1e-3):
        was = model.training
        super().__init__(model, lr)
        model.train(was)
        model.base_model.eval()


# %% wrong e: what is asked of `train` does not count
# says: In the validation a part of the head
class LitHead(Good):
    def train(self, mode=True):
        return super().train()


# %% wrong e: `train` returns nothing
# says: `eval()` returns None
class LitHead(Good):
    def train(self, mode=True):
        super().train(mode)


# %% wrong e: `train` returns the body
# says: `train()` returns an object of the class `BertModel`
class LitHead(Good):
    def train(self, mode=True):
        super().train(mode)
        return self.model.base_model.eval() if mode else self
