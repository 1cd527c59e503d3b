"""What a step costs with the Trainer, beyond the same step in a bare loop over float tensors.

MLP and CNN in batches of 64 and 128, Adam. "Off" is a Trainer without logger and checkpoints;
"logs" adds CSVLogger, which writes the loss every 50 steps; "checkpoints" also ModelCheckpoint,
which saves at the end of the epoch. The Trainer's start-up is left out. The bare loop runs as in a
script without Lightning: without the variable that makes every step of Adam look for NVML.
"""

import contextlib
import io
import sys
from collections.abc import Callable
from functools import partial
from itertools import islice, product
from statistics import median

from torch import Tensor

from benchmarks.measure import Case, Target, interleave, repetitions, report
from benchmarks.training import bare_loop, mnist_folder, quiet, tensor_batches, trainer_epoch
from course_lib.data import ImageDataModule
from course_lib.models import CNN, MLP

Network = type[MLP] | type[CNN]
STEPS: dict[Network, int] = {MLP: 375, CNN: 75}  # in batches of 64 and of 128
LIMITS: dict[Network, float] = {MLP: 1.25, CNN: 1.05}  # of an epoch with logs
BATCH_SIZES = (64, 128)
WAYS: dict[str, dict[str, bool]] = {
    "Trainer, off": {},
    "Trainer, logs": {"logs": True},
    "Trainer, logs and checkpoints": {"logs": True, "checkpoints": True},
}


def per_step(steps: int, seconds: Callable[[], float]) -> float:
    """Microseconds per step."""
    return 1e6 * seconds() / steps


def cases(
    network: Network, datamodule: ImageDataModule, images: Tensor, size: int
) -> tuple[str, dict[str, Case]]:
    """The bare loop's name, and all ways to train, by name."""
    steps, labels = STEPS[network], datamodule.train_set.labels
    name = f"{network.__name__}, {size}"

    def bare() -> float:
        return bare_loop(network, islice(tensor_batches(images, labels, size), steps))

    reference = f"{name}: bare loop"
    found: dict[str, Case] = {reference: partial(per_step, steps, bare)}
    for way, options in WAYS.items():
        train = partial(trainer_epoch, network, datamodule, steps, **options)
        found[f"{name}: {way}"] = partial(per_step, steps, train)
    return reference, found


def main() -> int:
    """Measure, report, and fail if a target is missed."""
    count = repetitions(9, "What a step costs with the Trainer, beyond a bare loop.")
    quiet()
    references: dict[str, str] = {}
    every: dict[str, Case] = {}
    targets: list[Target] = []
    with contextlib.redirect_stdout(io.StringIO()), mnist_folder() as (folder, data):
        modules = {size: ImageDataModule("mnist", folder, size) for size in BATCH_SIZES}
        for datamodule in modules.values():
            datamodule.setup()
        part = datamodule.train_set
        images = part.__getitems__(list(range(len(part)))).tensors[0]
        for network, size in product(STEPS, BATCH_SIZES):
            reference, found = cases(network, modules[size], images, size)
            every |= found
            references |= dict.fromkeys(found, reference)
            targets.append(Target(list(found)[2], LIMITS[network], against=reference))
        times = interleave(every, count)
    over = {
        case: f"{median(a - b for a, b in zip(values, times[references[case]], strict=True)):.0f}"
        for case, values in times.items()
    }
    steps = ", ".join(f"{network.__name__} {number}" for network, number in STEPS.items())
    notes = [f"data: {data}", f"steps a run: {steps}", f"{count} interleaved repetitions"]
    met = report(
        "trainer_overhead",
        "A step of training; × the same in a bare loop",
        times,
        targets,
        notes,
        unit="µs",
        references=references,
        columns={"µs over bare": over},
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
