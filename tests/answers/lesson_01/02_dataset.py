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


# %% wrong c: no channel
# says: has shape [28, 28]; expected shape [1, 28, 28]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index] / 255 - self.mean) / self.std, self.labels[index]


# %% wrong d: bytes as they are
# says: comes as uint8
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0), self.labels[index]


# %% wrong d: float64
# says: comes as float64
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images.numpy(), labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index][None] / 255 - self.mean) / self.std, self.labels[index]


# %% wrong e: only scaled to 0-1
# says: in 0–1 but not normalised
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0) / 255, self.labels[index]


# %% wrong e: normalises without dividing by 255
# says: You normalised bytes
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0).float()
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong e: adds the mean
# says: You added `mean`
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image + self.mean) / self.std, self.labels[index]


# %% wrong a: length of an image
# says: `__len__` returns 28
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images[0])

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong f: label as float
# says: A label comes as float32 of shape []
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index].float()


# %% wrong f: label with a dimension
# says: int64 of shape [1]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index : index + 1]


# %% wrong g: changes the stored images
# says: change in place
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images.float(), labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0)
        image.div_(255).sub_(self.mean).div_(self.std)
        return image.clone(), self.labels[index]


# %% wrong b: the image alone
# says: what came is a tensor of shape [1, 28, 28]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std


# %% wrong g: flipped at random
# says: in another random state
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std
        return (image.flip(2) if torch.rand(()) < 0.5 else image), self.labels[index]


# %% wrong e: flipped every time
# says: is the image turned or flipped
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = (self.images[index].unsqueeze(0) / 255 - self.mean) / self.std
        return image.flip(2), self.labels[index]


# %% wrong b: label first
# says: The first of the pair is a label
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return self.labels[index], (image - self.mean) / self.std


# %% wrong b: a comma too many, no label
# says: what came is a tuple of 1
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return ((self.images[index].unsqueeze(0) / 255 - self.mean) / self.std,)


# %% wrong f: label one-hot
# says: float32 of shape [10]
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, torch.eye(10)[self.labels[index]]


# %% wrong f: always the first label
# says: The labels are [3, 3, 3, 3, 3, 3, 3]
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


# %% right: a TensorDataset inside, all by name
class Digits(torch.utils.data.TensorDataset):
    def __init__(self, images, labels, mean, std):
        pixels = torch.div(images, 255).sub_(mean).div_(std)
        super().__init__(pixels.reshape(-1, 1, *images.shape[1:]), labels)


# %% wrong e: the image before
# says: Sample 0 is image 6
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index - 1].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong g: labels that are used up
# says: The labels are others
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        label = self.labels[index].clone()
        self.labels[index] = -1
        return (image - self.mean) / self.std, label


# %% wrong e: brackets forgotten
# says: needs brackets
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return image - self.mean / self.std, self.labels[index]


# %% wrong e: kept in the class
# says: keep yours in `self`
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        Digits.images, Digits.labels = images, labels
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].unsqueeze(0) / 255
        return (image - self.mean) / self.std, self.labels[index]


# %% wrong e: divided after it by 255
# says: with mean 0.3 and std 0.25 the byte
class Digits(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return (self.images[index][None] - self.mean) / self.std / 255, self.labels[index]
