"""1.4 train_one_epoch"""

# %% setup
import torch
import torch.nn.functional as F
from torch import nn

# %% call
check.train_one_epoch(train_one_epoch)


# %% right: item times size
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% right: a loss object, zero_grad at the end, a tensor that adds up
def train_one_epoch(net, batches, opt):
    criterion = nn.CrossEntropyLoss()
    net.train(True)
    total = torch.zeros(())
    for x, y in batches:
        loss = criterion(net(x), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
        total += loss.detach() * x.shape[0]
    return total.item() / len(batches.dataset)


# %% right: a closure, and all losses at the end
def train_one_epoch(model, loader, optimizer):
    model.train()
    losses = []
    for batch in loader:
        images, labels = batch

        def closure():
            model.zero_grad()
            each = F.cross_entropy(model.forward(images), labels, reduction="none")
            each.mean().backward()
            losses.extend(each.tolist())

        optimizer.step(closure)
    return sum(losses) / len(losses)


# %% wrong: no zero_grad
# says: Gradients pile up
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: no step
# says: `optimizer.step()` never ran
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: no backward
# says: no gradient to follow
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: zero_grad between backward and step
# says: finds no gradient
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: stays in evaluation mode
# says: Call `model.train()` first
def train_one_epoch(model, loader, optimizer):
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: loss of the last batch
# says: loss of the last batch
def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()


# %% wrong: mean of the batches' means
# says: the mean over batches
def train_one_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


# %% wrong: the sum
# says: Divide the sum
def train_one_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total


# %% wrong: keeps the graph
# says: holds on to the graph
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss * len(labels)
        count += len(labels)
    return total / count


# %% wrong: a detached tensor
# says: The loss you return is a tensor of shape []
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = torch.zeros(()), 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: the loss after the step
# says: take each batch's loss before its step
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        with torch.no_grad():
            total += F.cross_entropy(model(images), labels).item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: an optimizer of its own
# says: Build no other
def train_one_epoch(model, loader, optimizer):
    model.train()
    optimizer = torch.optim.Adam(model.parameters())
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: one step per epoch
# says: Steps of the optimizer: 1.
def train_one_epoch(model, loader, optimizer):
    model.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        total += loss.item() * len(labels)
        count += len(labels)
    optimizer.step()
    return total / count


# %% wrong: softmax before cross_entropy
# says: the weights end elsewhere
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images).softmax(dim=1), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong: no return
# says: The loss you return is None
def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


# %% wrong: loss and logits swapped
# says: Your line 6 raised
def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(labels, model(images))
        loss.backward()
        optimizer.step()
    return loss.item()
