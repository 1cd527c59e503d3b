"""Exercise 1.3: a network that returns logits."""

from typing import Any

from torch import (
    Tensor,
    allclose,
    nn,
    no_grad,
    rand,
    tensor,
)
from torch.autograd import backward

from course_lib.exercises.answers import described, require_class
from course_lib.exercises.engine import exercise, require


@exercise(
    "1.3",
    why="Logits are free to be any number; `cross_entropy` turns them into probabilities itself, "
    "and more exactly than a softmax in the network could.",
    hints=(
        "An `nn.Linear` wants `[N, features]`: flatten all but the first dimension. What comes "
        "after the last layer?",
        "`nn.Sequential(nn.Flatten(), nn.Linear(784, 64), …, nn.Linear(64, 10))`, kept as "
        "`self.layers` and called in `forward`; nothing follows the last layer.",
    ),
)
def network(net_class: Any) -> None:
    """A network."""
    require_class(net_class, nn.Module)
    net = net_class().eval()
    images = rand(64, 1, 28, 28)
    logits = net(images)
    require(
        isinstance(logits, Tensor), f"`forward` returned {described(logits)}; expected the logits."
    )
    require(
        logits.shape == (64, 10),
        f"64 images gave logits of shape {list(logits.shape)}; expected [64, 10], one per class.",
    )
    for size in (5, 1):
        require(
            gives_logits(net, images[:size]),
            f"64 images are fine, but a batch of {size} is not: let the shape of `images` say how "
            "many there are.",
        )
    parameters = list(net.parameters())
    require(
        any(parameter.requires_grad for parameter in parameters),
        "`parameters()` has nothing to train: layers in a plain list stay unknown to `nn.Module`; "
        "make them attributes, or use `nn.Sequential`.",
    )
    require(
        allclose(net(images), logits, atol=1e-4),
        "In evaluation mode the same images give different logits. Dropout: pass "
        "`training=self.training` to `F.dropout`, or use `nn.Dropout`; layers: make them in "
        "`__init__`, not in `forward`.",
    )
    twin = net_class().eval()
    twin.load_state_dict(net.state_dict())
    require(
        allclose(twin(images), logits, atol=1e-4),
        "A second network with the same `state_dict` computes something else, so that some layer "
        "is not registered: is one in a plain list?",
    )
    require_gradients(net, logits)
    with no_grad():
        for parameter in parameters:
            # What holds for such weights is no accident of how layers are initialised.
            parameter.normal_(std=2 * parameter.shape[1:].numel() ** -0.5)
        require_logits(net(images * 3 - 1))
        require_not_affine(net, images)


def gives_logits(net: nn.Module, images: Tensor) -> bool:
    """Whether the network takes a batch of this size."""
    try:
        return bool(net(images).shape == (len(images), 10))
    except (RuntimeError, ValueError, IndexError):
        return False


def require_gradients(net: nn.Module, logits: Tensor) -> None:
    """Refuse a network with parameters that `backward` does not reach."""
    if logits.requires_grad:
        backward(logits.sum())
    for name, parameter in net.named_parameters():
        require(
            not parameter.requires_grad or parameter.grad is not None,
            f"No gradient reaches `{name}`: is there a `.detach()` or `no_grad()` in `forward`, or "
            "is this layer not used there?",
        )


def require_logits(outputs: Tensor) -> None:
    """Refuse outputs that have been squeezed into a range: what each function leaves is known."""
    require(
        not allclose(outputs.sum(dim=1), tensor(1.0), atol=1e-3),
        "The outputs of an image add up to 1: that is a softmax. Return what the last layer gives.",
    )
    require(
        not allclose(outputs.exp().sum(dim=1), tensor(1.0), atol=1e-3),
        "These are log-probabilities, of a log_softmax. `cross_entropy` does that; return the "
        "logits.",
    )
    low, high = outputs.min(), outputs.max()
    require(
        not -1 <= low <= high <= 1,
        f"However large the weights, the outputs stay between {low:.0f} and {high:.0f}: something "
        "like a sigmoid or tanh follows the last layer. Logits have no bounds.",
    )
    require(
        bool(low < 0),
        "No output is ever below zero: a ReLU follows the last layer. It would stop the gradient "
        "of every class whose logit is negative.",
    )


def require_not_affine(net: nn.Module, images: Tensor) -> None:
    """Refuse layers that could be one: f(a + b) = f(a) + f(b) - f(0) holds for these alone."""
    mask = rand(1, 1, 28, 28) < 0.5
    a, b = images * mask, images * ~mask
    together, apart = net(a + b), net(a) + net(b) - net(a * 0)
    require(
        not allclose(together, apart, rtol=1e-3, atol=1e-3 * float(together.abs().max())),
        "All layers together are one linear layer: put a non-linearity, such as a ReLU, after the "
        "hidden layer.",
    )
