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

    accuracy = MulticlassAccuracy(num_classes=10, average="micro")
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


# %% wrong d: records gradients
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


# %% wrong g: gradients stay off
# says: was on when `evaluate` was called, and is off
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


# %% wrong g: gradients always back on
# says: was off when `evaluate` was called, and is on
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


# %% wrong c: no eval
# says: predicts in training mode
def evaluate(model, loader):
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


# %% wrong f: stays in evaluation mode
# says: left in evaluation mode
def evaluate(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


# %% wrong f: always back to training mode
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


# %% wrong b: mean of the batches' accuracies
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


# %% wrong a: percent
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


# %% wrong b: leaves out the last batch
# says: The last batch, which is smaller, is left out
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


# %% wrong e: a copy of the training loop
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


# %% wrong a: one number per image
# says: The accuracy is a tensor of shape [11]
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        hits = [model(images).argmax(dim=1) == labels for images, labels in loader]
    model.train(was_training)
    return torch.cat(hits)


# %% right: numpy, and frozen weights instead of no_grad
def evaluate(model, loader):
    import numpy as np

    training, frozen = model.training, [p.requires_grad for p in model.parameters()]
    model.requires_grad_(False).eval()
    hits = np.concatenate([model(x).numpy().argmax(1) == y.numpy() for x, y in loader])
    for parameter, flag in zip(model.parameters(), frozen):
        parameter.requires_grad = flag
    model.train(training)
    return hits.mean()


# %% wrong a: the share of wrong answers
# says: the share of wrong answers
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) != labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong a: a probability above a half
# says: the index of the largest logit
def evaluate(model, loader):
    mode = model.training
    model.eval()
    right = count = 0
    with torch.no_grad():
        for images, labels in loader:
            probabilities = model(images).softmax(dim=1)
            right += (probabilities.gather(1, labels.unsqueeze(1)) > 0.5).sum().item()
            count += len(labels)
    model.train(mode)
    return right / count


# %% wrong a: a text
# says: The accuracy is a text
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return f"{right / total:.4f}"


# %% wrong a: totals that outlive the call
# says: is something left from the first call
right = total = 0


def evaluate(model, loader):
    global right, total
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong b: the last batch alone
# says: of the last batch alone
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right = (model(images).argmax(dim=1) == labels).sum().item()
            total = len(labels)
    model.train(was_training)
    return right / total


# %% wrong b: every batch counts as a full one
# says: You divide by 3 times 4 images
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += loader.batch_size
    model.train(was_training)
    return right / total


# %% wrong b: the mean over classes
# says: You return the mean over classes
def evaluate(model, loader):
    from torchmetrics.classification import MulticlassAccuracy

    accuracy = MulticlassAccuracy(num_classes=10)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            accuracy.update(model(images), labels)
    model.train(was_training)
    return accuracy.compute().item()


# %% wrong c: sets the attribute alone
# says: its layers stay in training mode
def evaluate(model, loader):
    was_training = model.training
    model.training = False
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong e: in double precision
# says: The weights came as torch.float32
def evaluate(model, loader):
    was_training = model.training
    model.eval().double()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images.double()).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong f: puts the attribute back
# says: `training` of the network is set, but not that of its layers
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.training = was_training
    return right / total


# %% wrong g: frozen weights
# says: `requires_grad` of the weights is off
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %% wrong b: returns within the loop
# says: of the first batch alone
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


# %% wrong b: shares of the batches, divided by the images
# says: add up right answers, not shares
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).float().mean().item()
            total += len(labels)
    model.train(was_training)
    return right / total
