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


# %% wrong d: no zero_grad
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


# %% wrong b: no step
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


# %% wrong d: no backward
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


# %% wrong d: zero_grad between backward and step
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


# %% wrong a: stays in evaluation mode
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


# %% wrong f: loss of the last batch
# says: loss of the last batch
def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()


# %% wrong f: mean of the batches' means
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


# %% wrong f: the sum
# says: You return the sum over all images
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


# %% wrong h: keeps the graph
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


# %% wrong h: a detached tensor
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


# %% wrong g: the loss after the step
# says: take each batch's loss before the step
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


# %% wrong c: an optimizer of its own
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


# %% wrong b: one step per epoch
# says: Steps of the optimizer: 1,
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


# %% wrong e: softmax before cross_entropy
# says: There is a softmax before
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


# %% wrong f: no return
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


# %% right: gradients by autograd, a mean of all losses
def train_one_epoch(model, loader, optimizer):
    model.train()
    each = []
    for images, labels in loader:
        losses = nn.NLLLoss(reduction="none")(F.log_softmax(model(images), dim=1), labels)
        gradients = torch.autograd.grad(losses.mean(), list(model.parameters()))
        for parameter, gradient in zip(model.parameters(), gradients):
            parameter.grad = gradient
        optimizer.step()
        each.append(losses.detach())
    return torch.cat(each).mean().item()


# %% wrong a: sets the attribute alone
# says: You set `training` of the network alone
def train_one_epoch(model, loader, optimizer):
    model.training = True
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong b: leaves out the last batch
# says: sees 2 of the 3 batches
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        if len(labels) < loader.batch_size:
            break
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong b: trains a copy
# says: never sees a batch as the loader gives it
def train_one_epoch(model, loader, optimizer):
    model.train()
    twin = torch.nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(twin(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong b: two steps per batch
# says: Each is worth one, no more
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong c: weight decay by hand
# says: between the optimizer's steps
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter *= 0.99
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong d: steps first
# says: each later one that of the batch before
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong e: the sum over the batch
# says: leave `cross_entropy` its mean
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(labels)
    return total / count


# %% wrong e: the sum, divided by the size of a full batch
# says: The first step is right, step 3 is not
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels, reduction="sum") / loader.batch_size
        loss.backward()
        optimizer.step()
        total += loss.item() * loader.batch_size
        count += len(labels)
    return total / count


# %% wrong e: nll_loss of logits
# says: wants the `log_softmax`
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.nll_loss(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong e: backward twice
# says: The first gradient is 2 times what it should be
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward(retain_graph=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong f: batch means over all images
# says: You divide the losses of 3 batches by 10 images
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(labels)
    return total / count


# %% wrong f: the sum of the batches' losses
# says: You return the sum of the batches' losses
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(labels)
    return total


# %% wrong f: divided by the number of batches
# says: by the number of batches
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
    return total / len(loader)


# %% wrong f: every batch counts as a full one
# says: the last batch has only 2
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += loader.batch_size
    return total / count


# %% wrong f: integer division
# says: Which losses do you add up
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
    return total // count


# %% wrong f: a list that outlives the call
# says: is something left from the first call
def train_one_epoch(model, loader, optimizer, losses=[]):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        each = F.cross_entropy(model(images), labels, reduction="none")
        each.mean().backward()
        optimizer.step()
        losses += each.tolist()
    return sum(losses) / len(losses)


# %% wrong g: measured after the epoch
# says: as it is at the end
def train_one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    with torch.no_grad():
        total = sum(F.cross_entropy(model(x), y, reduction="sum") for x, y in loader)
    return total.item() / len(loader.dataset)


# %% wrong c: a learning rate of its own
# says: at another learning rate
def train_one_epoch(model, loader, optimizer):
    model.train()
    optimizer.param_groups[0]["lr"] = 1e-3
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong e: the squared distance to one-hot labels
# says: What is it that you call `backward()` on?
def train_one_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(model(images), F.one_hot(labels, 3).float())
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


# %% wrong c: a smaller learning rate for the next epoch
# says: leaves with another learning rate
def train_one_epoch(model, loader, optimizer):
    model.train()
    total = count = 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    for group in optimizer.param_groups:
        group["lr"] *= 0.9
    return total / count


# %% wrong b: the last batch first
# says: in the order in which they come
def train_one_epoch(model, loader, optimizer):
    model.train()
    total = count = 0
    for images, labels in reversed(list(loader)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count
