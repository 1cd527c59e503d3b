"""Exercise 1.3: a network that returns logits."""

from collections.abc import Iterable
from typing import Any

from torch import (
    Tensor,
    allclose,
    cat,
    equal,
    nn,
    no_grad,
    randn,
    randn_like,
    stack,
    tensor,
)
from torch.autograd import backward

from course_lib.exercises.answers import described, require_class
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.sandbox import seed


@exercise(
    "1.3",
    why="Logits are free to be any number; `cross_entropy` turns them into probabilities itself, "
    "and more exactly than a softmax in the network could.",
    hints=(
        "An `nn.Linear` wants `[N, features]`: which layer makes that of `[N, 1, 28, 28]`, and how "
        "many features are there? What comes after the last layer?",
        "Chain flattening, a linear layer, a non-linearity and a second linear layer in an "
        "`nn.Sequential`, and keep it as an attribute. `forward` calls it; the last layer has one "
        "output per class, and nothing behind it.",
    ),
    limit=10.0,
)
def network(net_class: Any) -> None:
    """A network."""
    require_class(net_class, nn.Module)
    net = net_class()
    from_the_start = dict(net.named_parameters())
    images = randn(32, 1, 28, 28)
    for mode in ("training", "evaluation"):
        shown = images.clone()
        logits = net.train(mode == "training")(shown)
        with rule("a"):
            require(
                isinstance(logits, Tensor),
                f"In {mode} mode `forward` returned {described(logits)}; expected the logits.",
            )
            require(
                logits.shape == (32, 10),
                f"In {mode} mode 32 images gave logits of shape {list(logits.shape)}; expected "
                "[32, 10], one per class.",
            )
    with rule("h"):
        require(
            equal(shown, images),
            "`forward` changes the images that it gets: `images -= 0.5` and `images.div_(2)` work "
            "in place, `images - 0.5` and `images / 2` make new ones.",
        )
    with rule("b"):
        five, one = (came_of(net, images[:size]) for size in (5, 1))
        require(
            five == described(logits[:5]),
            f"32 images are fine, but for 5 of them: {five}. Leave the number of images to "
            "`len(images)` or to a -1.",
        )
        require(
            one == described(logits[:1]),
            f"5 images are fine, but for a batch of one: {one}. Does a `squeeze()` drop its "
            "dimension, or is there a mean or a norm over the batch?",
        )
    with rule("f"):
        require_known(net, from_the_start, logits)
    with rule("g"):
        require_gradients(net, logits)

    few = images[:8]  # what follows calls the network often, and it may be a large one
    weights = list({id(w): w for w in [*net.parameters(), *origins(logits)]}.values())
    with no_grad():
        for weight in weights:
            # What holds for such weights is no accident of how layers are initialised.
            weight.normal_(std=2 * weight.shape[1:].numel() ** -0.5)
        with rule("h"):
            require(
                alike(net(few), net(few)),
                "In evaluation mode the same images give different logits: what is drawn at random "
                "or remembered? `F.dropout` wants `training=self.training`, `nn.Dropout` belongs "
                "in `__init__`.",
            )
        seed(1)
        twin = net_class().eval()
        with rule("f"):
            twin.load_state_dict(net.state_dict())
            require(
                alike(outputs(twin, few), outputs(net, few)),
                "A second network with the same `state_dict` computes something else: it does not "
                "hold all that `forward` uses. Tensors to be learnt are an `nn.Parameter`.",
            )
        scaled = at_scales(net, weights, few)
        with rule("e"):
            require_logits(scaled)
            require_last(net, weights, few)
        with rule("c"):
            in_company = cat([1 + 2 * randn(4, 1, 28, 28), few[4:]])
            require(
                alike(outputs(net, in_company)[4:], outputs(net, few)[4:]),
                "With other images beside it in the batch, an image gets other logits. Dimension 0 "
                "is the batch: what takes a mean over it, mixes it in a `view`, or reads it as a "
                "sequence (`batch_first`)?",
            )
        with rule("d"):
            require_hidden(net, few, scaled)


def outputs(net: nn.Module, images: Tensor) -> Tensor:
    """What the network gives; whatever is drawn at random is drawn alike in every call."""
    seed(0)
    found: Tensor = net(images)
    return found


def alike(found: Tensor, expected: Tensor) -> bool:
    """Whether outputs agree, for their size."""
    size = float(expected.abs().max())
    return allclose(found, expected, rtol=1e-3, atol=1e-3 * size, equal_nan=True)


def came_of(net: nn.Module, images: Tensor) -> str:
    """What comes of calling the network, for a sentence."""
    try:
        return described(net(images))
    except Exception as error:
        return explain(error)


def origins(result: Tensor) -> list[Tensor]:
    """The tensors that a gradient of the result reaches, as its graph knows them."""
    found, seen, ahead = [], set(), [result.grad_fn]
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            found += [node.variable] if hasattr(node, "variable") else []
            ahead += [before for before, _ in node.next_functions]
    return found


