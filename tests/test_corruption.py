"""Corruptions do what their names say, to each image in its own way, the same every time."""

import pytest
import torch
from torch import Tensor

from course_lib.data import CORRUPTIONS, CorruptedImages
from course_lib.data.corruption import CHUNK, augment, rotate

NAMES = sorted(CORRUPTIONS)


def picture() -> Tensor:
    """One image that looks different from every side: float `[1, 1, 28, 28]`."""
    image = torch.zeros(1, 1, 28, 28)
    image[..., 4:20, 6:10] = 1.0
    image[..., 4:8, 6:22] = 0.5
    return image


GREY_PICTURE = (picture()[0] * 200 + 40).byte()  # nowhere black, so that a black square shows


def corrupted(corruption: str, count: int = 64, severity: float = 1.0, seed: int = 0) -> Tensor:
    """What becomes of `count` copies of one picture: uint8 `[N, 28, 28]`."""
    images = GREY_PICTURE.repeat(count, 1, 1)
    return CorruptedImages(images, torch.zeros(count).long(), corruption, severity, seed).images


def test_a_quarter_turn_is_counter_clockwise_as_displayed() -> None:
    # torch.rot90 turns from the first axis to the second: rows point down, so it is
    # counter-clockwise to the eye. A pixel at the right ends at the top.
    turned = rotate(picture(), torch.tensor([90.0]))
    assert torch.allclose(turned, torch.rot90(picture(), 1, (2, 3)), atol=1e-4)
    right = torch.zeros(1, 1, 28, 28)
    right[..., 13:15, 26:] = 1.0
    assert rotate(right, torch.tensor([90.0]))[0, 0, :2, 13:15].min() > 0.99


def test_each_image_turns_by_its_own_angle() -> None:
    turned = rotate(picture().repeat(3, 1, 1, 1), torch.tensor([0.0, 180.0, -90.0]))
    for image, quarters in zip(turned, (0, 2, -1), strict=True):
        assert torch.allclose(image, torch.rot90(picture()[0], quarters, (1, 2)), atol=1e-4)


@pytest.mark.parametrize("degrees", [0.0, 90.0])
def test_a_shift_goes_right_and_down_whatever_the_angle(degrees: float) -> None:
    angle = torch.tensor([degrees])
    turned = rotate(picture(), angle)
    right = rotate(picture(), angle, torch.tensor([[3 / 28, 0.0]]))
    down = rotate(picture(), angle, torch.tensor([[0.0, 2 / 28]]))
    assert torch.allclose(right, turned.roll(3, dims=3), atol=1e-4)
    assert torch.allclose(down, turned.roll(2, dims=2), atol=1e-4)


def test_augmentation_keeps_shape_and_differs_per_image() -> None:
    torch.manual_seed(0)
    images = picture().repeat(8, 1, 1, 1)
    changed = augment(images)
    assert changed.shape == images.shape
    assert len({image.numpy().tobytes() for image in changed}) == 8
    assert 0 <= changed.min() <= changed.max() <= 1
    assert torch.allclose(changed.sum((1, 2, 3)), images.sum((1, 2, 3)), rtol=0.05)  # nothing lost


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_images_and_another_others(name: str) -> None:
    torch.manual_seed(1)
    first = corrupted(name)
    torch.manual_seed(2)
    assert torch.equal(first, corrupted(name))
    assert not torch.equal(first, corrupted(name, seed=1))


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_corrupted_in_its_own_way(name: str) -> None:
    images = corrupted(name, count=32)
    assert len({image.numpy().tobytes() for image in images}) > 24


@pytest.mark.parametrize("name", NAMES)
def test_corrupted_images_are_bytes_and_the_originals_stay(name: str) -> None:
    images = GREY_PICTURE.repeat(3, 1, 1)
    before = images.clone()
    dataset = CorruptedImages(images, torch.zeros(3).long(), name)
    assert (dataset.images.dtype, dataset.images.shape) == (torch.uint8, (3, 28, 28))
    assert torch.equal(images, before)


