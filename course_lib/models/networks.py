"""Plain PyTorch networks: images in, logits out, no idea of training.

Each keeps its arguments in `init_args`, so that a checkpoint can name them and rebuild it.
"""

from abc import ABCMeta
from typing import Any

from torch import Tensor, nn


class Network(nn.Module, metaclass=ABCMeta):
    """What the command line takes by its bare name: `--model.network MLP`.

    torchvision has an MLP, too, and torch some hundred modules: a list of all would not help. Any
    other module is accepted as well, by the full path of its class.
    """

    init_args: dict[str, Any]

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        """Count every module as a network."""
        return issubclass(other, nn.Module) if cls is Network else NotImplemented


class MLP(Network):
    """Two hidden layers on the flattened image: the baseline that anything else has to beat.

    Args:
        fc1, fc2: widths of the hidden layers.
        num_classes: number of logits.
        image_size: height and width S of the image.
    """

    def __init__(
        self, fc1: int = 128, fc2: int = 64, num_classes: int = 10, image_size: int = 28
    ) -> None:
        super().__init__()
        if fc1 < 1 or fc2 < 1:
            raise ValueError(f"fc1 is {fc1} and fc2 is {fc2}; expected at least 1.")
        self.init_args = dict(fc1=fc1, fc2=fc2, num_classes=num_classes, image_size=image_size)
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(image_size * image_size, fc1),
            nn.ReLU(),
            nn.Linear(fc1, fc2),
            nn.ReLU(),
            nn.Linear(fc2, num_classes),  # logits: cross_entropy applies the softmax
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1, S, S]` to logits `[N, num_classes]`."""
        return self.layers(images)


class CNN(Network):
    """Two convolutions with pooling: neighbouring pixels belong together, wherever they are.

    Args:
        channels: of the first convolution; the second has twice as many.
        hidden: width of the layer before the logits.
        dropout: share of that layer that is switched off in training.
        num_classes: number of logits.
        image_size: height and width S of the image, at least 4.
    """

    def __init__(
        self,
        channels: int = 16,
        hidden: int = 64,
        dropout: float = 0.25,
        num_classes: int = 10,
        image_size: int = 28,
    ) -> None:
        super().__init__()
        self.init_args = dict(
            channels=channels,
            hidden=hidden,
            dropout=dropout,
            num_classes=num_classes,
            image_size=image_size,
        )
        if image_size < 4:
            raise ValueError(f"image_size is {image_size}; expected at least 4.")
        side = image_size // 2 // 2  # after two poolings
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, channels, S/2, S/2]
            nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 2 * channels, S/4, S/4]
            nn.Flatten(),
            nn.Linear(2 * channels * side * side, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1, S, S]` to logits `[N, num_classes]`."""
        return self.layers(images)
