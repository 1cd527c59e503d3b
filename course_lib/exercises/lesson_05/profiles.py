"""Profiles for exercise 5.1, as a SimpleProfiler records them, and the seconds in their parts."""

from collections.abc import Callable

Durations = dict[str, list[float]]
Total = Callable[[list[float]], float]

INNER = ("on_before_", "on_after_")  # hooks that run inside `run_training_batch`
HOOKS = ("on_train_batch_", *INNER)


def profile(
    data: list[float],
    forward: list[float],
    backward: list[float],
    optimizer: list[float],
    batch_ends: dict[str, list[float]],
    before_steps: list[float],
    strategy: str = "SingleDeviceStrategy",
    module: str = "LitClassifier",
) -> Durations:
    """What a SimpleProfiler records in two epochs: actions within actions, call by call."""
    step = [sum(calls) for calls in zip(forward, backward, optimizer, before_steps, strict=True)]
    half = len(step) // 2
    batch = [seconds + 0.001 for seconds in step]
    ends = [sum(calls) for calls in zip(*batch_ends.values(), strict=True)]
    none, starts = [0.0] * len(step), [0.002] * len(step)
    module_ends = [seconds / 2 for seconds in data]
    whole = [sum(calls) for calls in zip(data, starts, batch, ends, module_ends, strict=True)]
    return {
        f"[LightningModule]{module}.configure_optimizers": [0.002],
        f"[Callback]{CHECKPOINT}.on_sanity_check_start": [0.003],
        "[_EvaluationLoop].val_next": [0.9, 0.8, 0.7],
        f"[Strategy]{strategy}.validation_step": [1.9, 1.8, 1.7],
        f"[Callback]{CHECKPOINT}.on_validation_batch_end": [2.1, 2.2],
        f"[Callback]{CHECKPOINT}.on_validation_end": [0.7, 0.8],
        "[_TrainingEpochLoop].train_dataloader_next": data,
        f"[Callback]{CHECKPOINT}.on_train_batch_start": starts,
        f"[Strategy]{strategy}.training_step": forward,
        f"[LightningModule]{module}.optimizer_zero_grad": [seconds / 4 for seconds in optimizer],
        "[Callback]GradientNorms.on_before_backward": none,
        f"[Strategy]{strategy}.backward": backward,
        "[Callback]GradientNorms.on_after_backward": [seconds / 4 for seconds in before_steps],
        "[Callback]GradientNorms.on_before_optimizer_step": [0.75 * each for each in before_steps],
        f"[LightningModule]{module}.optimizer_step": step,
        "run_training_batch": batch,
        **{f"[Callback]{name}.on_train_batch_end": calls for name, calls in batch_ends.items()},
        f"[LightningModule]{module}.on_train_batch_end": module_ends,
        "run_training_epoch": [sum(whole[:half]) + 5.6, sum(whole[half:]) + 5.9],
        f"[Callback]{CHECKPOINT}.on_train_epoch_end": [0.05, 0.04],
    }


CHECKPOINT = "ModelCheckpoint{'monitor': 'val.acc', 'every_n_train_steps': 10}"

# Many short calls of the data set, and a single long one of a callback.
DATA = profile(
    data=[0.05] * 40,
    forward=[0.01] * 40,
    backward=[0.012] * 40,
    optimizer=[0.004] * 40,
    batch_ends={CHECKPOINT: [0.0] * 39 + [1.5]},
    before_steps=[0.002] * 40,
)
PROFILES = (
    DATA,
    profile(
        data=[0.05] * 4,
        forward=[0.2] * 4,
        backward=[0.6] * 4,
        optimizer=[0.1] * 4,
        batch_ends={"Pictures": [0.65] * 4, CHECKPOINT: [0.0, 0.4, 0.0, 0.4]},
        before_steps=[0.5] * 4,
    ),
    # Two devices and another module; the long validation is nobody's part.
    profile(
        data=[0.1] * 6,
        forward=[0.2] * 6,
        backward=[0.45] * 6,
        optimizer=[0.25] * 6,
        batch_ends={"Pictures": [0.02] * 6},
        before_steps=[0.12] * 6,
        strategy="DDPStrategy",
        module="Net",
    ),
    profile(
        data=[0.01, 0.02, 0.02, 0.02],
        forward=[0.3, 0.1, 0.1, 0.1],
        backward=[0.02] * 4,
        optimizer=[0.25] * 4,
        batch_ends={"Pictures": [0.01] * 4},
        before_steps=[0.11] * 4,
    ),
    profile(
        data=[0.01] * 4,
        forward=[0.35] * 4,
        backward=[0.02] * 4,
        optimizer=[0.2] * 4,
        batch_ends={"Pictures": [0.01, 0.02, 0.02, 0.02]},
        before_steps=[0.01] * 4,
        strategy="FSDPStrategy",
    ),
)


def parts(durations: Durations, total: Total = sum) -> dict[str, float]:
    """Seconds by part."""
    return dict(
        data=time_in(durations, "[_Train", (".train_dataloader_next",), total),
        forward=time_in(durations, "[Strategy]", (".training_step",), total),
        backward=time_in(durations, "[Strategy]", (".backward",), total),
        optimizer=total(durations["run_training_batch"])
        - time_in(durations, "[Strategy]", (".training_step", ".backward"), total)
        - hooks(durations, INNER, total),
        callbacks=hooks(durations, HOOKS, total),
    )


def time_in(durations: Durations, owner: str, ends: tuple[str, ...], total: Total = sum) -> float:
    """Seconds in an owner's actions with these ends."""
    actions = durations.items()
    return sum(total(t) for name, t in actions if name.startswith(owner) and name.endswith(ends))


def hooks(durations: Durations, starts: tuple[str, ...], total: Total = sum) -> float:
    """Seconds in those hooks of callbacks that begin so."""
    return sum(
        total(calls)
        for name, calls in durations.items()
        if name.startswith("[Callback]") and name.rpartition(".")[2].startswith(starts)
    )
