"""2.10 corrupted"""

# %% setup
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from course_lib.data import ImageDataset, load_images
from course_lib.models import MLP, LitClassifier


class Neighbour(nn.Module):
    """The label of the nearest image, as logits: a model that needs no training."""

    def __init__(self, images, labels):
        super().__init__()
        self.images, self.labels = images, labels

    def forward(self, images):
        nearest = torch.cdist(images.flatten(1), self.images.flatten(1)).argmin(dim=1)
        return F.one_hot(self.labels[nearest], 10).float()


def tensors(dataset):
    return next(iter(DataLoader(dataset, batch_size=len(dataset))))


train_set, test_set = check.mystery_digits()
# %% call
check.corrupted(corruption, model)
# %% right: nearest neighbours
corruption = "rotation"
model = Neighbour(*tensors(train_set))
# %% right: an MLP, in plain PyTorch
corruption = " Rotation"
torch.manual_seed(0)
model = MLP()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(20):
    for images, labels in DataLoader(train_set, batch_size=32, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
# %% wrong a: another corruption
# says: No, noise looks different. Look again at the eight sevens
corruption = "noise"
model = Neighbour(*tensors(train_set))
# %% wrong a: no name that is known
# says: Expected one of the names
corruption = "turned"
model = Neighbour(*tensors(train_set))
# %% wrong c: trained on clean digits
# says: of the same digits upright: train it on `train_set`
corruption = "rotation"
data = load_images("digits")
clean = ImageDataset(data.train_images, data.train_labels, train_set.mean, train_set.std)
model = Neighbour(*tensors(clean))
# %% wrong c: learnt from a few images only
# says: Has it seen all images of `train_set`
corruption = "rotation"
model = Neighbour(*(part[:100] for part in tensors(train_set)))
# %% wrong c: not trained
# says: not much more than by guessing
corruption = "rotation"
torch.manual_seed(0)
model = LitClassifier(MLP())
# %% wrong c: trained on bytes
# says: where their pixels are not normalised
corruption = "rotation"
model = Neighbour(train_set.images.float(), train_set.labels)
# %% wrong b: the class
# says: got the class `MLP`
corruption = "rotation"
model = MLP
# %% wrong b: classes instead of logits
# says: it returned [200]
corruption = "rotation"


class Classes(Neighbour):
    def forward(self, images):
        return super().forward(images).argmax(dim=1)


model = Classes(*tensors(train_set))
# %% wrong b: a network for flat images
# says: Given images [200, 1, 28, 28]: Your answer raised RuntimeError
corruption = "rotation"
model = nn.Sequential(nn.Linear(28 * 28, 64), nn.ReLU(), nn.Linear(64, 10))
# %% wrong b: probabilities and classes
# says: the model returned a tuple of 2
corruption = "rotation"


class Both(Neighbour):
    def forward(self, images):
        logits = super().forward(images)
        return logits.softmax(dim=1), logits.argmax(dim=1)


model = Both(*tensors(train_set))
# %% right: in training mode, in double precision
corruption = "ROTATION"


class Careful(Neighbour):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.dropout = nn.Dropout(0.9)

    def forward(self, images):
        return super().forward(self.dropout(images)).double().log_softmax(dim=1)


model = Careful(*tensors(train_set)).train()
