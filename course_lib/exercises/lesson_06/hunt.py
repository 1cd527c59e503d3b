"""Exercise 6.8: five files that do something else than they seem to."""

from pathlib import Path
from typing import Any

import yaml
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from course_lib.exercises.answers import described, listed, listed_numbers, require_function
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_06.clock import Clock, nothing_there_yet
from course_lib.exercises.lesson_06.reading import after_program, read
from course_lib.exercises.programs import File, read_answer, run_program
from course_lib.exercises.sandbox import seed
from course_lib.exercises.shell import Call, run_shell

RATES = [0.1, 0.01, 0.001]
PYTHON = {"python": "", "python3": ""}
ARGUMENTS = ["--experiment", "two layers", "-c", "base.yaml"]
BETTER = {"val_acc": "max", "val_loss": "min"}
MOMENT = 1_760_000_000.0  # seconds since the epoch


@exercise(
    "6.8",
    why="All but one run without an error: what a run was is told by the configuration that it "
    "saved, by a folder of its own, and by an exit status that can be believed.",
    hints=(
        "The check looks at the files in order: begin with the one that it names.",
        "Fault 1: read the command line from left to right; who speaks last?",
        "Fault 2: what is `$EXP_DIR/runs` if there is no EXP_DIR? And where does the shell cut a "
        "text that stands without quotation marks?",
        'Fault 3: "best" needs a quantity, and whether more of it is better. And what is a '
        "learning rate multiplied by at a plateau?",
        "Fault 4: `mkdir` tells whether it was you who made the folder, if one lets it.",
        "Fault 5: a pipe has the exit status of its last command, and so has a script.",
    ),
    limit=20.0,  # scripts are started, which takes its time on a busy machine
    in_order=True,
)
def bug_hunt(hunt_1: Any, hunt_2: Any, hunt_3: Any, hunt_4: Any, hunt_5: Any) -> None:
    """Bug hunt."""
    paths = (hunt_1, hunt_2, hunt_3, hunt_4, hunt_5)
    checks = (_check_rates, _check_shell, _check_config, _check_folders, _check_job)
    for path in paths:
        if not isinstance(path, str | Path):
            read_answer(path)  # refuses it, before any script is started
    for path, check in zip(paths, checks, strict=True):
        check(read_answer(path))


def _check_rates(file: File) -> None:
    run = run_shell(file, programs=PYTHON)
    lines = [read(after_program(call.arguments) or []) for call in run.calls]
    require(
        len(lines) == len(RATES),
        f"{file.name} starts {len(lines)} runs; expected {len(RATES)}.{_said(run.error)}",
    )
    with rule("a"):
        require(
            not any("--model.lr" in line.early for line in lines),
            f"{file.name}: `--model.lr` still stands in front of a file, and a learning rate in "
            "that file wins.",
        )
        rates = [line.flags.get("--model.lr", "none") for line in lines]
        require(
            rates == [str(rate) for rate in RATES],
            f"{file.name}: the runs have the learning rates {', '.join(rates):.60}; "
            f"expected {listed_numbers(RATES)}.",
        )
    with rule("b"):
        for line in lines:
            rest = {name: value for name, value in line.flags.items() if name != "--model.lr"}
            require(
                (line.subcommand, line.files, rest)
                == ("fit", ["base.yaml", "model.yaml"], {"--experiment": "rates"}),
                f"{file.name}: the learning rates are right, but the rest of the command line is "
                f"not what it was: `{line.subcommand}`, {listed(line.files)}, {listed(rest)}.",
            )


def _said(error: str) -> str:
    lines = error.strip().splitlines()
    return f" It says: {lines[-1][:120]}" if lines else ""


def _check_shell(file: File) -> None:
    folder = Path.cwd() / "my runs"
    run = run_shell(file, *ARGUMENTS, programs=PYTHON, environment={"EXP_DIR": str(folder)})
    require(
        len(run.calls) == 1 and run.status == 0,
        f"{file.name} starts {len(run.calls)} runs and ends with the exit status {run.status}; "
        f"expected one run, and 0.{_said(run.error)}",
    )
    given = after_program(run.calls[0].arguments) or []
    with rule("c"):
        require(
            given[1:5] == ARGUMENTS,
            f"{file.name}: of `--experiment 'two layers' …` the program gets {given[1:4]}.",
        )
    with rule("d"):
        found = read(given).flags.get("--output", "none")
        require(
            found == f"{folder}/runs",
            f"{file.name}: with `EXP_DIR='…/my runs'` the `--output` ends in "
            f"`{Path(found).name}`; expected `my runs/runs`.",
        )
    with rule("e"):
        for value, environment in {"no": {}, "an empty": {"EXP_DIR": ""}}.items():
            stand_ins = {**PYTHON, "mkdir": ""}
            run = run_shell(file, *ARGUMENTS, programs=stand_ins, environment=environment)
            begun = [read(after_program(call.arguments) or []) for call in run.calls]
            require(
                not begun,
                f"{file.name}: with {value} EXP_DIR the training begins, with the `--output` "
                f"{listed(line.flags.get('--output') for line in begun)}.",
            )
            require(
                run.status != 0 and "EXP_DIR" in run.error,
                f"{file.name}: with {value} EXP_DIR nothing is started, but neither a sentence nor "
                "the exit status says so.",
            )


