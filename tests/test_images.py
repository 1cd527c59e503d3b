"""Batches of images: the fast path gives what the slow one gives."""

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset, SubsetRandomSampler

from course_lib.data import ImageDataset, channel_statistics
from course_lib.data.images import collate

N = 37


@pytest.fixture
def images() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (N, 28, 28), generator=generator, dtype=torch.uint8)


@pytest.fixture
def labels() -> Tensor:
    return torch.arange(N) % 10


@pytest.fixture
def dataset(images: Tensor, labels: Tensor) -> ImageDataset:
    return ImageDataset(images, labels, mean=0.3, std=0.2)


def stacked(dataset: ImageDataset, indices: list[int]) -> tuple[Tensor, Tensor]:
    samples = [dataset[i] for i in indices]
    return torch.stack([x for x, _ in samples]), torch.stack([y for _, y in samples])


def test_a_sample_is_one_normalised_float_image_and_its_label(
    dataset: ImageDataset, images: Tensor
) -> None:
    image, label = dataset[12]
    assert (image.shape, image.dtype) == ((1, 28, 28), torch.float32)
    assert (label.shape, label.dtype, int(label)) == ((), torch.int64, 2)
    expected = (images[12].double() / 255 - 0.3) / 0.2
    assert torch.allclose(image[0].double(), expected, atol=1e-6, rtol=0)


def test_a_batch_is_what_stacking_its_samples_gives(dataset: ImageDataset) -> None:
    for indices in ([0, 1, 2], [36, 0, 5, 5], [7]):
        batch, labels = collate(dataset.__getitems__(indices))
        expected, expected_labels = stacked(dataset, indices)
        assert torch.allclose(batch, expected, atol=1e-6, rtol=0)
        assert torch.equal(labels, expected_labels)


def test_both_paths_of_the_arithmetic_agree(images: Tensor, labels: Tensor) -> None:
    plain = ImageDataset(images, labels, 0.3, 0.2)
    for name in ("transform", "batch_transform"):
        other = ImageDataset(images, labels, 0.3, 0.2, **{name: lambda x: x})
        assert torch.allclose(stacked(plain, [3, 4])[0], stacked(other, [3, 4])[0], atol=1e-6)


@pytest.mark.parametrize("workers", [0, 2])
def test_collate_gives_what_the_default_gives(dataset: ImageDataset, workers: int) -> None:
    fast = list(DataLoader(dataset, 8, num_workers=workers, collate_fn=collate))
    plain = list(DataLoader(dataset, 8))
    assert [len(y) for _, y in fast] == [8, 8, 8, 8, 5]
    for (x, y), (expected_x, expected_y) in zip(fast, plain, strict=True):
        assert torch.equal(x, expected_x)
        assert torch.equal(y, expected_y)


def test_collate_stacks_what_is_no_ready_batch(dataset: ImageDataset) -> None:
    x, y = collate([dataset[0], dataset[1]])
    assert (x.shape, y.shape) == ((2, 1, 28, 28), (2,))


def test_samples_without_a_batch_size_come_one_by_one(dataset: ImageDataset) -> None:
    x, y = next(iter(DataLoader(dataset, batch_size=None)))
    assert (x.shape, y.shape) == ((1, 28, 28), ())


def test_any_sampler_and_subset_gets_its_own_images(dataset: ImageDataset, images: Tensor) -> None:
    wanted = [30, 2, 17, 9]
    loader = DataLoader(dataset, 3, sampler=SubsetRandomSampler(wanted), collate_fn=collate)
    assert sorted(torch.cat([y for _, y in loader]).tolist()) == sorted(i % 10 for i in wanted)
    x, _ = next(iter(DataLoader(Subset(dataset, wanted), 4, collate_fn=collate)))
    assert torch.allclose(x, stacked(dataset, wanted)[0], atol=1e-6)


