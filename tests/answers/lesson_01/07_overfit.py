"""1.7 overfit"""

# %% setup
import copy
import torch
import torch.nn.functional as F
from torch import nn

# %% call
check.overfit(overfit)


# %% right: Adam
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% right: SGD, zero_grad last, a tuple
def overfit(net, data, n):
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = ()
    while len(losses) < n:
        loss = nn.CrossEntropyLoss()(net(data[0]), data[1])
        loss.backward()
        opt.step()
        opt.zero_grad()
        losses += (float(loss),)
    return losses


# %% right: gradients and update by hand
def overfit(model, batch, steps):
    losses = []
    parameters = list(model.parameters())
    for _ in range(steps):
        loss = F.cross_entropy(model(batch[0]), batch[1])
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= 0.5 * g
        losses.append(loss.item())
    return losses


# %% right: the default rate of Adam, clipped
def overfit(model, batch, steps):
    optimizer = torch.optim.AdamW(model.parameters())
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong a: trains a copy
# says: train it, no copy
def overfit(model, batch, steps):
    images, labels = batch
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong e: learning rate far too small
# says: Try a larger learning rate
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong a: the last layer alone
# says: Only 2 of the model's 4 parameter tensors
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model[-1].parameters(), lr=3e-2)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: other labels in each step
# says: Take the same images and labels in each step
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels.roll(step))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong b: no zero_grad
# says: Only 1 of 150 steps began without an old gradient
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong e: no step
# says: is there a `step()` after `backward()`
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        losses.append(loss.item())
    return losses


# %% wrong c: stops when it is good
# says: Expected a list of 10 losses with `steps=10`
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if loss < 0.05:
            break
    return losses


# %% wrong c: keeps the graphs
# says: expected floats
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


# %% wrong d: the sum over the images
# says: the sum over the 8 images
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: ten steps for each loss
# says: that of the network after step 9
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(steps):
        for _ in range(10):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: softmax before the cross-entropy
# says: this network begins with
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images).softmax(dim=1), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: the mean over the steps so far
# says: the mean over the steps so far
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, total = [], 0.0
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        losses.append(total / (len(losses) + 1))
    return losses


# %% wrong d: stops when it is good, and fills up
# says: but ran the network
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if losses[-1] < 0.01:
            break
    return losses + losses[-1:] * (steps - len(losses))


# %% wrong e: no backward
# says: Which call computes them
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong e: zero_grad before the step
# says: come between `backward()` and `step()`
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong e: learning rate far too large
# says: rises on the way
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.SGD(model.parameters(), lr=20.0)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% right: L-BFGS, which asks several times in each step
def overfit(model, batch, steps):
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


# %% right: image by image, a schedule, and the first call of zero_grad before the loop
def overfit(model, batch, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2 * steps)
    losses = []
    optimizer.zero_grad(set_to_none=False)
    for _ in range(steps):
        total = 0.0
        for image, label in zip(*batch):
            loss = F.cross_entropy(model(image.unsqueeze(0)), label.unsqueeze(0)) / len(batch[0])
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        schedule.step()
        losses.append(total)
    return losses
