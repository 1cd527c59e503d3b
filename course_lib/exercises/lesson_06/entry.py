"""Exercise 6.1: a script whose numbers became flags."""

from typing import Any

from pytorch_lightning.demos import boring_classes

from course_lib.data import ImageDataModule
from course_lib.exercises.answers import listed
from course_lib.exercises.engine import exercise, require, rule
from course_lib.exercises.lesson_06.calls import Call, complaint, noted
from course_lib.exercises.programs import File, read_answer
from course_lib.models import LitClassifier

FLAGS = ["--model.lr", "0.01", "--data.batch_size", "32", "--trainer.max_epochs", "1"]
DEMO = [
    f"--{part}={boring_classes.__name__}.Boring{kind}"
    for part, kind in (("model", "Model"), ("data", "DataModule"))
]


NEW = {"lr": 0.01, "batch_size": 32, "max_epochs": 1}
OLD = {"seed": 7, "fc1": 32, "lr": 0.002, "batch_size": 128, "max_epochs": 3}


@exercise(
    "6.1",
    why="Every number of a run is on its command line or in its files now, so a run can be "
    "repeated, and a sweep or a cluster can start it.",
    hints=(
        "`LightningCLI` makes the flags, the model, the data and the Trainer, and calls the "
        "Trainer's method that the subcommand names. What is left for you to call?",
        "A CLI that is given no classes takes any, by name. Defaults of the Trainer and the seed "
        "are arguments of `LightningCLI`; for the others, look for `add_arguments_to_parser`.",
        "In a subclass, `parser.set_defaults` takes a dictionary: under `model` and `data` one "
        "with `class_path` and `init_args`, as in a YAML file; and so on for the network.",
        "Python runs the whole file when it is imported, too; only as the main program is its "
        '`__name__` equal to `"__main__"`.',
    ),
    limit=15,  # LightningCLI takes a fifth of a second to make its flags, each time
)
def entry_point(path: Any) -> None:
    """From a script to a command line."""
    file = read_answer(path)
    _check_import(file)
    for letter, flags, numbers, source in (
        ("a", FLAGS, NEW, "these flags"),
        ("b", [], OLD, "the numbers of the old script"),
    ):
        call = _one_call(letter, file, "fit", *flags)
        with rule(letter):
            _check_numbers(call, numbers, source)
    _check_network(file)
    _check_classes(file)


def _check_import(file: File) -> None:
    # A private name: by a bare one, the command line finds no classes of this module later on.
    run, calls = noted(file, "fit", name=f"answer._{file.path.stem}")
    with rule("e"):
        require(
            run.status == 0 and not calls,
            f"`import {file.path.stem}` already runs the command line; a file that is imported "
            "should only define things.",
        )


def _one_call(letter: str, file: File, command: str, *flags: str) -> Call:
    """What the Trainer is asked to do; refused unless it is this, once."""
    run, calls = noted(file, command, *flags)
    shown = " ".join([f"`python {file.path.name}", command, *flags]) + "`"
    with rule(letter):
        require(
            run.status == 0,
            f"{shown} ends with the exit status {run.status}. It says: {complaint(run.error)}",
        )
        require(bool(calls), f"{shown} ends, and no Trainer has been asked to do anything.")
    _check_methods(command, calls)
    return calls[0]


def _check_methods(command: str, calls: list[Call]) -> None:
    methods = [call.method for call in calls]
    with rule("d"):
        require(
            len(methods) == 1 or {*methods} != {command},
            f"The Trainer is told {len(calls)} times to `{command}`: the CLI has told it already.",
        )
        require(
            not methods or methods == [command],
            f"The subcommand `{command}` makes the Trainer do {listed(methods)}.",
        )


def _check_numbers(call: Call, expected: dict[str, Any], source: str) -> None:
    model, data = call.model, call.data
    require(
        isinstance(model, LitClassifier) and isinstance(data, ImageDataModule),
        f"What is trained is {type(model).__name__} on {type(data).__name__}; expected a "
        "LitClassifier on an ImageDataModule.",
    )
    found = {
        "lr": model.hparams["lr"],
        "fc1": getattr(model.network, "init_args", {}).get("fc1"),
        "batch_size": data.hparams["batch_size"],
        "max_epochs": call.trainer.max_epochs,
        "seed": call.seed,
    }
    for name, value in expected.items():
        require(
            found[name] == value,
            f"With {source}, `{name}` is {value}; in your program it is {found[name]}.",
        )


def _check_network(file: File) -> None:
    call = _one_call("c", file, "test", "--model.network=CNN", "--model.network.channels=4")
    network = getattr(call.model, "network", None)
    found = getattr(network, "init_args", {}).get("channels")
    with rule("c"):
        require(
            found == 4,
            "With `--model.network CNN --model.network.channels 4` the network is a "
            f"{type(network).__name__} with {found} channels.",
        )


def _check_classes(file: File) -> None:
    run, calls = noted(file, "validate", *DEMO)
    kinds = [type(part).__name__ for call in calls for part in (call.model, call.data)]
    with rule("c"):
        require(
            run.status == 0 and {*kinds} == {"BoringModel", "BoringDataModule"},
            "`--model …BoringModel --data …BoringDataModule` does not run them: is the CLI bound "
            f"to other classes? It says: {complaint(run.error) or 'nothing'}",
        )
    _check_methods("validate", calls)
