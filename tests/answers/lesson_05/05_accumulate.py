"""5.5 accumulate"""

# %% setup
import torch
import torch.nn.functional as F

# %% call
check.accumulate(accumulated_step)


# %% right: weighted means
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    mean_loss = 0.0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.step()
    return mean_loss


# %% right: sums, which are divided in the end
def accumulated_step(network, opt, parts):
    network.zero_grad(set_to_none=False)
    seen, summed = 0, 0.0
    for x, y in parts:
        loss = F.cross_entropy(network(x), y, reduction="sum")
        loss.backward()
        summed += float(loss)
        seen += len(y)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.grad /= seen
    opt.step()
    opt.zero_grad()
    return summed / seen


# %% right: no backward at all, image by image
def accumulated_step(model, optimizer, batches):
    parameters = list(model.parameters())
    summed = [torch.zeros_like(p) for p in parameters]
    losses = []
    for images, labels in batches:
        for image, label in zip(images, labels):
            loss = F.cross_entropy(model(image.unsqueeze(0)), label.unsqueeze(0))
            for total, part in zip(summed, torch.autograd.grad(loss, parameters)):
                total += part
            losses.append(loss.item())
    for parameter, total in zip(parameters, summed):
        parameter.grad = total / len(losses)
    optimizer.step()
    return sum(losses) / len(losses)


# %% right: losses that are kept after their backward, in a closure of the optimizer's
def accumulated_step(model, optimizer, batches):
    sizes = torch.tensor([len(labels) for _, labels in batches])

    def closure():
        optimizer.zero_grad()
        losses = []
        for share, (images, labels) in zip(sizes / sizes.sum(), batches):
            losses.append(torch.nn.CrossEntropyLoss()(model(images), labels) * share)
            losses[-1].backward()
        return sum(losses)

    return optimizer.step(closure).item()


# %% right: a loss that is summed with its node, but without what its backward needed
def accumulated_step(model, optimizer, batches):
    count = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    total = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / count
        loss.backward()
        total += loss
    optimizer.step()
    return total.item()


# %% wrong: the result
# says: pass the function itself
accumulated_step = 1.0


# %% wrong a: the sum of the means
# says: the sum of the batches' gradients, and nothing divides it
def accumulated_step(model, optimizer, batches):
    optimizer.zero_grad()
    summed = 0.0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        summed += loss.item() * len(labels)
    optimizer.step()
    return summed / sum(len(labels) for _, labels in batches)


# %% wrong a: the mean of the means, as the Trainer has it
# says: each batch counts the same, large or small
def accumulated_step(model, optimizer, batches):
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) / len(batches)
        loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong a: sums that nothing divides
# says: the sum over all images, not their mean
def accumulated_step(model, optimizer, batches):
    optimizer.zero_grad()
    summed = seen = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        loss.backward()
        summed += loss.item()
        seen += len(labels)
    optimizer.step()
    return summed / seen


# %% wrong a: divided twice
# says: right, but for a division by the number of batches
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total / len(batches)
        loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong a: zero_grad in the loop
# says: the share that the last batch has
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.step()
    return mean_loss


# %% wrong a: zero_grad in the loop, and a plain mean
# says: a third of that of the last batch
def accumulated_step(model, optimizer, batches):
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels) / len(batches)
        loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong a: backward after the loop
# says: that of the last batch alone
def accumulated_step(model, optimizer, batches):
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong a: return in the loop
# says: that of the first batch alone
def accumulated_step(model, optimizer, batches):
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()


# %% wrong a: zero_grad before the step
# says: It is zero.
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.zero_grad()
    optimizer.step()
    return mean_loss


# %% wrong a: as if all batches were as large as the first
# says: by the number of batches times the size of the first; the batches differ in size
def accumulated_step(model, optimizer, batches):
    total = len(batches) * len(batches[0][1])
    mean_loss = 0.0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.step()
    return mean_loss


# %% wrong a: shares of the largest batch
# says: is not that of the mean loss of all images.
def accumulated_step(model, optimizer, batches):
    largest = max(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / largest
        loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong a: another learning rate, as if the loss had not been divided
# says: something else changes them, or its learning rate
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    mean_loss = 0.0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    for group in optimizer.param_groups:
        group["lr"] *= len(batches)
    optimizer.step()
    return mean_loss


# %% wrong b: a step for each batch
# says: a step after each of the batches
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        optimizer.step()
        mean_loss += loss.item()
    return mean_loss


# %% wrong b: one too many
# says: makes 2 steps; expected one
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.step()
    optimizer.step()
    return mean_loss


# %% wrong c: nothing is set to zero
# says: gradients from before, these have a part in the step
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.item()
    optimizer.step()
    return mean_loss


# %% wrong d: all images at once
# says: The model gets 9 images at once
def accumulated_step(model, optimizer, batches):
    images, labels = (torch.cat(parts) for parts in zip(*batches))
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong d: one backward for all
# says: a `backward` is yet to come
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    loss = 0
    for images, labels in batches:
        loss += F.cross_entropy(model(images), labels) * len(labels) / total
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong d: retain_graph
# says: Why is it kept after its `backward`?
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward(retain_graph=True)
        mean_loss += loss.item()
    optimizer.step()
    return mean_loss


# %% wrong e: a tensor
# says: returns a tensor of shape []
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    mean_loss = 0.0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
        mean_loss += loss.detach()
    optimizer.step()
    return mean_loss


# %% wrong e: nothing
# says: returns None; expected the loss
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
    optimizer.step()


# %% wrong e: of the last batch
# says: It is the share that the last batch has
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong e: the mean of the means
# says: It is a mean in which each batch counts the same
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    losses = []
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        (loss * len(labels) / total).backward()
        losses.append(loss.item())
    optimizer.step()
    return sum(losses) / len(losses)


# %% wrong e: after the step
# says: the mean loss after the step
def accumulated_step(model, optimizer, batches):
    total = sum(len(labels) for _, labels in batches)
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels) * len(labels) / total
        loss.backward()
    optimizer.step()
    with torch.no_grad():
        losses = [F.cross_entropy(model(x), y, reduction="sum") for x, y in batches]
    return sum(losses).item() / total
