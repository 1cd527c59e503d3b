"""The reference networks: shapes, and that `init_args` rebuilds them."""

import pytest
import torch
from torch import nn

from course_lib.models import CNN, MLP


@pytest.mark.parametrize("size", [20, 28])
@pytest.mark.parametrize("kind", [MLP, CNN])
def test_images_become_logits(kind: type[nn.Module], size: int) -> None:
    network = kind(image_size=size, num_classes=7)
    assert network(torch.randn(3, 1, size, size)).shape == (3, 7)


def test_default_arguments_fit_mnist() -> None:
    for network in (MLP(), CNN()):
        assert network(torch.randn(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize(
    "network",
    [
        MLP(fc1=5, fc2=3, num_classes=4, image_size=9),
        CNN(channels=3, hidden=5, dropout=0.5, num_classes=4, image_size=10),
    ],
    ids=["MLP", "CNN"],
)
def test_init_args_rebuild_the_same_architecture(network: MLP | CNN) -> None:
    again = type(network)(**network.init_args)
    assert repr(again) == repr(network)
    again.load_state_dict(network.state_dict())
    images = torch.randn(2, 1, *[network.init_args["image_size"]] * 2)
    assert torch.equal(again.eval()(images), network.eval()(images))


def test_outputs_are_logits_and_no_probabilities() -> None:
    torch.manual_seed(0)
    for network in (MLP(), CNN()):
        logits = network(10 * torch.randn(8, 1, 28, 28))
        assert logits.min() < 0
        assert not torch.allclose(logits.sum(1), torch.ones(8))


def test_dropout_is_off_in_evaluation() -> None:
    network, images = CNN(dropout=0.9), torch.randn(2, 1, 28, 28)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_the_smallest_image_of_a_cnn_is_4_pixels() -> None:
    assert CNN(image_size=4)(torch.randn(1, 1, 4, 4)).shape == (1, 10)
    with pytest.raises(ValueError, match="image_size is 3; expected at least 4"):
        CNN(image_size=3)