def _check_config(file: File) -> None:
    try:
        config = yaml.safe_load(file.text)
        trainer, model = config["trainer"], config["model"]["init_args"]
        (callback,), options = trainer["callbacks"], model["scheduler_options"]
        kept = [callback["class_path"].rpartition(".")[2], callback["init_args"]["filename"]]
        kept += [model["scheduler"], options["patience"], model["network"]]
        monitor = ModelCheckpoint(**callback["init_args"])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        refuse(f"{file.name} is no YAML{f', from line {mark.line + 1} on' if mark else ''}.")
    except (KeyError, TypeError, ValueError) as error:
        with rule("h"):
            refuse(f"{file.name}: something is missing that was there: {error!r:.120}.")
    with rule("f"):
        require(
            monitor.monitor in BETTER,
            f"{file.name}: the checkpoint's `monitor` is {monitor.monitor!r}; what a validation "
            f"logs is {listed(BETTER)}.",
        )
        require(
            monitor.mode == BETTER[monitor.monitor or ""],
            f"{file.name}: with `mode: {monitor.mode}`, which is what there is if nothing is said, "
            f"the best `{monitor.monitor}` is the worst.",
        )
    with rule("g"):
        factor = float(options["factor"])
        try:
            ReduceLROnPlateau(SGD(nn.Linear(1, 1).parameters()), **{**options, "factor": factor})
        except (TypeError, ValueError) as error:
            refuse(f"{file.name}: the scheduler cannot be built. It says: {error}")
        require(
            factor == 0.5,
            f"{file.name}: at a plateau the learning rate is multiplied by {factor:g}; expected "
            "half of it.",
        )
    with rule("h"):
        require(
            kept == ["ModelCheckpoint", "best", "ReduceLROnPlateau", 3, "MLP"],
            f"{file.name}: something that was right is another now: {listed(kept)}.",
        )


def _check_folders(file: File) -> None:
    root, clock = Path.cwd() / "runs", Clock(MOMENT)
    with clock.stopped():
        names = run_program(file, name="hunt_4").names
        require("run_folder" in names, f"In {file.name} there is no function `run_folder`.")
        require_function(names["run_folder"], "run_folder")
        first = _made(names["run_folder"], root, clock)
        second = _made(names["run_folder"], root, clock)
        with nothing_there_yet():
            third = _made(names["run_folder"], root, clock)
    with rule("j"):
        require(
            second != first,
            f"{file.name}: two runs that begin in the same second, with the same seed, have one "
            f"folder, `{first.name}`.",
        )
        require(
            third not in (first, second),
            f"{file.name}: between asking whether a folder exists and making it another process "
            "makes it, and both have the same.",
        )


def _made(run_folder: Any, root: Path, clock: Clock) -> Path:
    """A folder, by a process that has just begun."""
    seed(0)
    expected = clock.name()
    try:
        folder = run_folder(root)
    except FileExistsError as error:
        with rule("j"):
            refuse(
                "Two calls at the same moment, with the same seed, ask for one folder, "
                f"`{Path(error.filename).name}`: there has to be another name to try."
            )
    with rule("i"):
        require(
            isinstance(folder, Path) and folder.is_dir() and folder.parent == root,
            f"`run_folder` returns {described(folder)}; expected the Path of a folder that is "
            "there, right below `root`.",
        )
        require(
            folder.name.startswith((expected, clock.name())),  # it may have waited
            f"At {expected} the folder has another name; expected one that begins so.",
        )
    return folder


def _check_job(file: File) -> None:
    failed = run_shell(file, *ARGUMENTS, programs={"srun": "echo epoch 1; exit 3"})
    _require_srun(file, failed.calls)
    with rule("k"):
        require(
            "training done" not in failed.output,
            f'{file.name}: the training fails, and then comes "training done".',
        )
        require(
            failed.status != 0,
            f"{file.name}: srun ends with 3 and the script with 0: for Slurm the job is COMPLETED.",
        )
    log = Path("train.log")
    log.unlink(missing_ok=True)
    run = run_shell(file, *ARGUMENTS, programs={"srun": "echo epoch 1"})
    with rule("l"):
        require(
            log.is_file() and "epoch 1" in log.read_text("utf-8"),
            f"{file.name}: what the training prints is not in `train.log` any more.",
        )
        require(
            "epoch 1" in run.output,
            f"{file.name}: what the training prints is not in the job's output any more.",
        )
        require(
            run.status == 0 and "training done" in run.output,
            f"{file.name}: after a training without error the exit status is {run.status}; "
            'expected 0, and "training done".',
        )


def _require_srun(file: File, calls: list[Call]) -> None:
    with rule("l"):
        lines = [after_program(call.arguments) for call in calls]
        require(
            lines == [["fit", *ARGUMENTS]],
            f"{file.name}: srun is called {len(calls)} times, or with other arguments than before.",
        )
