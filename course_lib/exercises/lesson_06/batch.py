"""Exercise 6.7: a Slurm script, run with a stand-in for srun, and its header, as Slurm reads it."""

from pathlib import Path
from typing import Any

from course_lib.exercises.answers import listed
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_06.reading import after_program, header, read
from course_lib.exercises.programs import File, read_answer
from course_lib.exercises.shell import Call, ShellRun, run_shell

TASKS = 2
ARGUMENTS = ["-c", "my base.yaml", "--experiment", "two  blanks", "--trainer.max_epochs=3"]
OPTIONS_OF_THE_SHELL = {"e": "a command that fails", "u": "a variable that there is not"}
# Bash reads it before the script; from then on the options are noted before each command.
NOTE = """
if [[ $0 == */{name} ]]; then
    set -o functrace
    trap '[[ -o pipefail ]] && echo "$- pipefail" > "{notes}" || echo "$-" > "{notes}"' DEBUG
fi
"""


@exercise(
    "6.7",
    why="On a cluster nobody watches: a script that goes on after an error, or hides it, is found "
    "out after a night.",
    hints=(
        "Slurm reads the lines that begin with `#SBATCH` up to the first command, and never again: "
        "what comes first, then?",
        "Of all ways to write a script's arguments there is one that keeps each of them whole, and "
        "it is the one with quotation marks around an @.",
        "`help set` explains `-e`, `-u` and `-o pipefail`; with `-u` an unset variable needs a "
        "default, as in `${NAME:-}`.",
        "`${NAME:+words}` is nothing if NAME is not set. And what stands after the arguments wins "
        "over the files among them.",
        "The exit status of a script is that of its last command: let that be srun.",
    ),
    limit=20.0,  # the script is started three times; a machine may be busy
)
def slurm_script(path: Any) -> None:
    """A Slurm script."""
    file = read_answer(path)
    options = _options(file)
    _check_first_line(file, options)
    _check_name(options)
    _check_signal(options)
    _check_tasks(options)
    notes = Path.cwd() / "notes"
    watched = Path.cwd() / "watched"
    watched.write_text(NOTE.format(name=file.path.name, notes=notes), "utf-8")
    run = _run(file, {"BASH_ENV": str(watched)})
    _check_call(run)
    _check_arguments(run.calls[0])
    _check_devices(run.calls[0])
    _check_seed(file, run.calls[0])
    _check_failure(file)
    _check_strict(notes)


def _options(file: File) -> dict[str, str]:
    """The header's options, refused if they cannot be read."""
    try:
        return header(file.text)
    except ValueError as error:
        refuse(f"Slurm cannot read the `#SBATCH` lines of {file.name}: {error}.")


def _check_first_line(file: File, options: dict[str, str]) -> None:
    """Refuse what sbatch does not take."""
    first = file.text.splitlines()[0]
    require(
        first.startswith("#!") and "bash" in first,
        f"{file.name} does not begin with `#!/bin/bash`: sbatch takes it for no script, or for one "
        "of another shell.",
    )
    require(
        bool(options) or "#SBATCH" not in file.text,
        "Slurm reads none of your `#SBATCH` lines: it stops at the first line that is no comment, "
        "and each must begin with `#SBATCH` and a blank.",
    )


def _check_name(options: dict[str, str]) -> None:
    """Refuse a job that cannot be told from others."""
    name, output = options.get("job-name"), options.get("output", "")
    with rule("a"):
        require(name is not None, "In what Slurm reads there is no `--job-name`.")
        require(
            name not in ("bash", "interactive"),
            f"Lightning takes a job named `{name}` for a shell that you type into, and starts its "
            "own processes.",
        )
        require(
            "$" not in output,
            f"Slurm does not know the shell's variables: `{output:.60}` is the file's name as it "
            "stands there.",
        )
        require(
            "%j" in output or ("%A" in output and "%a" in output),
            f"With `--output={output:.60}` two jobs write to one file: its name needs the job's "
            "id, `%j`."
            if output
            else "In what Slurm reads there is no `--output`.",
        )


def _check_signal(options: dict[str, str]) -> None:
    """Refuse a job that ends at its time limit without a word, or for good."""
    signal = options.get("signal", "")
    name, _, seconds = signal.partition("@")
    with rule("b"):
        require(bool(signal), "In what Slurm reads there is no `--signal`.")
        require(
            not name.startswith("B:"),
            f"`{signal}` is sent to the batch shell alone, which does nothing with it; the tasks "
            "need it.",
        )
        require(
            name.removeprefix("SIG") in ("USR1", "10"),
            f"`{signal}` is another signal; Lightning waits for SIGUSR1.",
        )
        require(
            seconds.isdecimal() and int(seconds) >= 90,
            f"`--signal={signal}` leaves {seconds or 60} seconds before the end; expected 90.",
        )
        require("requeue" in options, "In what Slurm reads there is no `--requeue`.")


def _check_tasks(options: dict[str, str]) -> None:
    """Refuse another number of tasks."""
    tasks, nodes = options.get("ntasks-per-node"), options.get("nodes", "1")
    with rule("c"):
        require(
            tasks is not None,
            "In what Slurm reads there is no `--ntasks-per-node`; Lightning asks for it, and "
            "`--ntasks` does not do.",
        )
        require(
            (tasks, nodes) == (f"{TASKS}", "1"),
            f"The job has {tasks} tasks on each of {nodes} nodes; expected {TASKS} on one node.",
        )


