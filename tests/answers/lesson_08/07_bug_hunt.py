"""8.7 bug_hunt"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Subset, random_split


def broken_1(hidden, attention_mask):
    return hidden.mean(dim=1)


def broken_2(train, test):
    words = sorted({word for sentence in train + test for word in sentence.split()})
    vocabulary = {"[UNK]": 0} | {word: i for i, word in enumerate(words, start=1)}
    return vocabulary, [[vocabulary[word] for word in s.split()] for s in test]


def broken_3(logits, labels):
    return F.cross_entropy(logits.softmax(dim=1), labels)


class Broken4(pl.LightningModule):
    def __init__(self, network, lr=0.12):
        super().__init__()
        self.network, self.lr = network, lr

    def training_step(self, batch, batch_idx):
        return self.network(batch).mean()

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        total = self.trainer.estimated_stepping_batches
        fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / total)
        return [optimizer], [fall]


class Broken5(pl.LightningDataModule):
    def __init__(self, train_set, test_set):
        super().__init__()
        self.train_set, self.test_set = train_set, test_set

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=4, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.test_set, batch_size=4)

    def test_dataloader(self):
        return DataLoader(self.test_set, batch_size=4)


class LitThree(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.epoch = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch, batch_idx):
        return -self.epoch

    def test_step(self, batch, batch_idx):
        self.log("epoch", self.epoch)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)


def broken_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    return trainer.test(model, test_loader, verbose=False)[0]


def fix_1(hidden, attention_mask):
    mask = attention_mask[:, :, None]
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


def fix_2(train, test):
    vocabulary, _ = broken_2(train, [])
    return vocabulary, [[vocabulary.get(word, 0) for word in s.split()] for s in test]


def fix_3(logits, labels):
    return F.cross_entropy(logits, labels)


class Fix4(Broken4):
    def configure_optimizers(self):
        (optimizer,), (fall,) = super().configure_optimizers()
        return [optimizer], [{"scheduler": fall, "interval": "step"}]


class Fix5(Broken5):
    seed = 0

    def __init__(self, train_set, test_set):
        super().__init__(train_set, test_set)
        generator = torch.Generator().manual_seed(self.seed)
        self.train_set, self.val_set = random_split(train_set, [0.8, 0.2], generator)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=4)


def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    return trainer.test(model, test_loader, ckpt_path="best", verbose=False)[0]


# %% call
check.bug_hunt(fix_1, fix_2, fix_3, Fix4, Fix5, fix_6)


# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: sentence by sentence, a table of another order, nll_loss, a schedule of torch's
def fix_1(hidden, attention_mask):
    rows = [tokens[mask.bool()].mean(dim=0) for tokens, mask in zip(hidden, attention_mask)]
    return torch.stack(rows)


def fix_2(train, test):
    words = dict.fromkeys(" ".join(train).split())
    vocabulary = {word: i for i, word in enumerate([*words, "[UNK]"])}
    unknown = len(vocabulary) - 1
    encoded = [torch.tensor([vocabulary.get(w, unknown) for w in s.split()]) for s in test]
    return vocabulary, [row.tolist() for row in encoded]


def fix_3(logits, labels):
    return F.nll_loss(logits.log_softmax(dim=-1), labels).item()


class Fix4(Broken4):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        total = self.trainer.estimated_stepping_batches
        fall = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=total)
        scheduler = {"scheduler": fall, "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class Fix5(Broken5):
    def setup(self, stage):
        cut = len(self.train_set) * 4 // 5
        self.first = Subset(self.train_set, range(cut))
        self.rest = Subset(self.train_set, range(cut, len(self.train_set)))

    def train_dataloader(self):
        return DataLoader(self.first, batch_size=4, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.rest, batch_size=8)


def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    best = torch.load(trainer.checkpoint_callback.best_model_path, weights_only=True)
    model.load_state_dict(best["state_dict"])
    (result,) = trainer.test(model, dataloaders=test_loader)
    return result


# %% wrong: 1: a number
# says: `fix_1` should be a function
fix_1 = 3.0


# %% wrong: 4: a function
# says: got the function `Fix4`
def Fix4(network):
    return network


# %% wrong a: 1: not fixed
# says: still have a part in the mean
fix_1 = broken_1


# %% wrong a: 1: divided by T
# says: divided by the length with the padding
def fix_1(hidden, attention_mask):
    return (hidden * attention_mask.unsqueeze(2)).mean(dim=1)


# %% wrong a: 1: sums
# says: you return the sums over the tokens
def fix_1(hidden, attention_mask):
    return (hidden * attention_mask.unsqueeze(2)).sum(dim=1)


# %% wrong a: 1: the sum of all masks
# says: for the sentence with 5 of 5 tokens
def fix_1(hidden, attention_mask):
    return (hidden * attention_mask.unsqueeze(2)).sum(dim=1) / attention_mask.sum()


# %% wrong a: 1: one vector
# says: you return [2]; expected
def fix_1(hidden, attention_mask):
    return hidden[attention_mask.bool()].mean(dim=0)


# %% wrong b: 2: not fixed
# says: the vocabulary still has `luck`, `tea`
fix_2 = broken_2


# %% wrong b: 2: words that both have
# says: the vocabulary lacks `bad`, `film`
def fix_2(train, test):
    both = [[word for word in s.split() if word in " ".join(test[:1])] for s in train]
    return broken_2([" ".join(words) for words in both], [])[0], []


# %% wrong b: 2: a list of words
# says: the vocabulary is a list of 7
def fix_2(train, test):
    vocabulary, encoded = broken_2(train, [])
    return list(vocabulary), encoded


# %% wrong c: 2: unknown words are left out
# says: the unknown words are left out
def fix_2(train, test):
    vocabulary, _ = broken_2(train, [])
    return vocabulary, [[vocabulary[w] for w in s.split() if w in vocabulary] for s in test]


# %% wrong c: 2: a number that the vocabulary does not have
# says: becomes [5, -1, 6, 3]
def fix_2(train, test):
    vocabulary, _ = broken_2(train, [])
    return vocabulary, [[vocabulary.get(word, -1) for word in s.split()] for s in test]


# %% wrong c: 2: no [UNK]
# says: should have a number of its own
def fix_2(train, test):
    vocabulary, _ = broken_2(train, [])
    del vocabulary["[UNK]"]
    return vocabulary, [[vocabulary.get(word, 0) for word in s.split()] for s in test]


# %% wrong: 2: the vocabulary alone
# says: Expected a vocabulary and the encoded test
def fix_2(train, test):
    return broken_2(train, [])[0]


# %% wrong d: 3: not fixed
# says: still a softmax in front
fix_3 = broken_3


# %% wrong d: 3: nll_loss of probabilities
# says: the mean of the right classes' probabilities
def fix_3(logits, labels):
    return F.nll_loss(logits.softmax(dim=1), labels)


# %% wrong d: 3: the sum
# says: summed over the sentences
def fix_3(logits, labels):
    return F.cross_entropy(logits, labels, reduction="sum")


# %% wrong d: 3: softmax, and then log
# says: for large logits the loss is inf
def fix_3(logits, labels):
    return F.nll_loss(logits.softmax(dim=1).log(), labels)


# %% wrong d: 3: log_softmax over the batch
# says: the mean cross-entropy is
def fix_3(logits, labels):
    return F.nll_loss(logits.log_softmax(dim=0), labels)


# %% wrong e: 4: not fixed
# says: within an epoch the rate stays as it is
Fix4 = Broken4


# %% wrong e: 4: falls per epoch, to the end
# says: falls once per epoch, to 0.05
class Fix4(Broken4):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        epochs = self.trainer.max_epochs
        return [optimizer], [
            torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / epochs)
        ]


# %% wrong e: 4: the steps of another training
# says: in the last of 20 steps the rate is still
class Fix4(Fix4):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0, 1 - step / 100))
        return [optimizer], [{"scheduler": fall, "interval": "step"}]


# %% wrong e: 4: a cosine
# says: in step 1 of 20 the rate is
class Fix4(Broken4):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        total = self.trainer.estimated_stepping_batches
        fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
        return [optimizer], [{"scheduler": fall, "interval": "step"}]


# %% wrong f: 5: not fixed
# says: 10 of 10 samples of the test are in
Fix5 = Broken5


# %% wrong f: 5: a fifth of the test
# says: expected all 10, in order
class Fix5(Fix5):
    def test_dataloader(self):
        return DataLoader(self.test_set[2:], batch_size=4)


# %% wrong g: 5: a fifth that is trained on as well
# says: samples are validated and trained on
class Fix5(Broken5):
    def val_dataloader(self):
        return DataLoader(self.train_set[: len(self.train_set) // 5], batch_size=4)


# %% wrong g: 5: a tenth
# says: 4 are for the validation; expected
class Fix5(Broken5):
    def __init__(self, train_set, test_set):
        super().__init__(train_set[4:], test_set)
        self.val_set = train_set[:4]

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=4)


# %% wrong g: 5: less to train on
# says: of 40 samples 38 are trained on or validated
class Fix5(Broken5):
    def __init__(self, train_set, test_set):
        super().__init__(train_set[10:], test_set)
        self.val_set = train_set[:8]

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=4)


# %% wrong g: 5: another fifth each time
# says: Fix5: made a second time
class Fix5(Fix5):
    def __init__(self, train_set, test_set):
        Broken5.__init__(self, train_set, test_set)
        self.train_set, self.val_set = random_split(train_set, [0.8, 0.2])


# %% wrong h: 6: not fixed
# says: are those of the last epoch
fix_6 = broken_6


# %% wrong h: 6: the class of the notebook's model
# says: is not a `LitThree`
def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    best = LitThree.load_from_checkpoint(trainer.checkpoint_callback.best_model_path)
    return trainer.test(best, test_loader, verbose=False)[0]


# %% wrong: 6: the whole checkpoint as weights
# says: Error(s) in loading state_dict for Climber
def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    best = torch.load(trainer.checkpoint_callback.best_model_path, weights_only=True)
    model.load_state_dict(best)
    return trainer.test(model, test_loader, verbose=False)[0]


# %% wrong h: 6: not trained to the end
# says: trains for 2
def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit_loop.max_epochs = 2
    trainer.fit(model, train_loader, val_loader)
    return trainer.test(model, test_loader, verbose=False)[0]


# %% wrong h: 6: the list
# says: you return a list of 1
def fix_6(trainer, model, train_loader, val_loader, test_loader):
    trainer.fit(model, train_loader, val_loader)
    return trainer.test(model, test_loader, ckpt_path="best", verbose=False)


# %% wrong h: 6: what was there before
# says: are those after epoch 0
def fix_6(trainer, model, train_loader, val_loader, test_loader):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trainer.fit(model, train_loader, val_loader)
    model.load_state_dict(before)
    return trainer.test(model, test_loader, verbose=False)[0]