@pytest.mark.parametrize("name", NAMES)
def test_severity_zero_changes_nothing_and_more_changes_more(name: str) -> None:
    original = corrupted(name, severity=0)
    assert torch.equal(original[0], GREY_PICTURE[0])
    little, much = (
        (corrupted(name, severity=severity).int() - original.int()).abs().float().mean()
        for severity in (0.2, 1.0)
    )
    assert 0 < little < much


def test_rotation_turns_by_up_to_60_degrees_either_way() -> None:
    labels = torch.zeros(200).long()
    upright = (picture()[0] * 255).byte().repeat(200, 1, 1)
    images = CorruptedImages(upright, labels, "rotation").images.unsqueeze(1) / 255
    angles = torch.arange(-60, 61, 2.0)
    candidates = rotate(picture().repeat(len(angles), 1, 1, 1), angles).flatten(1)
    distance, best = torch.cdist(images.flatten(1), candidates).min(1)
    assert distance.max() < 1.0
    assert angles[best].min() < -50
    assert angles[best].max() > 50
    assert angles[best].mean().abs() < 10


def test_noise_is_gaussian_with_the_stated_spread() -> None:
    grey = torch.full((50, 28, 28), 128, dtype=torch.uint8)
    noisy = CorruptedImages(grey, torch.zeros(50).long(), "noise", severity=0.25).images
    change = (noisy.float() - 128) / 255
    assert change.mean().item() == pytest.approx(0, abs=0.005)
    assert change.std().item() == pytest.approx(0.1, abs=0.005)


def test_occlusion_blackens_one_square_and_nothing_else() -> None:
    white = torch.full((50, 28, 28), 255, dtype=torch.uint8)
    hidden = CorruptedImages(white, torch.zeros(50).long(), "occlusion").images == 0
    for mask in hidden:
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        assert len(rows) == len(columns) == round(28 * 0.4)
        assert rows.max() - rows.min() == columns.max() - columns.min() == len(rows) - 1
        assert int(mask.sum()) == len(rows) ** 2
    assert hidden.any(0).float().mean() > 0.9  # it can be anywhere


def test_brightness_lifts_the_background_and_keeps_white_white() -> None:
    images = torch.zeros(200, 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = 255
    lifted = CorruptedImages(images, torch.zeros(200).long(), "brightness").images
    assert set(lifted[:, 0, 0].tolist()) == {255}
    background = lifted[:, 5, 5].float() / 255
    assert background.max() <= 0.7 + 1e-2
    assert background.mean().item() == pytest.approx(0.35, abs=0.05)


def test_a_corruption_goes_on_beyond_the_first_chunk() -> None:
    images = torch.zeros(CHUNK + 3, 28, 28, dtype=torch.uint8)
    changed = CorruptedImages(images, torch.zeros(len(images)).long(), "noise").images
    assert all(image.any() for image in (changed[0], changed[CHUNK], changed[-1]))
    assert not torch.equal(changed[0], changed[CHUNK])


def test_normalisation_and_labels_are_those_of_an_image_dataset() -> None:
    images = torch.zeros(2, 28, 28, dtype=torch.uint8)
    dataset = CorruptedImages(images, torch.tensor([3, 4]), "rotation", mean=0.5, std=0.25)
    image, label = dataset[1]
    assert int(label) == 4
    assert torch.allclose(image, torch.tensor(-2.0))


def test_unknown_corruption_and_negative_severity_are_refused() -> None:
    images, labels = torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1).long()
    with pytest.raises(ValueError, match=f"'rust'; expected one of .*{NAMES[0]}"):
        CorruptedImages(images, labels, "rust")
    with pytest.raises(ValueError, match="severity is -1"):
        CorruptedImages(images, labels, "noise", severity=-1)
