"""5.2 fast_dataset"""

# %% setup
import numpy as np
import torch
from torch.utils.data import Dataset


class SlowImages(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        pixels = self.images[index].flatten().tolist()
        mean = sum(pixels) / len(pixels)
        variance = sum((pixel - mean) ** 2 for pixel in pixels) / (len(pixels) - 1)
        std = max(variance**0.5, 1.0)
        image = torch.tensor([(pixel - mean) / std for pixel in pixels])
        return image.view(1, 28, 28), int(self.labels[index])


def as_is(batch):
    return batch


# %% call
check.fast_dataset(FastImages)


# %% right: tensors, and a data set of its own
class FastImages(Dataset):
    def __init__(self, images, labels):
        self.images = torch.from_numpy(images)
        self.labels = torch.as_tensor(labels)

    def __len__(self):
        return self.images.shape[0]

    def __getitem__(self, index):
        images, labels = self.__getitems__([index])
        return images[0], labels[0]

    def __getitems__(self, indices):
        images = self.images[indices].unsqueeze(1) / 255
        deviation, mean = torch.std_mean(images, dim=(1, 2, 3), keepdim=True)
        return (images - mean) / torch.maximum(deviation, torch.tensor(1 / 255)), self.labels[
            indices
        ]


# %% right: numpy alone, on top of the slow one
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = self.images[indices, None]
        images = images - images.mean((1, 2, 3), keepdims=True)
        images /= images.std((1, 2, 3), ddof=1, keepdims=True).clip(1)
        return [torch.from_numpy(images).float(), torch.from_numpy(self.labels[indices])]


# %% right: a copy of the bytes, and the numbers of each image in advance
class FastImages(SlowImages):
    def __init__(self, images, labels):
        super().__init__(images, labels)
        self.pixels = torch.tensor(images).unsqueeze(1)
        self.means = torch.tensor(images.mean((1, 2)), dtype=torch.float32).view(-1, 1, 1, 1)
        self.deviations = torch.stack([each.float().std().clamp(min=1) for each in self.pixels])

    def __getitems__(self, indices):
        picked = torch.index_select(self.pixels, 0, torch.tensor(indices))
        images = (picked - self.means[indices]) / self.deviations[indices].view(-1, 1, 1, 1)
        return images, torch.tensor(self.labels)[indices]


# %% right: one image at a time, but quickly
class FastImages(SlowImages):
    def __getitem__(self, index):
        pixels = torch.from_numpy(self.images[index])[None].float()
        return (pixels - pixels.mean()) / max(pixels.std(), 1), self.labels[index]

    def __getitems__(self, indices):
        samples = [self[index] for index in indices]
        images = torch.stack([image for image, _ in samples])
        return images, torch.tensor([label for _, label in samples])


# %% right: one array at a time
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = np.empty((len(indices), 1, 28, 28), np.float32)
        for row, index in zip(images, indices):
            pixels = self.images[index].astype(np.float64)
            row[0] = (pixels - pixels.mean()) / max(pixels.std(ddof=1), 1)
        return torch.from_numpy(images), torch.from_numpy(self.labels[indices])


# %% wrong a: only batches
# says: for a single index there has to be
class FastImages(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)

    def __len__(self):
        return len(self.labels)

    def __getitems__(self, indices):
        images = self.images[indices].unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, self.labels[indices]


# %% wrong a: counts batches
# says: is 5, for 308 images
class FastImages(SlowImages):
    def __len__(self):
        return -(-len(self.labels) // 64)

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single image without its channel
# says: expected [1, 28, 28]
class FastImages(SlowImages):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image[0], label

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single image as bytes
# says: is not the image that the slow data set has there
class FastImages(SlowImages):
    def __getitem__(self, index):
        return torch.from_numpy(self.images[index])[None], int(self.labels[index])

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: the image alone
# says: an image and its label for a single index
class FastImages(SlowImages):
    def __getitem__(self, index):
        return super().__getitem__(index)[0]

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single label in a batch of one
# says: expected one number
class FastImages(SlowImages):
    def __getitem__(self, index):
        images, labels = self.__getitems__([index])
        return images[0], labels

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong a: a single label of the neighbour
# says: is another image's
class FastImages(SlowImages):
    def __getitem__(self, index):
        return super().__getitem__(index)[0], int(self.labels[index - 1])

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: a pair for each image
# says: a pair for each image, which somebody has to stack
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return list(zip(images, torch.from_numpy(self.labels[indices])))


# %% wrong b: a misspelt method
# says: Mind the underscores
class FastImages(SlowImages):
    def __get_items__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: a dictionary
# says: two tensors from `__getitems__`
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return {"images": images, "labels": torch.from_numpy(self.labels[indices])}


# %% wrong b: labels as an array
# says: and an object of the class `ndarray`; expected two tensors
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, self.labels[indices]


# %% wrong b: no channel
# says: expected [B, 1, 28, 28] and [B]
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).float()
        std, mean = torch.std_mean(images, (1, 2), keepdim=True)
        images = (images - mean) / std.clamp(min=1)
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: doubles
# says: The images of a batch are torch.float64
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).double()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong b: labels as int32
# says: The labels of a batch are torch.int32
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices]).int()


