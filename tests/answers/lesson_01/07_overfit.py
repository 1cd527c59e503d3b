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
# says: not a copy
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


# %% wrong c: another network
# says: this network begins with
def overfit(model, batch, steps):
    images, labels = batch
    torch.manual_seed(5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: learning rate far too small
# says: below 0.05 is needed
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


# %% wrong d: the last layer alone
# says: does the optimizer have all parameters
def overfit(model, batch, steps):
    images, labels = batch
    optimizer = torch.optim.Adam(model[-1].parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong d: other labels in each step
# says: Is it the same batch in each step
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
# says: the sum of all steps
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


# %% wrong d: no step
# says: no step changes the weights
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
# says: Expected a list of 150 losses
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
