"""1.8 bug_hunt"""

# %% setup
import torch
import torch.nn.functional as F
from torch import nn


def fix_1(images, hidden, output):
    x = F.relu(hidden(images.flatten(1)))
    return output(x)


def fix_2(data):
    size = round(len(data.train_images) * 0.2)
    train = data.train_images[size:], data.train_labels[size:]
    val = data.train_images[:size], data.train_labels[:size]
    test = data.test_images, data.test_labels
    return train, val, test


def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        metric.reset()
        for logits, labels in batches:
            metric.update(logits, labels)
        accuracies.append(metric.compute())
    return accuracies


def fix_4(images):
    return torch.stack(
        [torch.rot90(image, int(torch.randint(4, ())), dims=(1, 2)) for image in images]
    )


# %% call
check.bug_hunt(fix_1, fix_2, fix_3, fix_4)
# %% right: as in the notebook
pass


# %% right: methods, shuffled split, a new metric, turned by mask
def fix_1(x, a, b):
    return b(a(x.view(len(x), -1)).relu())


def fix_2(d):
    order = torch.randperm(len(d.train_labels))
    val, train = order.split([len(order) // 5, len(order) - len(order) // 5])
    return [(d.train_images[i], d.train_labels[i]) for i in (train, val)] + [
        (d.test_images, d.test_labels)
    ]


def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        for logits, labels in batches:
            metric.update(logits, labels)
        accuracies.append(torch.tensor(metric.compute()))
        metric.reset()
    return tuple(accuracies)


def fix_4(images):
    turned = images.clone()
    k = torch.randint(4, (len(images),))
    for turns in range(1, 4):
        turned[k == turns] = torch.rot90(images[k == turns], turns, dims=(-2, -1))
    return turned


# %% wrong b: 1 kept
# says: what `faulty_1` returns
def fix_1(images, hidden, output):
    x = F.relu(hidden(images.flatten(1)))
    return F.relu(output(x))


# %% wrong a: 1 takes both ReLUs away
# says: now both ReLUs are gone
def fix_1(images, hidden, output):
    return output(hidden(images.flatten(1)))


# %% wrong a: 1 log_softmax instead
# says: put nothing in its place
def fix_1(images, hidden, output):
    x = F.relu(hidden(images.flatten(1)))
    return F.log_softmax(output(x), dim=1)


# %% wrong a: 1 empties the bias
# says: fix_1 changes the layers
def fix_1(images, hidden, output):
    with torch.no_grad():
        output.bias.zero_()
    return output(F.relu(hidden(images.flatten(1))))


# %% wrong: 1 predictions
# says: fix_1 returned a tensor of shape [31]
def fix_1(images, hidden, output):
    x = F.relu(hidden(images.flatten(1)))
    return output(x).argmax(dim=1)


# %% wrong b: 1 softplus instead
# says: its bias gets the gradient -2e-09
def fix_1(images, hidden, output):
    x = F.relu(hidden(images.flatten(1)))
    return F.softplus(output(x))


# %% wrong c: 2 kept
# says: 50 of the 50 validation images are test images
def fix_2(data):
    train = data.train_images, data.train_labels
    val = data.test_images, data.test_labels
    test = data.test_images, data.test_labels
    return train, val, test


# %% wrong a: 2 halves the test part
# says: is now 40 with 40 of them
def fix_2(data):
    size = round(len(data.train_images) * 0.2)
    train = data.train_images[size:], data.train_labels[size:]
    val = data.train_images[:size], data.train_labels[:size]
    return train, val, (data.test_images[10:], data.test_labels[10:])


# %% wrong d: 2 leaves the validation images in training
# says: 40 of the 40 validation images are in the training part
def fix_2(data):
    size = round(len(data.train_images) * 0.2)
    train = data.train_images, data.train_labels
    val = data.train_images[:size], data.train_labels[:size]
    return train, val, (data.test_images, data.test_labels)


# %% wrong c: 2 a half
# says: of 202 training images 101 validate
def fix_2(data):
    size = len(data.train_images) // 2
    train = data.train_images[size:], data.train_labels[size:]
    val = data.train_images[:size], data.train_labels[:size]
    return train, val, (data.test_images, data.test_labels)


# %% wrong a: 2 labels not shuffled along
# says: the labels of `train` are not those of its images
def fix_2(data):
    size = round(len(data.train_images) * 0.2)
    images = data.train_images[torch.randperm(len(data.train_images))]
    train = images[size:], data.train_labels[size:]
    val = images[:size], data.train_labels[:size]
    return train, val, (data.test_images, data.test_labels)


# %% wrong: 2 forgets the test part
# says: Expected fix_2 to return `train, val, test`
def fix_2(data):
    size = round(len(data.train_images) * 0.2)
    train = data.train_images[size:], data.train_labels[size:]
    return train, (data.train_images[:size], data.train_labels[:size])


# %% wrong c: 2 draws with replacement
# says: different ones; draw none of them twice
def fix_2(data):
    n = len(data.train_images)
    val = torch.randint(n, (round(n * 0.2),))
    rest = [i for i in range(n) if i not in val.tolist()]
    return (
        (data.train_images[rest], data.train_labels[rest]),
        (data.train_images[val], data.train_labels[val]),
        (data.test_images, data.test_labels),
    )


# %% wrong d: 2 an image falls between the parts
# says: and 1 of those are missing
def fix_2(data):
    size = len(data.train_images) // 5
    train = data.train_images[size + 1 :], data.train_labels[size + 1 :]
    val = data.train_images[:size], data.train_labels[:size]
    return train, val, (data.test_images, data.test_labels)


# %% wrong a: 2 normalised on the way
# says: no longer what `data` holds
def fix_2(data):
    size = len(data.train_images) // 5
    train = data.train_images[size:] / 255, data.train_labels[size:]
    val = data.train_images[:size] / 255, data.train_labels[:size]
    return train, val, (data.test_images / 255, data.test_labels)


# %% wrong f: 3 kept, with counts set to 0 that another metric need not have
# says: still counts the first epoch
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        metric.right = metric.total = 0
        for logits, labels in batches:
            metric.update(logits, labels)
        accuracies.append(metric.compute())
    return accuracies


# %% wrong e: 3 resets for every batch
# says: Does `reset()` come too often
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        for logits, labels in batches:
            metric.reset()
            metric.update(logits, labels)
        accuracies.append(metric.compute())
    return accuracies


# %% wrong a: 3 a counter of its own
# says: Let the metric that is passed count
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        hits = torch.cat([logits.argmax(dim=1) == labels for logits, labels in batches])
        accuracies.append(hits.float().mean().item())
    return accuracies


# %% wrong e: 3 resets before it computes
# says: has nothing to count any more
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        for logits, labels in batches:
            metric.update(logits, labels)
        metric.reset()
        accuracies.append(metric.compute())
    return accuracies


# %% wrong: 3 the last epoch alone
# says: what came is a list of 1
def fix_3(metric, epochs):
    for batches in epochs:
        metric.reset()
        for logits, labels in batches:
            metric.update(logits, labels)
    return [metric.compute()]


# %% wrong e: 3 mean over batches
# says: in which a small batch weighs as much
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        values = []
        for logits, labels in batches:
            metric.reset()
            metric.update(logits, labels)
            values.append(metric.compute())
        accuracies.append(sum(values) / len(values))
    return accuracies


# %% wrong e: 3 the first batch alone
# says: Does every batch of every epoch count
def fix_3(metric, epochs):
    accuracies = []
    for batches in epochs:
        metric.reset()
        metric.update(*batches[0])
        accuracies.append(metric.compute())
    return accuracies


# %% wrong g: 4 kept
# says: all 600 images are turned by the same k
def fix_4(images):
    k = int(torch.randint(4, ()))
    return torch.rot90(images, k, dims=(2, 3))


# %% wrong g: 4 counts up from one draw
# says: k always changes by 1
def fix_4(images):
    first = int(torch.randint(4, ()))
    turned = [torch.rot90(image, first + i, dims=(1, 2)) for i, image in enumerate(images)]
    return torch.stack(turned)


# %% wrong g: 4 one draw for two neighbours
# says: of 600 images are turned like the one before
def fix_4(images):
    turns = torch.randint(4, (len(images) // 2,)).repeat_interleave(2).tolist()
    turned = [torch.rot90(image, k, dims=(1, 2)) for image, k in zip(images, turns)]
    return torch.stack(turned)


# %% wrong h: 4 the same every time
# says: draw anew each time
def fix_4(images):
    torch.manual_seed(0)
    return torch.stack(
        [torch.rot90(image, int(torch.randint(4, ())), dims=(1, 2)) for image in images]
    )


# %% wrong a: 4 never three quarters
# says: of 1,200 images 0 are turned by k = 3
def fix_4(images):
    return torch.stack(
        [torch.rot90(image, int(torch.randint(3, ())), dims=(1, 2)) for image in images]
    )


# %% wrong a: 4 in place
# says: turned the images that were passed
def fix_4(images):
    for i in range(len(images)):
        images[i] = torch.rot90(images[i], int(torch.randint(4, ())), dims=(1, 2))
    return images


# %% wrong a: 4 shuffles the images
# says: some image is no longer the one at its place
def fix_4(images):
    turned = [torch.rot90(image, int(torch.randint(4, ())), dims=(1, 2)) for image in images]
    return torch.stack(turned).flip(0)


# %% wrong: 4 the first image alone
# says: fix_4 returned a tensor of shape [1, 5, 5]
def fix_4(images):
    for image in images:
        return torch.rot90(image, int(torch.randint(4, ())), dims=(1, 2))


# %% wrong: 4 the result instead of the function
# says: pass the function itself
fix_4 = torch.zeros(600, 1, 5, 5)


# %% wrong a: 1 cuts off the hidden layer
# says: no gradient reaches `hidden`
def fix_1(images, hidden, output):
    with torch.no_grad():
        x = F.relu(hidden(images.flatten(1)))
    return output(x)
