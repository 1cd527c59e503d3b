"""Exercise 6.4: numbers that two parts have to agree on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.inspection import explain
from course_lib.exercises.lesson_06.calls import complaint, noted
from course_lib.exercises.programs import File, read_answer

COUNTED = "self.num_classes = "  # where `Digits` counts its classes
TARGETS = ("model.num_classes", "model.image_size", "data.image_size")


@exercise(
    "6.4",
    why="What is said once cannot contradict itself: no run dies, or trains nonsense, because "
    "someone changed the data and forgot the network.",
    hints=(
        "`parser.add_argument` works as in argparse: name, `type`, `default`. And "
        "`parser.link_arguments(source, target)` hands a value on.",
        "An argument of the network is called `model.…`, one of the data `data.…`, both as after "
        "`--`. One source may have several targets, each with a link of its own.",
        "`num_classes` is no argument of `Digits`: it exists when the object does. Look for "
        "`apply_on` in the documentation of `link_arguments`.",
    ),
    limit=15,  # LightningCLI takes a fifth of a second to make its flags, each time
)
def linked(path: Any) -> None:
    """Say it once: linked arguments."""
    file = read_answer(path)
    _check_sizes(file, 8, [])
    _check_sizes(file, 12, ["--image_size=12"])
    Path("sizes.yaml").write_text("image_size: 6\n", "utf-8")
    _check_sizes(file, 6, ["-c", "sizes.yaml"])
    _check_classes(file)
    _check_refused(file)


def _shapes(file: File, *flags: str) -> tuple[int, int, int, int]:
    """Size of the data's images and of the network's; classes of the data, and of the network."""
    shown = " ".join(["`fit", *flags]) + "`"
    try:
        run, calls = noted(file, "fit", *flags, few=True)
        wrong = f"the exit status {run.status}. It says: {complaint(run.error)}"
        failed = run.status != 0
    except Exception as error:
        wrong, failed = f"an error. {explain(error)}", True
    with rule("a" if "num_classes" in wrong else "b"):
        require(not failed, f"{shown} ends with {wrong}")
        require(bool(calls), f"{shown} does not get as far as a training: is the CLI called?")
    layer, data = calls[0].model.layers[1], calls[0].data
    side = round(layer.in_features**0.5)
    return data.image_size, side, data.num_classes, layer.out_features


def _check_sizes(file: File, size: int, flags: list[str]) -> None:
    given = " ".join(flags).replace("-c sizes.yaml", "image_size: 6 in a YAML file")
    case = f"With `{given}`" if flags else "Without a flag"
    data, model, *_ = _shapes(file, *flags)
    with rule("b"):
        require(
            (data, model) == (size, size),
            f"{case} the images are to be {size} pixels wide; the data makes them {data} wide, "
            f"the network expects {model}.",
        )


def _check_classes(file: File) -> None:
    """Refuse a network whose logits are not those that the data module says."""
    *_, data, model = _shapes(file, "--data.keep=01234")
    other = replace(file, text=file.text.replace(COUNTED, f"{COUNTED}1 + ", 1))
    *_, more, logits = _shapes(other, "--data.keep=01234")
    with rule("a"):
        require(
            model == data,
            f"With `--data.keep 01234` the data has {data} classes, and the network {model} "
            "logits.",
        )
        require(
            logits == more,
            f"If `Digits` also counts a class `none of them`, it has {more} classes, and your "
            f"network {logits} logits: link its attribute, instead of counting again.",
        )


def _check_refused(file: File) -> None:
    for target in TARGETS:
        run, _ = noted(file, "fit", f"--{target}=8", few=True)
        with rule("c"):
            require(
                run.status != 0,
                f"`--{target} 8` is taken, although another source decides: it is either silently "
                "ignored, or contradicts that source.",
            )
