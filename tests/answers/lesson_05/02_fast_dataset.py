"""5.2 fast_dataset"""

# %% setup
import numpy as np
import torch
from torch.utils.data import Dataset


class SlowImages(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels = images, labels
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        pixels = torch.tensor(self.images[index].tolist())
        image = (pixels / 255 - self.mean) / self.std
        return image.unsqueeze(0), int(self.labels[index])


def as_is(batch):
    return batch


# %% call
check.fast_dataset(FastImages)


# %% right: tensors, and a data set of its own
class FastImages(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images = torch.from_numpy(images)
        self.labels = torch.as_tensor(labels)
        self.mean, self.std = mean, std

    def __len__(self):
        return self.images.shape[0]

    def __getitem__(self, index):
        images, labels = self.__getitems__([index])
        return images[0], labels[0]

    def __getitems__(self, indices):
        images = self.images[indices].unsqueeze(1).float()
        return images.div_(255).sub_(self.mean).div_(self.std), self.labels[indices]


# %% right: numpy alone, on top of the slow one
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = self.images[indices, None].astype(np.float32) / 255
        images -= np.float32(self.mean)
        images /= np.float32(self.std)
        return [torch.from_numpy(images), torch.from_numpy(self.labels[indices])]


# %% right: a copy of the bytes, and a table of all 256 floats
class FastImages(SlowImages):
    def __init__(self, images, labels, mean, std):
        super().__init__(images, labels, mean, std)
        self.pixels = torch.tensor(images).unsqueeze(1)
        self.table = (torch.arange(256) / 255 - mean) / std

    def __getitems__(self, indices):
        picked = torch.index_select(self.pixels, 0, torch.tensor(indices))
        return self.table[picked.int()], torch.tensor(self.labels)[indices]


# %% right: one image at a time, but quickly
class FastImages(SlowImages):
    def __getitem__(self, index):
        pixels = torch.from_numpy(self.images[index])[None]
        return (pixels / 255 - self.mean) / self.std, self.labels[index]

    def __getitems__(self, indices):
        samples = [self[index] for index in indices]
        images = torch.stack([image for image, _ in samples])
        return images, torch.tensor([label for _, label in samples])


# %% wrong a: only batches
# says: for a single index there has to be
class FastImages(Dataset):
    def __init__(self, images, labels, mean, std):
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.labels)

    def __getitems__(self, indices):
        images = (self.images[indices].unsqueeze(1) / 255 - self.mean) / self.std
        return images, self.labels[indices]


# %% wrong a: counts batches
# says: is 8, for 500 images
class FastImages(SlowImages):
    def __len__(self):
        return -(-len(self.labels) // 64)

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single image without its channel
# says: expected [1, 28, 28]
class FastImages(SlowImages):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image[0], label

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single image as bytes
# says: is not the image that the slow data set has there
class FastImages(SlowImages):
    def __getitem__(self, index):
        return torch.from_numpy(self.images[index])[None], int(self.labels[index])

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: the image alone
# says: an image and its label for a single index
class FastImages(SlowImages):
    def __getitem__(self, index):
        return super().__getitem__(index)[0]

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single label in a batch of one
# says: expected one number
class FastImages(SlowImages):
    def __getitem__(self, index):
        images, labels = self.__getitems__([index])
        return images[0], labels

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single label of the neighbour
# says: is another image's
class FastImages(SlowImages):
    def __getitem__(self, index):
        return super().__getitem__(index)[0], int(self.labels[index - 1])

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: a pair for each image
# says: a pair for each image, which somebody has to stack
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return list(zip(images, torch.from_numpy(self.labels[indices])))


# %% wrong b: a misspelt method
# says: Mind the underscores
class FastImages(SlowImages):
    def __get_items__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: a dictionary
# says: two tensors from `__getitems__`
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return {"images": images, "labels": torch.from_numpy(self.labels[indices])}


# %% wrong b: labels as an array
# says: and an object of the class `ndarray`; expected two tensors
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, self.labels[indices]


# %% wrong b: no channel
# says: expected [B, 1, 28, 28] and [B]
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices])
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: doubles
# says: The images of a batch are torch.float64
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images.double() / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: labels as int32
# says: The labels of a batch are torch.int32
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices]).int()


# %% wrong c: not normalised
# says: from 0 to 1 and not normalised
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = images / 255
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: not divided
# says: normalised without having been divided by 255
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: nothing at all
# says: still from 0 to 255
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = images.float()
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: divided first
# says: divided by `std` before
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = images / 255 / self.std - self.mean
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: normalised by the batch
# says: of their own batch
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1) / 255
        images = (images - images.mean()) / images.std()
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: the numbers of MNIST
# says: normalised by MNIST's numbers
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - 0.1307) / 0.3081
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: sorted
# says: in another order
class FastImages(SlowImages):
    def __getitems__(self, indices):
        indices = sorted(indices)
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: labels in the order of the data set
# says: not those of its images
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[sorted(indices)])


# %% wrong c: indices not used
# says: All batches hold the same images
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[: len(indices)]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: one tensor for all batches
# says: each overwrites the one before
class FastImages(SlowImages):
    buffer = torch.empty(64, 1, 28, 28)

    def __getitems__(self, indices):
        images = self.buffer[: len(indices)]
        images.copy_(torch.from_numpy(self.images[indices]).unsqueeze(1))
        images.div_(255).sub_(self.mean).div_(self.std)
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: 16 bits on the way
# says: are not those of the slow data set, to 1e-6
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images.half().float(), torch.from_numpy(self.labels[indices])


# %% wrong c: the last batch is filled up
# says: the slow data set has 52 in the last
class FastImages(SlowImages):
    def __getitems__(self, indices):
        indices = (indices + indices)[:64]
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong d: all floats in advance
# says: bytes for each pixel; uint8 needs one
class FastImages(SlowImages):
    def __init__(self, images, labels, mean, std):
        super().__init__(images, labels, mean, std)
        self.pixels = (torch.from_numpy(images).unsqueeze(1) / 255 - mean) / std

    def __getitems__(self, indices):
        return self.pixels[indices], torch.from_numpy(self.labels[indices])


# %% wrong e: labels sorted in place at the end
# says: are not the same afterwards
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        labels = torch.from_numpy(self.labels[indices])
        self.images[indices] = 0  # seen
        return images, labels


# %% wrong f: the slow images, stacked
# says: more than a third of the slow one's time
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images, labels = zip(*[self[index] for index in indices])
        return torch.stack(images), torch.tensor(labels)


# %% wrong: an object
# says: pass the class itself
class Fast(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


FastImages = Fast(np.zeros((9, 28, 28), np.uint8), np.zeros(9, int), 0.5, 0.5)


# %% wrong: no data set
# says: does not inherit from `Dataset`
class FastImages:
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong: other arguments
# says: Your answer raised TypeError
class FastImages(SlowImages):
    def __init__(self, images, labels):
        super().__init__(images, labels, images.mean() / 255, images.std() / 255)

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1)
        images = (images / 255 - self.mean) / self.std
        return images, torch.from_numpy(self.labels[indices])
