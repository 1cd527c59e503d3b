"""1.1 statistics"""

# %% setup
import numpy as np
import torch

# %% call
check.statistics(mean_and_std)


# %% right: torch, the whole tensor at once
def mean_and_std(train_images, test_images):
    pixels = train_images.float() / 255
    return pixels.mean().item(), pixels.std().item()


# %% right: NumPy, other names, population deviation
def mean_and_std(a, b):
    pixels = np.asarray(a) / 255.0
    return pixels.mean(), pixels.std()


# %% right: 0-d tensors from std_mean
def mean_and_std(train_images, test_images):
    std, mean = torch.std_mean(train_images / 255)
    return mean, std


# %% right: sums in chunks
def mean_and_std(train_images, test_images):
    count = total = squares = 0.0
    for chunk in train_images.split(16):
        chunk = chunk.double() / 255
        count += chunk.numel()
        total += chunk.sum()
        squares += (chunk**2).sum()
    mean = total / count
    return mean, (squares / count - mean**2) ** 0.5


# %% wrong d: both parts
# says: no say here
def mean_and_std(train_images, test_images):
    pixels = torch.cat([train_images, test_images]) / 255
    return pixels.mean(), pixels.std()


# %% wrong c: forgets to divide by 255
# says: Look at how you scale
def mean_and_std(train_images, test_images):
    return train_images.float().mean(), train_images.float().std()


# %% wrong b: one number per pixel
# says: The mean is a tensor of shape [28, 28]
def mean_and_std(train_images, test_images):
    pixels = train_images / 255
    return pixels.mean(dim=0), pixels.std(dim=0)


# %% wrong b: only the first images
# says: each the same?
def mean_and_std(train_images, test_images):
    pixels = train_images[:10] / 255
    return pixels.mean(), pixels.std()


# %% wrong b: deviation of the images' means
# says: how much the images differ
def mean_and_std(train_images, test_images):
    means = (train_images / 255).mean(dim=(1, 2))
    return means.mean(), means.std()


# %% wrong b: variance
# says: the variance, its square
def mean_and_std(train_images, test_images):
    pixels = train_images / 255
    return pixels.mean(), pixels.var()


# %% wrong a: swapped
# says: wrong way round
def mean_and_std(train_images, test_images):
    return torch.std_mean(train_images / 255)


# %% wrong: mean of bytes without float
# says: Your line 3 raised RuntimeError: mean()
def mean_and_std(train_images, test_images):
    return train_images.mean() / 255, train_images.std() / 255


# %% wrong a: no return
# says: what came is None
def mean_and_std(train_images, test_images):
    pixels = train_images / 255
    pixels.mean(), pixels.std()


# %% wrong: the result instead of the function
# says: pass the function itself
mean_and_std = (0.1307, 0.3081)


# %% wrong b: the mean of the images' deviations
# says: the mean of the images' deviations
def mean_and_std(train_images, test_images):
    pixels = train_images / 255
    return pixels.mean(), pixels.std(dim=(1, 2)).mean()


# %% wrong b: the deviation from zero
# says: the standard deviation over all pixels
def mean_and_std(train_images, test_images):
    pixels = train_images / 255
    return pixels.mean(), (pixels**2).mean().sqrt()


# %% wrong d: the deviation of the test images
# says: change your standard deviation
def mean_and_std(train_images, test_images):
    return (train_images / 255).mean(), (test_images / 255).std(correction=0)