def _run(file: File, more: dict[str, str], srun: str = "") -> ShellRun:
    """Run the script as Slurm does, with a srun that only notes how it is called."""
    environment = {
        "SLURM_JOB_ID": "4711",
        "SLURM_JOB_NAME": "job",
        "SLURM_NTASKS": f"{TASKS}",
        "SLURM_NTASKS_PER_NODE": f"{TASKS}",
        "SLURM_NNODES": "1",
        "SLURM_JOB_NUM_NODES": "1",
        "SLURM_SUBMIT_DIR": str(Path.cwd()),
        **more,
    }
    programs = {"srun": srun, "python": "", "python3": ""}
    return run_shell(file, *ARGUMENTS, programs=programs, environment=environment)


def _said(run: ShellRun) -> str:
    """The last line of what the script says of an error."""
    return (run.error.strip().splitlines() or ["nothing"])[-1][:120]


def _check_call(run: ShellRun) -> None:
    """Refuse a script that does not get as far as starting the training with srun."""
    with rule("f"):
        require(
            "SLURM_ARRAY" not in run.error,
            f"Without `--array` the script does not run. It says: {_said(run)}",
        )
    require(
        run.status == 0,
        f"The script ends with the exit status {run.status}, although srun succeeds. It says: "
        f"{_said(run)}",
    )
    programs = [call.program for call in run.calls]
    with rule("d"):
        require(
            "srun" in programs,
            f"The script starts {listed(programs)}, without srun: so there is one process, "
            "whatever the number of tasks.",
        )
        require(
            programs == ["srun"],
            f"The script starts {listed(programs)}, {len(programs)} times in all; expected srun, "
            "once.",
        )
        arguments = run.calls[0].arguments
        rest = after_program(arguments)
        require(
            rest is not None and rest[:1] == ["fit_and_test"],
            f"srun starts `{' '.join(arguments)[:80]}`; expected "
            "`python -m course_lib fit_and_test` and the arguments.",
        )


def _check_arguments(call: Call) -> None:
    """Refuse arguments that are not handed on as they are."""
    rest, size = after_program(call.arguments) or [], len(ARGUMENTS)
    with rule("e"):
        require(
            "-c" in rest or " ".join(ARGUMENTS) in rest,
            "The arguments of the script do not reach the program.",
        )
        require(
            " ".join(ARGUMENTS) not in rest,
            "All arguments of the script reach the program as a single one.",
        )
        require(
            any(rest[start : start + size] == ARGUMENTS for start in range(len(rest))),
            f"Of the arguments `-c 'my base.yaml' --experiment 'two  blanks' …` the program gets "
            f"{rest[1:4]} …: all have to arrive, and each of them whole.",
        )


def _check_devices(call: Call) -> None:
    """Refuse a number of devices that the tasks do not fit."""
    line = read(after_program(call.arguments) or [])
    devices = line.flags.get("--trainer.devices")
    with rule("c"):
        require(devices is not None, "The program does not get `--trainer.devices`.")
        require(
            devices == f"{TASKS}",
            f"There are {TASKS} tasks on the node, and `--trainer.devices` is {devices}.",
        )
        require(
            "--trainer.devices" not in line.early,
            "`--trainer.devices` stands in front of the files, and what one of these says wins.",
        )


def _check_seed(file: File, alone: Call) -> None:
    """Refuse another seed than the task of the array says, and any where there is no array."""
    with rule("f"):
        seed = read(alone.arguments).flags.get("--seed_everything")
        require(
            seed is None,
            f"Without `--array` the program gets `--seed_everything {seed}`; then the files say "
            "what the seed is.",
        )
        run = _run(file, {"SLURM_ARRAY_JOB_ID": "4710", "SLURM_ARRAY_TASK_ID": "7"})
        line = read(after_program(run.calls[0].arguments) or []) if run.calls else read([])
        seed = line.flags.get("--seed_everything")
        require(
            seed == "7",
            f"In the array's task 7 the seed is {seed}; expected `--seed_everything 7`.",
        )
        require(
            "--seed_everything" not in line.early,
            "`--seed_everything` stands in front of the files; if one of these has a seed, all "
            "tasks of the array train with that one.",
        )


def _check_failure(file: File) -> None:
    """Refuse a success that is none."""
    run = _run(file, {}, srun="exit 3")
    with rule("g"):
        require(
            run.status != 0,
            "srun fails with the exit status 3, and the script ends with 0: Slurm will say "
            "COMPLETED.",
        )


def _check_strict(notes: Path) -> None:
    """Refuse a shell that goes on after an error."""
    options = notes.read_text("utf-8").strip()
    with rule("h"):
        for letter, what in OPTIONS_OF_THE_SHELL.items():
            require(
                letter in options.split(" ")[0],
                f"When srun starts, the shell is not strict: {what} does not end the script "
                f"(`-{letter}`).",
            )
        require(
            options.endswith("pipefail"),
            "When srun starts, the shell is not strict: in a pipe only the last command's failure "
            "counts (`pipefail`).",
        )
