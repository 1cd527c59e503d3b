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


# %% wrong b: the training is not shuffled
# says: Route 2: training meets the images in the order in which they are stored
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong c: a misspelled hook
# says: Route 2: the Trainer never got to validate
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def valid_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong c: validates on the training data
# says: Route 2: an epoch should validate once on each of the 12
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.train_set, batch_size=8)


# %% wrong a: trains on the validation data
# says: meets 12 that are not among them
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong d: shuffles the validation
# says: Route 2: validation is shuffled
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8, shuffle=True)


# %% wrong e: batches of one
# says: Route 2: training has batches of 1 images; expected 8
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong c: forgets the validation loader
# says: Route 1: the Trainer never got to validate
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, train_loader)


# %% wrong a: swaps the loaders
# says: each other's images
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, val_loader, train_loader)


# %% wrong: fits at once
# says: `fit_with_loaders` should be a function and is None
fit_with_loaders = None


# %% wrong f: half of the data
# says: Route 3: of 40 images 20 are for validation
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


# %% wrong h: an unseeded split
# says: Route 3: each `setup` draws another split
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


# %% wrong h: an unseeded split, once
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


# %% wrong g: no random split
# says: that is a pattern, not a draw
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


# %% wrong e: its own batch size
# says: Route 3: validation has batches of 4 images; expected `self.batch_size`, here 5
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


# %% wrong e: a fixed batch size
# says: Route 3: training has batches of 8
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


# %% wrong a: the smaller last batch is dropped
# says: as many as the last, smaller batch should hold
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=8, shuffle=True, drop_last=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong a: drawn with replacement
# says: some more than once
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        sampler = torch.utils.data.RandomSampler(self.train_set, replacement=True)
        return DataLoader(self.train_set, batch_size=8, sampler=sampler)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong a: both loaders for the training
# says: training gets as a batch a list of 2 and a list of 2
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, [train_loader, val_loader])


# %% wrong a: another Trainer
# says: has trained on nothing
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer = pl.Trainer(max_epochs=2)
    trainer.fit(model, train_loader, val_loader)


# %% wrong a: another model
# says: has trained another model
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(type(model)(), train_loader, val_loader)


# %% wrong b: shuffled once
# says: Route 2: training meets the images in the same order
class LitWithLoaders(LitMLP):
    def __init__(self, network, train_set, val_set):
        super().__init__(network)
        self.train_set, self.val_set = train_set, val_set

    def train_dataloader(self):
        order = torch.randperm(len(self.train_set)).tolist()
        return DataLoader(Subset(self.train_set, order), batch_size=8)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=8)


# %% wrong f: the parts are mixed up
# says: Are the two parts mixed up?
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.val_set, self.train_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong f: trains on everything
# says: 8 of the 8 validation images are trained on as well
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set = self.dataset
        _, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(self.seed)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong f: draws some twice
# says: draw each once
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        generator = torch.Generator().manual_seed(self.seed)
        size = len(self.dataset)
        drawn = torch.randint(size, (size // 5,), generator=generator).tolist()
        self.train_set = Subset(self.dataset, [i for i in range(size) if i not in drawn])
        self.val_set = Subset(self.dataset, drawn)

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong g: another seed than its own
# says: the draw takes its seed from elsewhere
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(
            self.dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(42)
        )

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong h: one generator for all
# says: instead of beginning anew
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed
        self.generator = torch.Generator().manual_seed(seed)

    def setup(self, stage=None):
        self.train_set, self.val_set = random_split(self.dataset, [0.8, 0.2], self.generator)

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)


# %% wrong c: validates twice
# says: validation images; it meets 12 of them, some more than once
def fit_with_loaders(trainer, model, train_loader, val_loader):
    trainer.fit(model, train_loader, [val_loader, val_loader])


# %% wrong: splits in `__init__`
# says: the split is made before `setup` is called
class SplitData(pl.LightningDataModule):
    def __init__(self, dataset, batch_size=8, seed=0):
        super().__init__()
        self.batch_size = batch_size
        generator = torch.Generator().manual_seed(seed)
        self.train_set, self.val_set = random_split(dataset, [0.8, 0.2], generator=generator)

    def setup(self, stage=None):
        pass

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=self.batch_size)
