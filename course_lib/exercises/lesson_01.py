"""The exercises of lesson 01: data, network, loop and measurement in plain PyTorch."""

from collections.abc import Callable
from random import getstate
from typing import Any, NamedTuple

from numpy.random import get_state
from torch import (
    Generator,
    Tensor,
    allclose,
    arange,
    cat,
    equal,
    eye,
    get_rng_state,
    int64,
    is_grad_enabled,
    linspace,
    manual_seed,
    nn,
    no_grad,
    rand,
    randint,
    randn,
    rot90,
    stack,
    tensor,
    uint8,
)
from torch.autograd import backward, grad
from torch.nn.functional import cross_entropy
from torch.optim import SGD
from torch.utils.data import DataLoader, Dataset, TensorDataset

from course_lib.data import ImageData
from course_lib.exercises.engine import attempted, exercise, refuse, require

Batch = tuple[Tensor, Tensor]


def kind(value: Any) -> str:
    """What an answer returned, in words."""
    if value is None:
        return "None (is there a `return`?)"
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def need_function(answer: Any, name: str) -> None:
    """Refuse what is no function."""
    require(
        callable(answer) and not isinstance(answer, type | nn.Module),
        f"`{name}` is {kind(answer)}; pass the function itself, without calling it.",
    )


def need_class(answer: Any, base: type, name: str) -> None:
    """Refuse what is no class derived from `base`."""
    require(
        isinstance(answer, type),
        f"`{name}` is {kind(answer)}; pass the class itself, not what calling it makes.",
    )
    require(
        issubclass(answer, base),
        f"`{name}` does not inherit: it begins with `class {name}(…{base.__name__}):`.",
    )


def several(value: Any, count: int, expected: str) -> Any:
    """The value, refused unless it is a tuple or list of so many."""
    fits = isinstance(value, tuple | list) and len(value) == count
    require(fits, f"Expected {expected}; what came is {kind(value)}.")
    return value