def require_known(net: nn.Module, from_the_start: Iterable[str], logits: Tensor) -> None:
    """Refuse layers that `parameters()` leaves out, or comes to know too late."""
    parameters = dict(net.named_parameters())
    late = [name for name in parameters if name not in from_the_start]
    require(
        not late,
        f"`{''.join(late[:1])}` is there only after a call: too late for an optimizer that has "
        "been given `net.parameters()`. Make all layers in `__init__`.",
    )
    require(
        bool(parameters),
        "`net.parameters()` is empty. It knows layers that `__init__` makes attributes of `self`, "
        "alone or in an `nn.Sequential` or `nn.ModuleList`, but none in a plain list; of tensors, "
        "only an `nn.Parameter`.",
    )
    for origin in origins(logits):
        require(
            any(origin is parameter for parameter in parameters.values()),
            f"A weight of shape {list(origin.shape)} has a part in the logits, but "
            "`net.parameters()` does not know it: is its layer in a plain list, made in `forward`, "
            "or no attribute of `self`? Or is it a tensor, but no `nn.Parameter`?",
        )


def require_gradients(net: nn.Module, logits: Tensor) -> None:
    """Refuse a network with parameters that `backward` does not reach."""
    require(
        logits.requires_grad,
        "The logits have no graph, so that nothing can be learnt from them: is there a "
        "`no_grad()`, `.detach()` or `.data` in `forward`?",
    )
    backward(logits.sum())
    for name, parameter in net.named_parameters():
        require(parameter.requires_grad, f"`{name}` is frozen: its `requires_grad` is False.")
        require(
            parameter.grad is not None,
            f"No gradient reaches `{name}`: is this layer not used in `forward`, or cut off by a "
            "`.detach()` or `no_grad()` behind it?",
        )


def at_scales(net: nn.Module, weights: list[Tensor], images: Tensor) -> Tensor:
    """Outputs `[4, N, 10]` with all weights multiplied by -1, 2, 3 and, as they stay, by 1."""
    drawn, found = [weight.clone() for weight in weights], []
    for scale in (-1, 2, 3, 1):
        for weight, original in zip(weights, drawn, strict=True):
            weight.copy_(scale * original)
        found.append(outputs(net, images))
    return stack(found)


def require_logits(scaled: Tensor) -> None:
    """Refuse outputs that have been squeezed into a range: what each function leaves is known."""
    for dim, whose in ((2, "an image"), (1, "a class, over the batch,")):
        require(
            not allclose(scaled.sum(dim), tensor(1.0), atol=1e-3),
            f"The outputs of {whose} add up to 1: that is a softmax. Return what the last layer "
            "gives.",
        )
        require(
            not allclose(scaled.exp().sum(dim), tensor(1.0), atol=1e-3),
            f"The outputs of {whose} are log-probabilities, of a log_softmax. `cross_entropy` does "
            "that; return the logits.",
        )
    low, high = scaled.min(), scaled.max()
    require(
        not -1 <= low <= high <= 1,
        "However large the weights, the outputs stay between "
        f"{'0 and 1: a sigmoid' if low >= 0 else '-1 and 1: a tanh or the like'} follows the last "
        "layer. Logits have no bounds.",
    )
    require(
        bool(low < 0),
        "No output is ever below zero: does something like a ReLU follow the last layer? It would "
        "stop the gradient of every class whose logit is negative.",
    )


def require_last(net: nn.Module, weights: list[Tensor], images: Tensor) -> None:
    """Refuse what bends or drops the outputs of the last layer."""
    followed = outputs(net, images).isnan()  # none yet
    for weight in reversed(weights):
        followed |= straight(net, weight, images)
        if followed.float().mean() > 0.9:
            break
    else:
        refuse(
            "The outputs do not follow the weights of the last layer in a straight line: something "
            "bends them behind it, such as a leaky ReLU, a GELU or a `clamp`. Return them as they "
            "are."
        )
    dropped = outputs(net.train(), images) == 0
    net.eval()
    require(
        not bool((dropped.any(dim=1) & ~dropped.all(dim=1)).any()),
        "In training mode some logits are exactly 0: a dropout follows the last layer, and wipes "
        "out whole classes. Put it before.",
    )


def straight(net: nn.Module, weight: Tensor, images: Tensor) -> Tensor:
    """Which outputs follow this weight, if all that do so follow it in a straight line."""
    start = weight.clone()
    step = randn_like(start) * start.abs().max()
    found = []
    for way in (-1, 1, 0):
        weight.copy_(start + way * step)
        found.append(outputs(net, images))
    down, up, middle = found
    moved, bend = up - middle, up + down - 2 * middle
    return (moved != 0) & (bend.abs().max() < 1e-3 * moved.abs().max())


def require_hidden(net: nn.Module, images: Tensor, scaled: Tensor) -> None:
    """Refuse a network without a non-linearity, or without one between two layers with weights."""
    # Layers that could be one: f(a + b) = f(a) + f(b) - f(0) holds for these alone.
    a, b = images, 1 + 2 * randn_like(images)
    together = outputs(net, a + b)
    require(
        not alike(outputs(net, a) + outputs(net, b) - outputs(net, a * 0), together),
        "All layers together are one linear layer: put a non-linearity, such as a ReLU, after the "
        "hidden layer.",
    )
    # Two layers side by side, or one alone, scale like a parabola; its third differences are 0.
    third = (tensor([-1.0, -8.0, 3.0, 6.0]).view(4, 1, 1) * scaled).sum(dim=0)
    require(
        not bool(third.abs().max() < 1e-3 * scaled.abs().max()),
        "The non-linearity does not stand between two layers with weights: first the hidden layer, "
        "then the non-linearity, then the last layer.",
    )
