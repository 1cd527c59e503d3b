"""What Lightning and the course's data cost: one epoch of MNIST, eight ways.

The same 48,000 images, the same MLP, batches of 128, Adam. The least it can take is a bare loop
that indexes a tensor of floats; the usual way is torchvision's data set, which transforms one PIL
image after another, here in the process that trains or in two workers that stay. The Trainer's
start-up is left out: an epoch is timed from its first hook to its last.

Importing Lightning sets PYTORCH_NVML_BASED_CUDA_CHECK=1, and with a CUDA build of torch on a
machine without a GPU every step of Adam then looks for NVML anew; a bare loop in the same process
pays for that too, which is the row `IMPORTED`. LitClassifier takes the variable away.
"""

import contextlib
import io
import sys
from functools import partial
from statistics import median

from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import transforms
from torchvision.datasets import MNIST

from benchmarks.measure import Target, interleave, repetitions, report
from benchmarks.training import bare_loop, mnist_folder, quiet, tensor_batches, trainer_epoch
from course_lib.data import ImageDataModule
from course_lib.models import MLP

BATCH_SIZE = 128

TENSORS, IMPORTED = "bare loop, float tensors", "bare loop, float tensors, NVML check"
DATASET, LOADER = "bare loop, TensorDataset of floats", "bare loop, ImageDataModule"
TRAINER, LOGGING = "Trainer, ImageDataModule", "Trainer with CSVLogger, ImageDataModule"
TORCHVISION, WORKERS = "bare loop, torchvision", "bare loop, torchvision, 2 workers"
TARGETS = (
    Target(TRAINER, 1.5, against=TENSORS),
    Target(LOGGING, 0.2, against=TORCHVISION),
)


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(7, "One epoch of MNIST, eight ways.")
    quiet()
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        datamodule = ImageDataModule(source="mnist", data_dir=str(folder), batch_size=BATCH_SIZE)
        datamodule.setup()
        part = datamodule.train_set
        images = part.__getitems__(list(range(len(part)))).tensors[0]
        steps = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((part.mean,), (part.std,))]
        )
        usual = Subset(MNIST(folder, transform=steps), range(len(part)))
        shuffled = partial(DataLoader, batch_size=BATCH_SIZE, shuffle=True)
        loaders = {
            DATASET: shuffled(TensorDataset(images, part.labels)),
            TORCHVISION: shuffled(usual),
            WORKERS: shuffled(usual, num_workers=2, persistent_workers=True),
        }

        def tensors(nvml_check: bool) -> float:
            return bare_loop(MLP, tensor_batches(images, part.labels, BATCH_SIZE), nvml_check)

        times = interleave(
            {
                TENSORS: partial(tensors, False),
                IMPORTED: partial(tensors, True),
                DATASET: lambda: bare_loop(MLP, loaders[DATASET]),
                LOADER: lambda: bare_loop(MLP, datamodule.train_dataloader()),
                TRAINER: lambda: trainer_epoch(MLP, datamodule),
                LOGGING: lambda: trainer_epoch(MLP, datamodule, logs=True, checkpoints=True),
                TORCHVISION: lambda: bare_loop(MLP, loaders[TORCHVISION]),
                WORKERS: lambda: bare_loop(MLP, loaders[WORKERS]),
            },
            count,
        )
    title = f"An epoch of {len(part):,} images, MLP, batches of {BATCH_SIZE}"
    notes = [f"data: {data}", f"{count} interleaved repetitions"]
    speed = {case: f"{len(part) / median(seconds):.0f}" for case, seconds in times.items()}
    met = report("data_path", title, times, TARGETS, notes, columns={"images/s": speed})
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
