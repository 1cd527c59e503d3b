"""1.5 evaluate"""

# %% setup
import torch
import torch.nn.functional as F
from torch import nn

# %% call
check.evaluate(evaluate)


# %% right: no_grad and a remembered mode
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% right: inference_mode as a decorator, try and finally, a tensor
@torch.inference_mode()
def evaluate(net, batches):
    before = net.training
    try:
        net.train(False)
        hits = [net(x).max(dim=-1).indices.eq(y) for x, y in batches]
    finally:
        net.train(before)
    return torch.cat(hits).float().mean()


# %% right: torchmetrics
def evaluate(model, loader):
    from torchmetrics.classification import MulticlassAccuracy

    accuracy = MulticlassAccuracy(num_classes=3, average="micro")
    mode = model.training
    model.eval()
    recorded = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for images, labels in loader:
        accuracy.update(model(images), labels)
    torch.set_grad_enabled(recorded)
    if mode:
        model.train()
    return accuracy.compute().item()


# %% wrong: records gradients
# says: Gradients are recorded
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong: gradients stay off
# says: still off when you return
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong: gradients always back on
# says: was off when `evaluate` was called
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    torch.set_grad_enabled(True)
    model.train(was_training)
    return right / total


# %% wrong: no eval
# says: predicts in training mode
def evaluate(model, loader):
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


# %% wrong: stays in evaluation mode
# says: left in evaluation mode
def evaluate(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


# %% wrong: always back to training mode
# says: left in training mode
def evaluate(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train()
    return right / total


# %% wrong: mean of the batches' accuracies
# says: the mean of the batches' accuracies
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    accuracies = []
    with torch.no_grad():
        for images, labels in loader:
            accuracies.append((model(images).argmax(dim=1) == labels).float().mean().item())
    model.train(was_training)
    return sum(accuracies) / len(accuracies)


# %% wrong: percent
# says: their share, from 0 to 1
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return 100 * right / total


# %% wrong: leaves out the last batch
# says: Do all batches count
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            if len(labels) < loader.batch_size:
                break
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong: a copy of the training loop
# says: evaluation looks, and does not train
def evaluate(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    was_training = model.training
    model.eval()
    right = total = 0
    for images, labels in loader:
        optimizer.zero_grad()
        logits = model(images)
        F.cross_entropy(logits, labels).backward()
        optimizer.step()
        right += (logits.argmax(dim=1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong: one number per image
# says: The accuracy is a tensor of shape [10]
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        hits = [model(images).argmax(dim=1) == labels for images, labels in loader]
    model.train(was_training)
    return torch.cat(hits)