def number(value: Any, what: str) -> float:
    """The value as a float; a tensor of one element is a number too."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        refuse(f"{what} is {kind(value)}; expected one number.")


def near(value: float, expected: float | Tensor) -> bool:
    """Whether two numbers agree to a thousandth."""
    return abs(value - float(expected)) < 1e-3


@exercise(
    "1.1",
    why="What is computed from test images has seen the exam: the final score is too good to be "
    "true, and nobody notices.",
    hints=(
        "`mean()` needs floats, and the images are bytes: which conversion also brings 0–255 to "
        "0–1?",
        "Scale `train_images` first, then take `.mean()` and `.std()` of the whole tensor at once, "
        "without `dim`. Nothing else goes in.",
    ),
)
def statistics(mean_and_std: Any) -> None:
    """Mean and standard deviation of the training images."""
    need_function(mean_and_std, "mean_and_std")
    noise = rand(60, 28, 28, generator=Generator().manual_seed(1)) * 255
    brightness = linspace(0.2, 1, 40).view(-1, 1, 1)  # the later an image, the brighter
    train, test = (noise[:40] * brightness).to(uint8), (noise[40:] * 0.3).to(uint8)
    answer = mean_and_std(train.clone(), test.clone())
    first, second = several(answer, 2, "two numbers, `(mean, std)`")
    mean, std = number(first, "The mean"), number(second, "The standard deviation")

    pixels, unseen = train.double() / 255, test.double() / 255
    require(
        not any(
            near(mean, leaked.mean()) or near(std, leaked.std())
            for leaked in (unseen, cat([pixels, unseen]))
        ),
        "The test images are in your numbers. They stay unseen until the very end: use "
        "`train_images` alone.",
    )
    require(
        not near(mean, pixels.mean() * 255),
        f"The mean is {mean:.1f}, so these are bytes from 0 to 255; bring the pixels to 0–1 first.",
    )
    require(
        not (near(mean, pixels.std()) and near(std, pixels.mean())),
        "The two numbers are the right ones the wrong way round: first the mean, then the "
        "standard deviation.",
    )
    require(
        near(mean, pixels.mean()),
        f"The mean is {mean:.3f}; over all pixels of all training images it is "
        f"{pixels.mean():.3f}. Did every image count?",
    )
    require(
        not near(std, pixels.mean(dim=(1, 2)).std()),
        "That is how much the images' means differ from each other; the standard deviation is "
        "taken over all pixels at once.",
    )
    require(
        near(std, pixels.std()),
        f"The mean is right. The standard deviation is {std:.3f}; over all pixels of all "
        f"training images it is {pixels.std():.3f}.",
    )


@exercise(
    "1.2",
    why="A DataLoader asks for nothing more than a length and a sample by its index, so anything "
    "can be a data set.",
    hints=(
        "Keep the four arguments in `__init__`. Which of the work is left for `__getitem__`, and "
        "what does `self.images[index].shape` say?",
        "`self.images[index].float() / 255` makes a new tensor in 0–1; normalise that, and add the "
        "channel with `.unsqueeze(0)`.",
    ),
)
def dataset(digits_class: Any) -> None:
    """A Dataset of digits."""
    need_class(digits_class, Dataset, "Digits")
    generator = Generator().manual_seed(1)
    images = randint(0, 256, (7, 28, 28), generator=generator, dtype=uint8)
    labels = tensor([3, 1, 4, 1, 5, 9, 2])
    digits = digits_class(images.clone(), labels.clone(), 0.3, 0.25)
    require(len(digits) == 7, f"`len` says {len(digits)} for a data set of 7 images.")

    found, classes = one_epoch(digits)
    require(
        found.dtype.is_floating_point,
        f"The images come as {found.dtype}, which has no negative numbers and no fractions; make "
        "them float before you calculate.",
    )
    require(
        str(found.dtype) == "torch.float32",
        f"The images come as {found.dtype}; the weights of a network are torch.float32.",
    )
    require(
        found.shape == (7, 1, 28, 28),
        f"A batch of 7 has shape {list(found.shape)}; expected [7, 1, 28, 28]. Is there one "
        "channel in front of height and width?",
    )
    require_normalised(found, images)
    require(
        classes.dtype == int64,
        f"The labels come as {classes.dtype}; class numbers are whole, int64.",
    )
    require(
        equal(classes, labels),
        f"The labels of the batch are {classes.tolist()}; expected {labels.tolist()}, one number "
        "per image.",
    )
    require(
        equal(found, one_epoch(digits)[0]),
        "In the second epoch the same images look different: `__getitem__` changes what is "
        "stored. Work on a new tensor.",
    )


def one_epoch(digits: Any) -> Batch:
    """All images and labels, as a loader collates them."""
    batches = [
        several(batch, 2, "a sample to be a pair, `(image, label)`")
        for batch in DataLoader(digits, batch_size=4)
    ]
    return cat([images for images, _ in batches]), cat([labels for _, labels in batches])


def require_normalised(found: Tensor, images: Tensor) -> None:
    """Refuse images that are not normalised with a mean of 0.3 and a deviation of 0.25."""
    scaled = images.unsqueeze(1) / 255
    require(
        not allclose(found, scaled, atol=1e-4),
        "The images are in 0–1 but not normalised: subtract `mean`, then divide by `std`.",
    )
    require(
        not allclose(found, (images.unsqueeze(1) - 0.3) / 0.25, rtol=1e-3),
        "You normalised the bytes. `mean` and `std` belong to pixels in 0–1: divide by 255 first.",
    )
    require(
        allclose(found, (scaled - 0.3) / 0.25, atol=1e-4),
        f"The first pixel is {found.flatten()[0]:.3f}; its byte is {images.flatten()[0]}, so "
        f"(pixel - mean) / std is {(scaled.flatten()[0] - 0.3) / 0.25:.3f} here.",
    )


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
    """A network that returns logits."""
    need_class(net_class, nn.Module, "Net")
    net = net_class().eval()
    images = rand(64, 1, 28, 28)
    logits = net(images)
    require(isinstance(logits, Tensor), f"`forward` returned {kind(logits)}; expected the logits.")
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
    twin = net_class().eval()
    twin.load_state_dict(net.state_dict())
    require(
        allclose(twin(images), logits, atol=1e-4),
        "A second network with the same `state_dict` computes something else, so that some layer "
        "is not registered: is one in a plain list, or made anew in `forward`?",
    )
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


class Watched(nn.Module):
    """One linear layer that remembers in which mode it was called, and if gradients were on."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.training_modes: list[bool] = []
        self.gradients: list[bool] = []

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, H, W]` to logits `[N, classes]`."""
        self.training_modes.append(self.training)
        self.gradients.append(is_grad_enabled())
        logits: Tensor = self.layer(images.flatten(1))
        return logits

    def weights(self) -> Tensor:
        """A copy of all parameters, in one vector."""
        return cat([parameter.detach().flatten() for parameter in self.parameters()])


class Reference(NamedTuple):
    """What an epoch has to come to: the loss of each batch, and the weights in the end."""

    losses: Tensor
    weights: Tensor


def reference_epoch(loader: Any, zero_grad: bool = True) -> Reference:
    """Train as exercise 1.4 asks for it, or without forgetting old gradients."""
    model = fresh_model()
    optimizer = SGD(model.parameters(), lr=0.5)
    losses = []
    for images, labels in loader:
        if zero_grad:
            optimizer.zero_grad()
        loss = cross_entropy(model(images), labels)
        backward(loss)
        optimizer.step()
        losses.append(loss.item())
    return Reference(tensor(losses), model.weights())


def fresh_model() -> Watched:
    """The same small network every time."""
    manual_seed(1)
    return Watched(4, 3)


@exercise(
    "1.4",
    why="These five lines are all of training. Lightning will write the loop for you, and now you "
    "know what it writes.",
    hints=(
        "Per batch: forget the old gradients, logits, loss, backward, step. Which mode is the "
        "network in when it comes from `evaluate`?",
        "For the mean over images, add `loss.item() * len(labels)` in the loop, and divide by the "
        "number of images after it.",
    ),
)
def train_one_epoch(train_one_epoch: Any) -> None:
    """Train for one epoch."""
    need_function(train_one_epoch, "train_one_epoch")
    generator = Generator().manual_seed(1)
    images, labels = randn(10, 1, 2, 2, generator=generator), arange(10) % 3
    loader = DataLoader(TensorDataset(images, labels), batch_size=4)  # batches of 4, 4 and 2
    expected, piled_up = reference_epoch(loader), reference_epoch(loader, zero_grad=False)
    model, steps = fresh_model().eval(), list[Tensor]()
    optimizer = SGD(model.parameters(), lr=0.5)
    optimizer.register_step_post_hook(lambda *_: steps.append(model.weights()))
    gradients: list[Tensor] = []
    model.layer.weight.register_hook(gradients.append)
    before = model.weights()
    answer = train_one_epoch(model, loader, optimizer)

    require(
        all(model.training_modes),
        "The network came in evaluation mode, and you trained it so: dropout would be off. Call "
        "`model.train()` first.",
    )
    after = model.weights()
    require(
        bool(steps) or equal(before, after),
        "The weights changed, but not by the `optimizer` that was passed: it knows the learning "
        "rate, and remembers earlier steps. Build no other.",
    )
    require(bool(steps), "`optimizer.step()` never ran, so that the weights are as before.")
    require(bool(gradients), "There is no gradient to follow: call `loss.backward()`.")
    require(
        not equal(before, after),
        "`optimizer.step()` finds no gradient: the order is `zero_grad()`, `backward()`, `step()`.",
    )
    require_epoch(len(steps), after, expected, piled_up)
    require_mean_loss(answer, expected.losses)


def require_epoch(steps: int, weights: Tensor, expected: Reference, piled_up: Reference) -> None:
    """Refuse weights that are not those after one step per batch."""
    require(
        steps == 3,
        f"Steps of the optimizer: {steps}. The loader has 3 batches, and each is worth one.",
    )
    require(
        not allclose(weights, piled_up.weights, atol=1e-5),
        "Gradients pile up from batch to batch: `backward()` adds to what is there, so "
        "`optimizer.zero_grad()` belongs into the loop.",
    )
    require(
        allclose(weights, expected.weights, atol=1e-5),
        "There is one step per batch, but the weights end elsewhere. The loss is `cross_entropy` "
        "of logits and labels, the mean over the batch.",
    )


def require_mean_loss(answer: Any, losses: Tensor) -> None:
    """Refuse anything but the mean over all images; the batches had 4, 4 and 2 of them."""
    found = number(answer, "The loss you return")
    require(
        not (isinstance(answer, Tensor) and answer.requires_grad),
        "The loss you return still holds on to the graph of its batches, and their memory; add up "
        "`loss.item()`.",
    )
    mean = float(losses @ tensor([0.4, 0.4, 0.2]))
    require(
        not near(found, losses[-1]),
        "You return the loss of the last batch; expected is the mean over the whole epoch.",
    )
    require(
        not near(found, losses.mean()),
        "That is the mean over batches, in which the 2 images of the last one weigh as much as 4. "
        "Weigh each loss by the size of its batch.",
    )
    require(
        near(found, mean),
        f"You return {found:.3f}; the mean loss over the 10 images is {mean:.3f}. Divide the sum "
        "over all images by their number.",
    )


@exercise(
    "1.5",
    why="A measurement must not disturb: same network, same mode, and a number that does not "
    "depend on the batch size.",
    hints=(
        "Two switches are involved: the network's mode, and whether torch records gradients. Which "
        "of them goes back by itself?",
        "`was_training = model.training` at the start, `model.train(was_training)` at the end, and "
        "`with torch.no_grad():` around the loop. Count right answers, and images.",
    ),
)
def evaluate(evaluate: Any) -> None:
    """Measure the accuracy."""
    need_function(evaluate, "evaluate")
    images = eye(3)[arange(10) % 3].view(10, 1, 1, 3)  # what the network below sees as class i % 3
    labels = tensor([0, 1, 2, 0, 1, 2, 1, 2, 0, 1])  # right: 4 of 4, 2 of 4, 0 of 2
    loader = DataLoader(TensorDataset(images, labels), batch_size=4)
    model = Watched(3, 3)
    with no_grad():
        model.layer.weight.copy_(eye(3))
        model.layer.bias.zero_()
    before = model.weights()
    answer = evaluate(model, loader)

    require(
        equal(model.weights(), before),
        "The weights are not what they were: evaluation looks, and does not train.",
    )
    require(
        not any(model.training_modes),
        "The network predicts in training mode, where dropout is on: call `model.eval()` before "
        "the loop.",
    )
    require(
        not any(model.gradients),
        "Gradients are recorded, which costs time and memory for nothing: put the loop under "
        "`torch.no_grad()`.",
    )
    require(
        is_grad_enabled(),
        "Recording of gradients is still off when you return, for everything that follows. "
        "`with torch.no_grad():` goes back by itself.",
    )
    require_accuracy(number(answer, "The accuracy"))
    require(
        model.training,
        "The network came in training mode, and left in evaluation mode; leave it as you found it.",
    )
    evaluate(model.eval(), loader)
    require(
        not model.training,
        "The network came in evaluation mode, and left in training mode. Remember `model.training` "
        "before you change it.",
    )


def require_accuracy(found: float) -> None:
    """Refuse anything but 6 right answers of 10, in batches of 4, 4 and 2."""
    require(
        not near(found, (4 / 4 + 2 / 4 + 0 / 2) / 3),
        "You return the mean of the batches' accuracies, in which the 2 images of the last batch "
        "weigh as much as 4. Divide all right answers by all images.",
    )
    require(
        found <= 1,
        f"You return {found:g}, for 6 right answers of 10; expected is their share, from 0 to 1.",
    )
    require(
        near(found, 0.6),
        f"6 of 10 predictions are right, and you return {found:.3f}. Do all batches count, the "
        "smaller last one too, and right answers rather than wrong ones?",
    )


@exercise(
    "1.6",
    why="One shared image is enough to make validation a little dishonest, and nothing will ever "
    "tell you.",
    hints=(
        "Shuffle all indices once and cut: then nothing can be lost, and nothing be in both parts.",
        "`torch.randperm(n, generator=torch.Generator().manual_seed(seed))` shuffles without "
        "touching the global state; the cut is at `round(n * val_fraction)`.",
    ),
)
def split(split: Any) -> None:
    """Split into training and validation."""
    need_function(split, "split")
    before = global_states()
    train, val = indices(split(53, 0.2, 1))
    for name, state in global_states().items():
        require(
            state == before[name],
            f"The global random state of {name} is not what it was, so that everything drawn "
            "later changes too. Shuffle with a generator of your own.",
        )
    shared = set(train) & set(val)
    require(
        not shared,
        f"{len(shared)} of 53 images are in both parts, among them number "
        f"{min(shared, default=None)}: look at where one part ends and the other begins.",
    )
    missing = set(range(53)) - set(train) - set(val)
    require(
        not missing,
        f"{len(missing)} of 53 images are in neither part, among them number "
        f"{min(missing, default=None)}.",
    )
    require(
        len(train) + len(val) == 53,
        f"53 images became {len(train)} + {len(val)}: some are there twice, or do not exist.",
    )
    require(
        len(val) != 42,
        "The larger part comes second; return the training indices first.",
    )
    require(
        len(val) == 11,
        f"{len(val)} of 53 images are for validation; 20 % are 10.6, rounded 11.",
    )
    require(
        sorted(val) not in (list(range(11)), list(range(42, 53))),
        "Validation is one end of the data, as it lies there; data are often sorted, so shuffle.",
    )
    require(
        sorted(indices(split(53, 0.2, 1))[1]) == sorted(val),
        "The same seed gave two different splits: draw from `seed` and from nothing else.",
    )
    require(
        sorted(indices(split(53, 0.2, 2))[1]) != sorted(val),
        "Seeds 1 and 2 give the same split: is `seed` used?",
    )


def indices(answer: Any) -> tuple[list[int], list[int]]:
    """Both parts as lists, whatever they came as."""
    train, val = several(answer, 2, "two sets of indices, `(train_indices, val_indices)`")
    for part in (train, val):
        masks = str(getattr(part, "dtype", "")).endswith("bool")
        require(not masks, "The parts are masks of True and False; expected indices.")
    try:
        return [int(i) for i in train], [int(i) for i in val]
    except (TypeError, ValueError, RuntimeError):
        refuse(f"The parts are {kind(train)} and {kind(val)}; expected indices in each.")


def global_states() -> dict[str, object]:
    """The global random states, in a form that can be compared."""
    return {
        "torch": get_rng_state().tolist(),
        "NumPy": repr(get_state(legacy=False)),
        "`random`": getstate(),
    }


@exercise(
    "1.7",
    why="A loop that cannot even learn eight images by heart has a bug. It is the cheapest test "
    "there is.",
    hints=(
        "It is the loop of 1.4 with one batch, `steps` times. Which optimizer and learning rate do "
        "you choose?",
        "`torch.optim.Adam(model.parameters(), lr=1e-2)`, built once before the loop, gets there; "
        "collect `loss.item()` in a list.",
    ),
)
def overfit(overfit: Any) -> None:
    """Overfit one batch."""
    need_function(overfit, "overfit")
    generator = Generator().manual_seed(1)
    batch = randn(8, 1, 10, 10, generator=generator), tensor([3, 1, 4, 1, 5, 9, 2, 6])
    model = nn.Sequential(nn.Flatten(), nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
    start, slope = loss_and_slope(model, batch)
    losses = overfit(model, (batch[0].clone(), batch[1].clone()), 150)

    several(losses, 150, "a list of 150 losses, one per step")
    require(
        all(isinstance(loss, float) for loss in losses),
        f"The losses are {kind(losses[0])} each; expected floats: `loss.item()` lets go of the "
        "graph.",
    )
    require(
        near(losses[0], start),
        f"The first loss is {losses[0]:.3f}, but this network begins with {start:.3f} on this "
        "batch: `cross_entropy` of its logits and the labels.",
    )
    require(
        losses[-1] != losses[0],
        "The loss is the same at the end as at the beginning: no step changes the weights.",
    )
    piled_up = slope_now(model)
    end, _ = loss_and_slope(model, batch)
    require(
        not losses[-1] < 0.05 or end < 0.1,
        f"Your losses end at {losses[-1]:.3f}, but on the batch `model` has {end:.3f}: train the "
        "model that was passed, not a copy.",
    )
    require(
        losses[-1] < 0.05,
        f"The loss went from {losses[0]:.2f} to {losses[-1]:.2f} in 150 steps; below 0.05 is "
        "needed. Is it the same batch in each step, the learning rate neither too small nor too "
        "large?",
    )
    require(
        piled_up < 0.5 * slope,
        "The batch is learnt, but the gradients at the end are the sum of all steps: call "
        "`zero_grad()` in each.",
    )


def loss_and_slope(model: nn.Module, batch: Batch) -> tuple[float, float]:
    """The loss on a batch, and the length of its gradient."""
    loss = cross_entropy(model(batch[0]), batch[1])
    slopes = grad(loss, list(model.parameters()))
    return loss.item(), float(cat([slope.flatten() for slope in slopes]).norm())


def slope_now(model: nn.Module) -> float:
    """The length of the gradient that the parameters hold, 0 if they hold none."""
    gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return float(cat(gradients).norm()) if gradients else 0.0


@exercise(
    "1.8",
    why="None of the four ever raised an error. Whoever knows what the result should look like "
    "finds them.",
    hints=(
        "Each cell shows a symptom. Ask of each line above it: what should be true after this "
        "line, and is it?",
        "In order: what may a logit be; which images has validation not to see; what does the "
        "metric still know in the second epoch; how many times is `k` drawn?",
        "1: nothing after `output`. 2: cut the validation part off the training part. 3: `reset()` "
        "once per epoch. 4: one `k` per image.",
    ),
    in_order=True,
)
def bug_hunt(fix_1: Any, fix_2: Any, fix_3: Any, fix_4: Any) -> None:
    """Four bugs that raise no error."""
    steps = ((fix_1, require_free_logits), (fix_2, require_parts), (fix_3, require_epochs))
    for position, (fix, check) in enumerate((*steps, (fix_4, require_turns)), start=1):
        name = f"fix_{position}"
        attempted(fix, name)
        need_function(fix, name)
        check(fix)


def require_free_logits(fix: Callable[..., Any]) -> None:
    """Bug 1: a ReLU after the last layer."""
    hidden, output, images = nn.Linear(16, 8), nn.Linear(8, 10), randn(32, 1, 4, 4)
    found = fix(images, hidden, output)
    require(
        isinstance(found, Tensor) and found.shape == (32, 10),
        f"fix_1 returned {kind(found)}; expected logits of shape [32, 10] for 32 images.",
    )
    before = hidden(images.flatten(1))
    require(
        bool(found.min() < 0),
        "fix_1: still no logit is below zero, and a class with negative logits gets no gradient.",
    )
    require(
        not allclose(found, output(before), atol=1e-5),
        "fix_1: now both ReLUs are gone, and two linear layers in a row are no more than one. "
        "Which of the two was the bug?",
    )
    require(
        allclose(found, output(before.relu()), atol=1e-5),
        "fix_1: the outputs are not those of `output` after `hidden` and ReLU. Take the fault "
        "away and put nothing in its place.",
    )


def require_parts(fix: Callable[..., Any]) -> None:
    """Bug 2: validation on the test images."""
    images = arange(70).to(uint8).view(70, 1, 1).repeat(1, 28, 28)  # image i is filled with i
    labels = (arange(70) * 7) % 10
    data = ImageData("check", images[:50], labels[:50], images[50:], labels[50:])
    numbers = []
    for name, part in zip(("train", "val", "test"), several_parts(fix(data)), strict=True):
        found, classes = several(part, 2, f"fix_2 to give `{name}` as a pair, (images, labels)")
        numbers.append(found[:, 0, 0].long())
        require(
            equal(classes, labels[numbers[-1]]),
            f"fix_2: the labels of `{name}` are not those of its images; index both alike.",
        )
    train, val, test = (set(part.tolist()) for part in numbers)
    require(
        test == set(range(50, 70)),
        "fix_2: the test part is no longer the whole test part, so that results cannot be "
        "compared with anybody's.",
    )
    require(not val & test, "fix_2: validation still sees the test images.")
    require(
        not val & train,
        f"fix_2: {len(val & train)} of the {len(val)} validation images are in the training part "
        "too; take them out there.",
    )
    require(
        len(val) == 10 and len(train) == 40,
        f"fix_2: of 50 training images {len(train)} are left to train and {len(val)} validate; "
        "expected 40 and 10.",
    )


def several_parts(answer: Any) -> Any:
    """What fix_2 returned, if there are three parts."""
    return several(answer, 3, "fix_2 to return `train, val, test`")


class Accuracy:
    """A metric with the usual three methods."""

    def __init__(self) -> None:
        self.right = self.total = 0

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Count one batch."""
        self.right += int((logits.argmax(dim=1) == labels).sum())
        self.total += len(labels)

    def compute(self) -> float:
        """The share of right answers since the last reset."""
        return self.right / self.total

    def reset(self) -> None:
        """Forget all counts."""
        self.right = self.total = 0


def require_epochs(fix: Callable[..., Any]) -> None:
    """Bug 3: a metric that is never reset."""
    first, second = [0, 0, 0, 1, 1, 2], [1, 1, 1, 1, 0, 1]  # right where the prediction is 0
    epochs = [
        [(eye(3)[[0] * size], tensor(labels[start : start + size])) for start, size in cuts]
        for labels, cuts in ((first, ((0, 4), (4, 2))), (second, ((0, 4), (4, 2))))
    ]
    metric = Accuracy()
    answer = several(fix(metric, epochs), 2, "fix_3 to return one accuracy for each of 2 epochs")
    found = [number(value, "fix_3: an epoch's accuracy") for value in answer]
    require(
        not near(found[1], 4 / 12),
        "fix_3: the second epoch's accuracy still counts the first epoch.",
    )
    require(
        not near(found[0], 0 / 2),
        "fix_3: only the last batch of an epoch counts; `reset()` comes too often.",
    )
    require(
        near(found[0], 3 / 6) and near(found[1], 1 / 6),
        f"fix_3 found {found[0]:.3f} and {found[1]:.3f}; right were 3 of 6, then 1 of 6.",
    )


def require_turns(fix: Callable[..., Any]) -> None:
    """Bug 4: one angle for all images."""
    images = rand(64, 1, 5, 5)
    before = images.clone()
    first = quarter_turns(fix(images), before)
    require(
        equal(images, before),
        "fix_4 turned the images that were passed; the next epoch needs them upright.",
    )
    second = quarter_turns(fix(images), before)
    require(
        len(set(first)) > 1,
        f"fix_4: all 64 images are turned by the same k = {first[0]}; each needs its own.",
    )
    require(
        first != second,
        "fix_4: a second call turns every image as the first did; draw anew each time.",
    )
    never = {0, 1, 2, 3} - set(first) - set(second)
    require(not never, f"fix_4: k is never {never}; all of 0, 1, 2 and 3 can come.")


def quarter_turns(found: Any, images: Tensor) -> list[int]:
    """By how many quarter turns each image was turned."""
    require(
        isinstance(found, Tensor) and found.shape == images.shape,
        f"fix_4 returned {kind(found)}; expected {list(images.shape)}, as it was passed.",
    )
    turned = stack([rot90(images, k, dims=(2, 3)) for k in range(4)])
    fits = (turned == found).flatten(2).all(dim=2)  # [4, N]
    require(
        bool(fits.any(dim=0).all()),
        "fix_4: some image is no longer the one at its place, turned in the plane of height and "
        "width.",
    )
    numbers: list[int] = fits.int().argmax(dim=0).tolist()
    return numbers
