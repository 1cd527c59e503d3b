"""5.4 training_memory"""

# %% setup
import torch
import torch.nn.functional as F

# %% call
check.training_memory(training_memory)


# %% right: lists
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% right: element by element, and a set of storages
def nbytes(tensors):
    return sum(t.numel() * t.element_size() for t in tensors)


def training_memory(net, optimizer, x, y):
    weights = {id(p): p for p in net.parameters()}.values()
    found = {"weights": nbytes(weights), "activations": 0}
    seen = {p.untyped_storage().data_ptr() for p in weights}
    alive = []

    def keep(tensor):
        alive.append(tensor)
        pointer = tensor.untyped_storage().data_ptr()
        if pointer not in seen:
            seen.add(pointer)
            found["activations"] += len(tensor.untyped_storage())
        return len(alive) - 1

    net.zero_grad(set_to_none=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda index: alive[index]):
        loss = F.cross_entropy(net(x), y)
    loss.backward()
    found["gradients"] = nbytes(p.grad for p in weights if p.requires_grad)
    optimizer.step()
    state = optimizer.state_dict()["state"].values()
    found["optimizer state"] = nbytes(
        value for entry in state for value in entry.values() if isinstance(value, torch.Tensor)
    )
    return found


# %% right: a walk along the graph
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    loss = torch.nn.CrossEntropyLoss()(model(images), labels)
    waiting, seen, kept = [loss.grad_fn], set(), {}
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting += [following for following, _ in node.next_functions]
        for name in dir(node):
            value = getattr(node, name) if name.startswith("_saved_") else None
            if isinstance(value, torch.Tensor):
                kept[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
    for p in model.parameters():
        kept.pop(p.untyped_storage().data_ptr(), None)
    loss.backward()
    optimizer.step()
    tensors = [v for s in optimizer.state.values() for v in s.values() if v is not None]
    return dict(
        zip(
            ("activations", "weights", "gradients", "optimizer state"),
            (
                sum(kept.values()),
                sum(p.nbytes for p in model.parameters()),
                sum(p.grad.nbytes for p in model.parameters() if p.grad is not None),
                sum(t.nbytes for t in tensors),
            ),
        )
    )


# %% wrong a: a tuple
# says: returned a tuple of 4
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return (
        sum(p.nbytes for p in weights),
        sum(p.nbytes for p in gradients),
        sum(t.nbytes for t in state),
        activations,
    )


# %% wrong a: another key
# says: The dictionary has the keys
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong a: megabytes
# says: `weights` should be a number of bytes
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights) / 1e6,
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong b: no step
# says: Where is the step?
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    before = [p.detach().clone() for p in model.parameters()]
    optimizer.step()
    with torch.no_grad():
        for p, value in zip(model.parameters(), before):
            p.copy_(value)
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong b: old gradients
# says: with the gradients of this batch alone
def training_memory(model, optimizer, images, labels):
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong c: layer by layer
# says: a weight that two layers share counted twice
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(t.nbytes for t in model.state_dict().values()),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong c: only what is trained
# says: frozen weights are in memory, too
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights if p.requires_grad),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong c: values
# says: how many bytes has each
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.numel() for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong c: four bytes each
# says: these have two
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(4 * p.numel() for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong: matrices alone
# says: bytes of weights; expected
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights if p.ndim > 1),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong d: as many as weights
# says: a frozen weight gets no gradient
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in weights),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong d: after they are gone
# says: look after `backward`
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong d: layer by layer
# says: the gradient of a shared weight counted twice
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(
            p.grad.nbytes for m in model for p in m.parameters() if p.grad is not None
        ),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong d: values
# says: of gradients, which is the number of values
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.numel() for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong d: four bytes each
# says: a gradient has the dtype of its weight
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(4 * p.numel() for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong: not of the biases
# says: bytes of gradients; expected
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients if p.ndim > 1),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong e: before the step
# says: true before its first step only
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    state = [t for values in optimizer.state.values() for t in values.values()]
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    weights = list(model.parameters())
    optimizer.step()
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong e: the moments alone
# says: a counter of steps for each tensor of weights is missing
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state if t.ndim),
        "activations": activations,
    }


# %% wrong e: twice the trained weights, by rule
# says: not every optimizer keeps that
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": 2 * sum(p.nbytes for p in gradients)
        + (4 * len(gradients) if type(optimizer).__name__ == "Adam" else 0),
        "activations": activations,
    }


# %% wrong e: values
# says: of optimizer state, which is the number of values
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.numel() for t in state),
        "activations": activations,
    }


# %% wrong: with the gradients
# says: bytes of optimizer state; expected
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state) + sum(p.nbytes for p in gradients),
        "activations": activations,
    }


# %% wrong f: each as often as it is kept
# says: two operations may keep the same storage
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(t.nbytes for t in saved if t.untyped_storage().data_ptr() not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: known by identity
# says: a view and what it is a view of are counted twice
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {id(t): t for t in saved if t.untyped_storage().data_ptr() not in own}
    activations = sum(t.nbytes for t in kept.values())
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: the size of the tensor
# says: its whole storage stays in memory
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.nbytes for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: without the loss
# says: what the loss keeps is missing
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: without the batch
# says: without the images and labels
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    batch = {t.untyped_storage().data_ptr() for t in (images, labels)}
    own = batch | {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: values
# says: of activations, which is the number of values
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {
        t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() // t.element_size()
        for t in saved
    }
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong f: outputs of the layers
# says: the outputs of all layers
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    outputs = []
    for layer in model.children():
        layer.register_forward_hook(lambda module, args, output: outputs.append(output))
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(output.nbytes for output in outputs)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong: floating point alone
# says: bytes of activations; expected
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {
        t.untyped_storage().data_ptr(): t.untyped_storage().nbytes()
        for t in saved
        if t.is_floating_point()
    }
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong g: the weights among them
# says: some as a transposed view
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items())
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong g: weights known by identity
# says: and some tensors several times
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    state = [t for t in state if torch.is_tensor(t)]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(t.nbytes for t in saved if not isinstance(t, torch.nn.Parameter))
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(t.nbytes for t in state),
        "activations": activations,
    }


# %% wrong: raises for SGD
# says: Your line
def training_memory(model, optimizer, images, labels):
    optimizer.zero_grad()
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    optimizer.step()
    weights = list(model.parameters())
    state = [t for values in optimizer.state.values() for t in values.values()]
    own = {p.untyped_storage().data_ptr() for p in weights}
    kept = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    activations = sum(size for pointer, size in kept.items() if pointer not in own)
    return {
        "weights": sum(p.nbytes for p in weights),
        "gradients": sum(p.nbytes for p in gradients),
        "optimizer state": sum(
            t.nbytes
            for values in optimizer.state.values()
            for t in (values["exp_avg"], values["exp_avg_sq"], values["step"])
        ),
        "activations": activations,
    }


# %% wrong: the result instead of the function
# says: pass the function itself
training_memory = {"weights": 1}
