"""2.1 training_step"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn

# %% call
check.training_step(LitMLP)


# %% right: functional loss
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% right: module loss, no batch_idx, log_dict
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch):
        images, labels = batch
        loss = nn.CrossEntropyLoss()(self.forward(images), labels)
        self.log_dict({"train_loss": loss})
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% right: returns a dictionary, logs per epoch too, by hand
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = -self.network(x).log_softmax(dim=-1)[torch.arange(len(y)), y].mean()
        self.log("train_loss", loss.detach(), on_step=True, on_epoch=True, prog_bar=True)
        return {"loss": loss, "logits": 1}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% right: log-probabilities, named arguments, a helper
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        loss = self.compute(*batch)
        self.log(name="train_loss", value=loss.item(), on_step=False, on_epoch=True)
        return loss

    def compute(self, images, labels):
        log_probabilities = F.log_softmax(input=self.forward(images), dim=1)
        return F.nll_loss(input=log_probabilities, target=labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: returns nothing
# says: returned None
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: returns the logits
# says: the logits?
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        self.log("train_loss", F.cross_entropy(logits, labels))
        return logits

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: returns a number
# says: class `float`; expected the loss alone
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss.item()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: returns the logits beside the loss
# says: a tuple of 2; expected the loss alone
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        self.log("train_loss", loss)
        return loss, logits

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: detaches the loss
# says: cut off from the weights
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels).detach()
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong d: calls backward and step
# says: leave the update to the Trainer
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        optimizer = self.optimizers()
        optimizer.zero_grad()
        loss = F.cross_entropy(self(images), labels)
        loss.backward()
        optimizer.step()
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong a: softmax before the loss
# says: pass it the logits
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images).softmax(dim=1), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong a: adds up instead of averaging
# says: the sum over the images
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels, reduction="sum")
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong c: does not log
# says: what was logged is nothing
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong c: logs under another name
# says: what was logged is `loss`
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong c: logs something else
# says: `train_loss` was logged as
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss * len(images))
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong a: log-probabilities left out
# says: `nll_loss` takes logarithms of probabilities
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.nll_loss(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong a: the mean of all steps so far
# says: leave what it returns as it is
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr
        self.losses = []

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        self.losses.append(F.cross_entropy(self(images), labels))
        loss = torch.stack(self.losses).mean()
        self.losses[-1] = self.losses[-1].detach()
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong d: clears the gradients
# says: leave `zero_grad` to the Trainer
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        self.zero_grad()
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong d: calls backward, and keeps the graph for the Trainer
# says: leave `backward` to the Trainer
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        loss.backward(retain_graph=True)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong d: asks for manual optimization
# says: turns `automatic_optimization` off
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr
        self.automatic_optimization = False

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong a: labels first
# says: the labels second
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(labels, self(images))
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong d: calls manual_backward
# says: Leave `manual_backward` out
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.manual_backward(loss)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong b: a dimension too many
# says: of shape [1]; expected
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels).reshape(1)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong: an object instead of the class
# says: got an object of the class `LitMLP`
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


LitMLP = LitMLP(nn.Linear(2, 2))


# %% wrong: a plain nn.Module
# says: `LitMLP` does not inherit from `LightningModule`
class LitMLP(nn.Module):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% wrong c: logs every hundredth batch
# says: only the first logs `train_loss`
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        if batch_idx % 100 == 0:
            self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


# %% right: logs the mean of the epoch alone
class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = F.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)