def test_transform_is_called_once_per_image(images: Tensor, labels: Tensor) -> None:
    shapes: list[tuple[int, ...]] = []

    def transform(image: Tensor) -> Tensor:
        shapes.append(tuple(image.shape))
        assert 0 <= image.min() <= image.max() <= 1
        return image * 0 + len(shapes)

    batch, _ = collate(ImageDataset(images, labels, 0.0, 1.0, transform).__getitems__([4, 5, 6]))
    assert shapes == [(1, 28, 28)] * 3
    assert batch[:, 0, 0, 0].tolist() == [1, 2, 3]


def test_batch_transform_is_called_once_per_batch(images: Tensor, labels: Tensor) -> None:
    shapes: list[tuple[int, ...]] = []

    def transform(batch: Tensor) -> Tensor:
        shapes.append(tuple(batch.shape))
        return batch

    dataset = ImageDataset(images, labels, batch_transform=transform)
    dataset.__getitems__([4, 5, 6])
    assert shapes == [(3, 1, 28, 28)]


def test_negative_indices_count_from_the_end(dataset: ImageDataset) -> None:
    assert torch.equal(dataset[-1][0], dataset[N - 1][0])


@pytest.mark.parametrize("index", [N, -N - 1])
def test_an_index_outside_is_an_index_error(dataset: ImageDataset, index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} is outside a data set of {N}"):
        dataset[index]


def test_iterating_ends(dataset: ImageDataset) -> None:
    assert len([label for _, label in dataset]) == N  # type: ignore[attr-defined]


def test_a_batch_ends_where_a_sequence_ends(dataset: ImageDataset) -> None:
    batch = dataset.__getitems__([3, 4])
    assert [int(label) for _, label in batch] == [3, 4]
    with pytest.raises(IndexError):
        batch[2]


def test_looking_at_images_does_not_change_their_bytes(images: Tensor, labels: Tensor) -> None:
    before = images.clone()

    def blacken(batch: Tensor) -> Tensor:
        return batch.zero_()

    for dataset in (
        ImageDataset(images, labels),
        ImageDataset(images, labels, transform=blacken),
        ImageDataset(images, labels, batch_transform=blacken),
    ):
        x, _ = dataset[0]
        x.zero_()
        dataset.__getitems__(list(range(N)))
    assert torch.equal(images, before)


@pytest.mark.parametrize("count", [1, N, 5000])  # 5,000 is more than one chunk
def test_channel_statistics_equal_the_float_computation(count: int) -> None:
    images = torch.randint(256, (count, 8, 8), dtype=torch.uint8) // 3
    mean, std = channel_statistics(images)
    floats = images.double() / 255
    assert mean == pytest.approx(floats.mean().item(), abs=1e-9)
    assert std == pytest.approx(floats.std(correction=0).item(), abs=1e-9)


def test_statistics_of_one_grey_do_not_divide_by_zero(labels: Tensor) -> None:
    dataset = ImageDataset(torch.full((N, 28, 28), 7, dtype=torch.uint8), labels)
    assert dataset[0][0].abs().max() < 1e-3


def test_without_mean_and_std_those_of_the_images_are_taken(images: Tensor, labels: Tensor) -> None:
    batch, _ = collate(ImageDataset(images, labels).__getitems__(list(range(N))))
    assert batch.mean().item() == pytest.approx(0, abs=1e-5)
    assert batch.std().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("images", "labels", "fault"),
    [
        (torch.zeros(4, 28, 28), torch.zeros(4).long(), "uint8"),
        (torch.zeros(4, 1, 28, 28).byte(), torch.zeros(4).long(), r"\[4, 1, 28, 28\]"),
        (torch.zeros(4, 28, 28).byte(), torch.zeros(3).long(), "4 images, but 3 labels"),
        (torch.zeros(4, 28, 28).byte(), torch.zeros(4), "labels: expected int64"),
        (torch.zeros(4, 28, 28).byte(), torch.zeros(4, 1).long(), "labels: expected int64"),
    ],
)
def test_images_and_labels_that_do_not_fit_are_refused(
    images: Tensor, labels: Tensor, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        ImageDataset(images, labels)
