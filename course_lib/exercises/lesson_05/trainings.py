"""Six trainings for exercise 5.4, and the bytes that each of their steps takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, bfloat16, nn, ones_like, optim, randint, randn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.functional import cross_entropy


@dataclass
class Case:
    """A network, an optimizer and a batch to measure."""

    name: str
    model: nn.Sequential
    optimizer: optim.Optimizer
    images: Tensor
    labels: Tensor


def _training(
    name: str,
    kind: Callable[..., optim.Optimizer],
    model: nn.Sequential | None = None,
    **options: Any,
) -> Case:
    """A batch for a model, by default an MLP, and its optimizer."""
    if model is None:
        model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(36, 24),
            nn.ReLU(),
            nn.Linear(24, 24),
            nn.ReLU(),
            nn.Linear(24, 24),
            nn.ReLU(),
            nn.Linear(24, 10),
        )
    images, labels = randn(8, 1, 6, 6), randint(10, (8,))
    return Case(name, model, kind(model.parameters(), **options), images, labels)


def plain() -> Case:
    """An MLP that has been through a backward pass already."""
    case = _training("An MLP with Adam", optim.Adam, lr=0.1)
    for parameter in case.model.parameters():
        parameter.grad = ones_like(parameter)
    return case


def frozen() -> Case:
    """One of four layers is not trained."""
    case = _training("With a frozen layer and SGD", optim.SGD, lr=0.1)
    case.model[1].requires_grad_(False)
    return case


def tied() -> Case:
    """Two layers have one weight."""
    case = _training("With a weight for two layers and SGD with momentum", optim.SGD, lr=0.1)
    case.model[5].weight = case.model[3].weight
    case.optimizer = optim.SGD(case.model.parameters(), lr=0.1, momentum=0.9)
    return case


def in_bfloat16() -> Case:
    """Everything has 16 bits."""
    case = _training("In bfloat16, with Adam", optim.Adam, lr=0.1)
    case.model.to(bfloat16)
    case.images = case.images.to(bfloat16)
    return case


def convolution() -> Case:
    """The linear layer keeps a flat view of what the ReLU keeps."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 10))
    return _training("A CNN with SGD", optim.SGD, model, lr=0.1)


class Gate(nn.Module):
    """One half of the features lets the other through; autograd keeps both, as slices."""

    def forward(self, features: Tensor) -> Tensor:
        """Features [N, 2 * F] to [N, F]."""
        values, gates = features.chunk(2, dim=1)
        return values * gates


def slices() -> Case:
    """The batch is a part of a larger tensor, and two halves of another one are multiplied."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 24), Gate(), nn.Linear(12, 10))
    case = _training("On a slice of the images, with a gate", optim.SGD, model, lr=0.1)
    case.images = randn(64, 1, 6, 6)[8:16]
    return case


CASES = (plain, frozen, tied, in_bfloat16, convolution, slices)


def measure(case: Case) -> dict[str, int]:
    """Bytes in one training step: what is asked for, and what mistakes make of it."""
    model, saved, outputs = case.model, list[Tensor](), list[Tensor]()
    case.optimizer.zero_grad()
    for layer in model:
        layer.register_forward_hook(lambda _, __, output: outputs.append(output))
    with saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):  # type: ignore[func-returns-value]
        logits = model(case.images)
        of_network = len(saved)
        loss = cross_entropy(logits, case.labels)
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    case.optimizer.step()
    values = [each for state in case.optimizer.state.values() for each in state.values()]
    state = [value for value in values if isinstance(value, Tensor)]
    weights = {pointer(p) for p in model.parameters()}
    batch = {pointer(case.images), pointer(case.labels)}
    kept = [tensor for tensor in saved if pointer(tensor) not in weights]
    every = [p for module in model for p in module.parameters()]
    trained = [p for p in model.parameters() if p.requires_grad]
    return {
        "weights": total(model.parameters()),
        "gradients": total(gradients),
        "optimizer state": total(state),
        "activations": storages(kept),
        "nothing": 0,
        "layer by layer": total(every),
        "trainable": total(trained),
        "trainable layer by layer": total(p for p in every if p.requires_grad),
        "values": numbers(model.parameters()),
        "in 32 bits": 4 * numbers(model.parameters()),
        "trainable values": numbers(trained),
        "trainable in 32 bits": 4 * numbers(trained),
        "state but counters": total(tensor for tensor in state if tensor.ndim),
        "two moments": 2 * total(trained),
        "state values": numbers(state),
        "saved storages": storages(saved),
        "saved tensors": total(saved),
        "saved but weights": total(kept),
        "by identity": sum({id(t): size(t) for t in kept}.values()),
        "by address": sum({t.data_ptr(): size(t) for t in kept}.values()),
        "last tensors": sum({pointer(t): t.nbytes for t in kept}.values()),
        "tensors by address": sum({t.data_ptr(): t.nbytes for t in kept}.values()),
        "of the network": storages(t for t in saved[:of_network] if pointer(t) not in weights),
        "outputs": total(outputs),
        "but the batch": storages(tensor for tensor in kept if pointer(tensor) not in batch),
        "activation values": storages(kept, in_bytes=False),
    }


def pointer(tensor: Tensor) -> int:
    """Where a tensor's memory begins, be it a view or not."""
    return tensor.untyped_storage().data_ptr()


def size(tensor: Tensor) -> int:
    """Bytes of a tensor's memory, be it a view or not."""
    return tensor.untyped_storage().nbytes()


def total(tensors: Iterable[Tensor]) -> int:
    """Bytes, tensor by tensor."""
    return sum(tensor.nbytes for tensor in tensors)


def numbers(tensors: Iterable[Tensor]) -> int:
    """How many values."""
    return sum(tensor.numel() for tensor in tensors)


def storages(tensors: Iterable[Tensor], in_bytes: bool = True) -> int:
    """Bytes, or values, each storage counted once."""
    sizes = {pointer(t): size(t) // (1 if in_bytes else t.element_size()) for t in tensors}
    return sum(sizes.values())