# %% wrong c: not normalised
# says: subtract an image's mean
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        images = images / 255
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: not divided
# says: the division by the deviation is missing
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        images = images - images.mean((1, 2, 3), keepdim=True)
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: nothing at all
# says: still from 0 to 255
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: divided first
# says: no deviation reaches 1
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1) / 255
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: normalised by the batch
# says: of their own batch
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        images = (images - images.mean()) / images.std().clamp(min=1)
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: the numbers of all images
# says: of all images
class FastImages(SlowImages):
    def __getitems__(self, indices):
        everything = torch.from_numpy(self.images).float()
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        images = (images - everything.mean()) / everything.std()
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: each pixel over the batch
# says: those of each pixel over the batch
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean, std = images.mean(0), images.std(0).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: row by row
# says: those of each row
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean, std = images.mean(3, keepdim=True), images.std(3, keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: column by column
# says: those of each column
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2), keepdim=True)
        std = images.std((1, 2), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: numpy's deviation
# says: as numpy's does; `SlowImages` divides by one less
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = self.images[indices, None].astype(np.float32)
        mean, std = images.mean((1, 2, 3), keepdims=True), images.std((1, 2, 3), keepdims=True)
        images = torch.from_numpy((images - mean) / std.clip(1))
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: divided by zero
# says: ends in nan
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: a small number instead of the clamp
# says: of an image that is nearly even
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True) + 1e-6
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: sorted
# says: in another order
class FastImages(SlowImages):
    def __getitems__(self, indices):
        indices = sorted(indices)
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: labels in the order of the data set
# says: not those of its images
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[sorted(indices)])


# %% wrong c: indices not used
# says: All batches hold the same images
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[: len(indices)]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: one tensor for all batches
# says: each overwrites the one before
class FastImages(SlowImages):
    buffer = torch.empty(64, 1, 28, 28)

    def __getitems__(self, indices):
        images = self.buffer[: len(indices)]
        images.copy_(torch.from_numpy(self.images[indices]).unsqueeze(1))
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images.sub_(mean).div_(std)
        return images, torch.from_numpy(self.labels[indices])


# %% wrong c: 16 bits on the way
# says: are not those of the slow data set, to 1e-4
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images.half().float(), torch.from_numpy(self.labels[indices])


# %% wrong c: the last batch is filled up
# says: the slow data set has 52 in the last
class FastImages(SlowImages):
    def __getitems__(self, indices):
        indices = (indices + indices)[:64]
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong d: all floats in advance
# says: bytes for each pixel; uint8 needs one
class FastImages(SlowImages):
    def __init__(self, images, labels):
        super().__init__(images, labels)
        pixels = torch.from_numpy(images).unsqueeze(1).float()
        std, mean = torch.std_mean(pixels, (1, 2, 3), keepdim=True)
        self.pixels = (pixels - mean) / std.clamp(min=1)

    def __getitems__(self, indices):
        return self.pixels[indices], torch.from_numpy(self.labels[indices])


# %% wrong e: labels sorted in place at the end
# says: are not the same afterwards
class FastImages(SlowImages):
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
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
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


FastImages = Fast(np.zeros((9, 28, 28), np.uint8), np.zeros(9, int))


# %% wrong: no data set
# says: does not inherit from `Dataset`
class FastImages:
    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])


# %% wrong: other arguments
# says: The arguments are called `images, labels`
class FastImages(SlowImages):
    def __init__(self, pixels, classes):
        super().__init__(pixels, classes)

    def __getitems__(self, indices):
        images = torch.from_numpy(self.images[indices]).unsqueeze(1).float()
        mean = images.mean((1, 2, 3), keepdim=True)
        std = images.std((1, 2, 3), keepdim=True).clamp(min=1)
        images = (images - mean) / std
        return images, torch.from_numpy(self.labels[indices])
