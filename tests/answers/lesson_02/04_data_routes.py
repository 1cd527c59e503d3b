"""2.4 data_routes"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset, random_split


class LitMLP(pl.LightningModule):
    def __init__(self, network, lr=0.1):
        super().__init__()
        self.network = network
        self.lr = lr

    def forward(self, images):
        return self.network(images)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, train_loader, val_loader)


class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% call
check.data_routes(fit_with_loaders, LitWithLoaders, SplitData)


# %% right: keywords, an own permutation
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(dataset=self.val_set, batch_size=8, shuffle=False)


def fit_with_loaders(trainer, model, train_loader, val_loader):
    return trainer.fit(model=model, train_dataloaders=train_loader, val_dataloaders=val_loader)


class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        order = torch.randperm(
            len(self.dataset), generator=torch.Generator().manual_seed(self.seed)
        ).tolist()
        val_size = len(order) // 5
        self.val_set, self.train_set = (
            Subset(self.dataset, order[:val_size]),
            Subset(self.dataset, order[val_size:]),
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% right: splits once, val in a list
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return [DataLoader(self.val_set, 8)]


def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, train_loader, [val_loader])


class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        if not hasattr(self, "val_set"):
            sizes = [len(self.dataset) - len(self.dataset) // 5, len(self.dataset) // 5]
            self.train_set, self.val_set = random_split(
                self.dataset, sizes, torch.Generator().manual_seed(self.seed)
            )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong: an object for a class
# says: got an object of the class `LitWithLoaders`
LitWithLoaders = LitWithLoaders(None, None, None)


# %% wrong: the training is not shuffled
# says: Route 2: training meets the images in the same order
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong: a misspelled hook
# says: Route 2: the Trainer never got to validate
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def valid_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong: validates on the training data
# says: Route 2: validation should go through the 12
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.train_set, batch_size=8)


# %% wrong: trains on the validation data
# says: Route 2: an epoch should go once through
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong: shuffles the validation
# says: Route 2: validation is shuffled
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, shuffle=True)


# %% wrong: batches of one
# says: Route 2: expected batches of 8
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong: forgets the validation loader
# says: Route 1: the Trainer never got to validate
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, train_loader)


# %% wrong: swaps the loaders
# says: Route 1: an epoch should go once through
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, val_loader, train_loader)


# %% wrong: fits at once
# says: Route 1: expected a function, got None
fit_with_loaders = None


# %% wrong: half of the data
# says: Route 3: of 40 images 20 were validated on
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.5, 0.5], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong: an unseeded split
# says: Route 3: a second `setup` draws another split
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(self.dataset, [0.8, 0.2])

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong: an unseeded split, once
# says: Route 3: another object with the same seed
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed
        self.parts = random_split(dataset, [0.8, 0.2])

    def setup(self, stage=None):
        self.train_set, self.val_set = self.parts

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong: no random split
# says: `seed=3` and `seed=4` give the same split
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        cut = len(self.dataset) * 4 // 5
        self.train_set = Subset(self.dataset, range(cut))
        self.val_set = Subset(self.dataset, range(cut, len(self.dataset)))

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong: its own batch size
# says: Route 3: expected batches of 5 images, for training and validation; found batches of 4 and 5
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=4)


# %% wrong: a module for a data module
# says: does not inherit from `LightningDataModule`
SplitData = LitWithLoaders


# %% wrong: a fixed batch size
# says: found batches of 8.
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong: a misspelt name
# says: Route 3: Your line 9 raised AttributeError
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.sed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)
