"""1.2 dataset"""

# %% setup
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

# %% call
check.dataset(Digits)


# %% right: normalised in __getitem__
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels = images, labels
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0).float() / 255
        return (image - self.mean) / self.std, self.labels[index]


# %% right: normalised once, label as int
class Digits(Dataset):
    def __init__(self, a, b, m, s):
        self.x = (a[:, None] / 255 - m) / s
        self.y = b.tolist()

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, i):
        return self.x[i], self.y[i]


# %% right: NumPy inside, and in-place on a new array
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images.numpy(), labels.numpy(), mean, std

    def __len__(self):
        return self.labels.shape[0]

    def __getitem__(self, index):
        image = self.images[index].astype(np.float32)
        image /= 255
        image -= self.mean
        image /= self.std
        return torch.from_numpy(image)[None, ...], self.labels[index]


# %% wrong: no channel
# says: The image of a sample has shape [28, 28]; expected [1, 28, 28]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index] / 255 - self.mean) / self.std, self.labels[index]


# %% wrong: bytes as they are
# says: torch.uint8
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0), self.labels[index]


# %% wrong: float64
# says: the weights of a network are torch.float32
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images.numpy(), labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index][None] / 255 - self.mean) / self.std, self.labels[index]


# %% wrong: only scaled to 0-1
# says: in 0–1 but not normalised
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0) / 255, self.labels[index]


# %% wrong: normalises without dividing by 255
# says: divide by 255 first
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0).float()
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong: adds the mean
# says: (pixel - mean) / std is
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image + self.mean) / self.std, self.labels[index]


# %% wrong: length of an image
# says: `len` says 28
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images[0])

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong: label as float
# says: class numbers are whole
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index].float()


# %% wrong: label with a dimension
# says: The label of a sample has shape [1]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index : index + 1]


# %% wrong: changes the stored images
# says: Does `__getitem__` change what is stored
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images.float(), labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0)
        image.div_(255).sub_(self.mean).div_(self.std)
        return image.clone(), self.labels[index]


# %% wrong: the image alone
# says: what came is a tensor of shape [1, 28, 28]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std


# %% wrong: flipped at random
# says: or draw at random
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std
        return (image.flip(2) if torch.rand(()) < 0.5 else image), self.labels[index]


# %% wrong: flipped every time
# says: a pixel is
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std
        return image.flip(2), self.labels[index]


# %% wrong: label first
# says: The first of the pair is a label
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return self.labels[index], (image - self.mean) / self.std


# %% wrong: a comma too many, no label
# says: what came is a tuple of 1
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return ((self.images[index].unsqueeze(0) / 255 - self.mean) / self.std,)


# %% wrong: label one-hot
# says: The label of a sample has shape [10]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, torch.eye(10)[self.labels[index]]


# %% wrong: always the first label
# says: The labels of the batch are [3, 3, 3, 3, 3, 3, 3]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[0]


# %% wrong: does not inherit
# says: `Digits` does not inherit from `Dataset`
class Digits:
    def __init__(self, images, labels, mean, std):
        self.x, self.y = (images[:, None] / 255 - mean) / std, labels

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


# %% wrong: an object instead of the class
# says: pass the class itself
class DigitsOfMine(Dataset):
    def __init__(self, images, labels, mean, std):
        self.x, self.y = (images[:, None] / 255 - mean) / std, labels

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


Digits = DigitsOfMine(torch.zeros(3, 28, 28), torch.zeros(3), 0.0, 1.0)
